# The words of this repository. `make help` lists them; CONTRIBUTING.md says more.
#
#   PYTHON   the Python to build the environment with, 3.11 or later    make run PYTHON=python3.13
#   PORT     the first of the tour's four ports                         make run PORT=9000
#   INPUTS   on how many inputs to compare both implementations         make fuzz INPUTS=10000000
#   TESTS    what to test                                               make test TESTS=tests/jose

PORT ?= 8000
TESTS ?=
INPUTS ?= 200000
FUZZ_SECONDS ?= 30
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The first of these names that is a Python we support, unless PYTHON says which.
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
endif

# An environment is bound to one Python: asking for another one is answered, not ignored.
ifneq ($(filter command environment,$(origin PYTHON)),)
ifeq ($(filter clean,$(MAKECMDGOALS)),)
ifneq ($(wildcard $(BIN)/python),)
VERSION := import sys; print("%d.%d" % sys.version_info[:2])
HAVE := $(shell $(BIN)/python -c '$(VERSION)')
WANT := $(shell $(PYTHON) -c '$(VERSION)' 2>/dev/null)
ifneq ($(HAVE),$(WANT))
$(error $(VENV) was made with Python $(HAVE), and PYTHON=$(PYTHON) $(if $(WANT),is Python $(WANT),does not run): run `make clean` first, or name another folder with VENV=)
endif
endif
endif
endif

.DEFAULT_GOAL := help
.PHONY: help interop run test test-quick check format bench docs coverage lock clean interop-deps browser
.PHONY: fuzz native native-wheel native-where-cargo-is

help: ## list the words
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \2/p' Makefile | awk '{w=$$2; $$1=""; $$2=""; printf "  make %-14s%s\n", w, $$0}'

run: $(VENV)/.tour-installed ## start the guided tour on loopback; Ctrl-C ends it
	@exec $(BIN)/sealwax tour --port $(PORT)

test: $(VENV)/.dev-installed native-where-cargo-is interop-deps browser ## run every test
	@exec $(BIN)/python -m pytest -n auto --dist loadfile $(TESTS)

test-quick: $(VENV)/.dev-installed ## run the tests that are neither slow nor need a browser
	@exec $(BIN)/python -m pytest -n auto --dist loadfile -m "not slow and not browser" $(TESTS)

check: $(VENV)/.dev-installed ## format, lint, strict types, layers and the other rules of the tree
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/architecture
	$(BIN)/python -m pip --disable-pip-version-check check
	scripts/native-check $(BIN)/python

format: $(VENV)/.dev-installed ## format, and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

native: $(VENV)/.native-installed ## build the native core and install it (needs cargo)

native-wheel: $(VENV)/.maturin-installed ## build the native core's wheel for this platform into dist/
	scripts/native-wheel $(BIN)/python dist

bench: $(VENV)/.dev-installed ## measure, and print the ratios
	@exec $(BIN)/python -m bench

interop: $(VENV)/.dev-installed interop-deps ## tokens both ways with libraries by others; WRITE=1 writes the page
	@exec $(BIN)/python -m tests.interop $(if $(WRITE),--write)

fuzz: $(VENV)/.dev-installed native-where-cargo-is ## compare both implementations on INPUTS inputs, after FUZZ_SECONDS each of what coverage guides
	@exec scripts/fuzz $(BIN)/python $(INPUTS) $(FUZZ_SECONDS)

docs: $(VENV)/.docs-installed ## build the documentation into site/, failing on a dead link
	$(BIN)/zensical build --clean --strict

coverage: $(VENV)/.dev-installed ## print what no test reached; in jose and oauth that fails
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	$(BIN)/coverage report --include="src/sealwax/jose/*,src/sealwax/oauth/*" --fail-under=100

lock: ## write requirements/*.txt anew from pyproject.toml (needs uv)
	scripts/lock

clean: ## remove the environment and all that was built
	rm -rf $(VENV) build dist site .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
	rm -rf tests/interop/node_modules native/target
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What tests need beside Python. Where it cannot be had, the tests say so and are skipped.

interop-deps:
	@scripts/interop-deps

browser:
	@scripts/browser

# The native core. Where it cannot be built, its tests are skipped and everything runs in Python.

NATIVE := $(shell find native -name target -prune -o -name fuzz -prune -o -type f -print 2>/dev/null)

native-where-cargo-is: $(VENV)/.dev-installed
	@if ! command -v cargo >/dev/null 2>&1; then \
		echo "the native core is not built: cargo is not on the path" >&2; \
	else \
		$(MAKE) --no-print-directory native || echo "the native core is not built: see above" >&2; \
	fi

$(VENV)/.native-installed: $(NATIVE) scripts/native-wheel $(VENV)/.maturin-installed
	@echo "building the native core and installing it into $(VENV)"
	@rm -rf build/native
	@scripts/native-wheel $(BIN)/python build/native
	@$(PIP) install --no-deps --no-index --force-reinstall build/native/*.whl
	@touch $@

$(VENV)/.maturin-installed: requirements/native.txt | $(VENV)/.tour-installed
	@$(PIP) install --no-deps --require-hashes -r requirements/native.txt
	@touch $@

# The environment. Each stamp says that a lock file is installed, so a second `make run` starts at once.

$(VENV)/.tour-installed: requirements/tour.txt requirements/build.txt pyproject.toml | $(VENV)/.python
	@echo "installing what the tour needs into $(VENV)"
	@$(PIP) install --no-deps --require-hashes -r requirements/build.txt -r requirements/tour.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev-installed: requirements/dev.txt $(VENV)/.tour-installed
	@echo "installing what the tests need into $(VENV)"
	@$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.docs-installed: requirements/docs.txt $(VENV)/.tour-installed
	@echo "installing what the documentation needs into $(VENV)"
	@$(PIP) install --no-deps --require-hashes -r requirements/docs.txt
	@touch $@

$(VENV)/.python:
	@scripts/environment "$(PYTHON)" "$(VENV)"
	@touch $@
