"""JSON Web Signatures, Encryption, Tokens and Keys: values in, a value out, or a JoseError.

Pure: no network, no file, no clock, no setting. `jwt` is what most callers want, `jws` signs
bytes, `jwe` encrypts them, `status_list` takes tokens back, `dpop`, `confirmation` and `replay`
bind them to a key, `sd_jwt` lets a holder choose what to show, `security_event` tells what
happened; `Key`, `KeySet` and `Policy` are what they are given.
Names load when they are first used, and pyca/cryptography with the first that needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sealwax.jose import (
        confirmation,
        dpop,
        jwe,
        jws,
        jwt,
        replay,
        sd_jwt,
        security_event,
        status_list,
    )
    from sealwax.jose.claims import Policy
    from sealwax.jose.errors import (
        AlgorithmNotAllowed,
        ClaimInvalid,
        DecryptionFailed,
        JoseError,
        KeyInvalid,
        KeyNotFound,
        MalformedToken,
        ReplayStoreFull,
        SignatureInvalid,
        TokenExpired,
    )
    from sealwax.jose.jwt import VerifiedJwt
    from sealwax.jose.key_set import KeySet
    from sealwax.jose.keys import Key

__all__ = [
    "AlgorithmNotAllowed",
    "ClaimInvalid",
    "DecryptionFailed",
    "JoseError",
    "Key",
    "KeyInvalid",
    "KeyNotFound",
    "KeySet",
    "MalformedToken",
    "Policy",
    "ReplayStoreFull",
    "SignatureInvalid",
    "TokenExpired",
    "VerifiedJwt",
    "confirmation",
    "dpop",
    "jwe",
    "jws",
    "jwt",
    "replay",
    "sd_jwt",
    "security_event",
    "status_list",
]

_HOMES: Final = {"Key": "keys", "KeySet": "key_set", "Policy": "claims", "VerifiedJwt": "jwt"}
_MODULES: Final = frozenset(name for name in __all__ if name.islower())


def __getattr__(name: str) -> Any:  # noqa: ANN401  # PEP 562: any of the names above
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
