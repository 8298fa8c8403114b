"""The rooms of the package and who may import whom: the one table the layer tests read.

docs/decisions/layers-and-one-distribution.md says why. A new room gets its line here.
"""

# Low to high. A room imports only rooms of lower lines; rooms on one line do not import each other.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"clock", "entropy", "secret"}),
    frozenset({"config"}),
    frozenset({"jose"}),
    frozenset({"records"}),
    frozenset({"oauth", "identity"}),
    frozenset({"storage"}),
    frozenset({"resource_server"}),
    frozenset({"storage.sqlite", "pages", "integrations", "client", "testing", "inspector"}),
    frozenset({"server"}),
    frozenset({"tour"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)

# Rooms that are held tighter than their line: these and nothing else of ours.
ONLY: dict[str, frozenset[str]] = {
    "config": frozenset({"secret"}),
    "jose": frozenset({"entropy", "secret"}),
    "resource_server": frozenset({"clock", "entropy", "secret", "jose"}),
    "integrations": frozenset({"clock", "entropy", "secret", "jose", "resource_server"}),
    "inspector": frozenset({"clock", "entropy", "secret", "jose", "resource_server"}),
    # `sealwax/__init__.py` itself, which hands out the verifier's names.
    "": frozenset({"resource_server"}),
}

# Values in, a value out or a raise: no network, file, clock, environment, chance or log.
PURE = frozenset({"jose", "records", "oauth", "identity"})
IMPURE_MODULES = (
    "asyncio",
    "datetime",
    "http",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
    "uuid",
)
# The exceptions: module, what it imports, why that is no way out.
PURE_ENOUGH: dict[tuple[str, str], str] = {
    (
        "sealwax.jose.native",
        "os.environ",
    ): "SEALWAX_NATIVE says which of two implementations of one promise runs, and no verdict more",
    (
        "sealwax.identity.common_passwords",
        "pathlib.Path",
    ): "reads the word list that lies beside it",
    (
        "sealwax.jose.replay",
        "threading.Lock",
    ): "a lock around what is remembered reaches nothing outside",
}

# Rooms that a core install runs: none of them imports a third-party package but cryptography.
CORE = frozenset({"", "clock", "entropy", "secret", "jose", "resource_server", "inspector"})

# What only type checkers know, behind TYPE_CHECKING.
FOR_TYPE_CHECKERS = frozenset({"_typeshed"})

# Dependencies that are declared and not imported, and who loads them.
NOT_IMPORTED = {
    "httptools": "uvicorn parses requests with it",
    "psycopg": "the storage for several replicas, which comes next, is built on it",
    "uvloop": "uvicorn runs on it where it is installed",
}

# Imported and not declared, and who brings them.
BROUGHT_BY_THE_USER = {
    "pytest": "it loads our plugin; where there is no pytest, nothing does",
}

# Each third-party package and the rooms that may import it. What is not here may not be imported.
THIRD_PARTY: dict[str, frozenset[str]] = {
    "cryptography": frozenset(
        {"jose", "identity", "resource_server", "storage.sqlite", "server", "tour", "cli"}
    ),
    "django": frozenset({"integrations.django"}),
    "fastapi": frozenset({"integrations.fastapi", "tour"}),
    "flask": frozenset({"integrations.flask", "tour"}),
    "jinja2": frozenset({"pages", "tour"}),
    "markdown_it": frozenset({"tour"}),
    "markupsafe": frozenset({"pages", "tour"}),
    "msgspec": frozenset({"config", "server"}),
    "pytest": frozenset({"testing.pytest_plugin"}),
    "opentelemetry": frozenset({"integrations.opentelemetry"}),
    "prometheus_client": frozenset({"integrations.prometheus"}),
    "starlette": frozenset(
        {"integrations.starlette", "integrations.fastapi", "server", "tour", "testing"}
    ),
    "uvicorn": frozenset({"server", "tour"}),
    "uvloop": frozenset({"server", "tour"}),
    "werkzeug": frozenset({"integrations.flask", "tour"}),
}

# Where a package is not imported by the name it is installed by.
INSTALLED_AS = {
    "markdown_it": "markdown-it-py",
    "opentelemetry": "opentelemetry-api",
    "prometheus_client": "prometheus-client",
}
