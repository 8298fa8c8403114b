"""The settings of an issuer: one TOML file, the environment over it, the command line over both.

`table.key` in the file is `SEALWAX_TABLE__KEY` in the environment. All of it is read and checked
once, by `load`; nothing else reads the environment. Every setting has a heading in
docs/reference/configuration.md, and a test holds those headings to `settings.py`.
"""

from sealwax.config.errors import ConfigurationError
from sealwax.config.reading import load
from sealwax.config.settings import (
    IssuerSettings,
    KeySettings,
    LoggingSettings,
    ServerSettings,
    Settings,
    SignInSettings,
    StatusSettings,
    StorageSettings,
    TokenSettings,
)

__all__ = [
    "ConfigurationError",
    "IssuerSettings",
    "KeySettings",
    "LoggingSettings",
    "ServerSettings",
    "Settings",
    "SignInSettings",
    "StatusSettings",
    "StorageSettings",
    "TokenSettings",
    "load",
]
