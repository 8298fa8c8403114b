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
    frozenset({"storage", "storage.contracts"}),
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

# Rooms that a core install runs: none of them imports a third-party package but cryptography.
CORE = frozenset({"", "clock", "entropy", "secret", "jose", "resource_server", "inspector"})

# Each third-party package and the rooms that may import it. What is not here may not be imported.
THIRD_PARTY: dict[str, frozenset[str]] = {
    "cryptography": frozenset(
        {"jose", "identity", "resource_server", "storage.sqlite", "server", "tour", "cli"}
    ),
    "click": frozenset({"cli"}),
    "django": frozenset({"integrations.django"}),
    "fastapi": frozenset({"integrations.fastapi", "tour"}),
    "flask": frozenset({"integrations.flask", "tour"}),
    "jinja2": frozenset({"pages", "tour"}),
    "markupsafe": frozenset({"pages", "tour"}),
    "msgspec": frozenset({"config", "server"}),
    "rich": frozenset({"cli"}),
    "starlette": frozenset(
        {"integrations.starlette", "integrations.fastapi", "server", "tour", "testing"}
    ),
    "structlog": frozenset({"server", "tour"}),
    "uvicorn": frozenset({"server", "tour"}),
    "uvloop": frozenset({"server", "tour"}),
}
