"""The native core of `sealwax.jose`: signed tokens verified and made in one call each.

`sealwax.jose.native` is its only caller; nothing here is for others to use, and any of it may
change with INTERFACE.
"""

from typing import Any, Final, final

__all__ = ["INTERFACE", "PublicKey", "Signer", "Verifier", "__version__", "load_public_key"]
__version__: Final[str]
INTERFACE: Final[int]
"""Counts the changes of what is declared here: Sealwax uses the one it was written for."""

def load_public_key(members: dict[str, Any], /) -> PublicKey | None:
    """Load the public members of a JWK (of `oct`, the secret) that have been checked already.

    Only `kty`, `crv`, `x`, `y`, `n`, `e`, `k`, `alg` (of an AKP key) and `pub` are looked at.
    Gives None for a key that is not done here: another curve, an exponent or a point that AWS-LC
    treats in another way than OpenSSL. Raises ValueError for members that are no such key: not
    canonical base64url, of another length, no point of the curve.
    """

@final
class PublicKey:
    """What checks signatures: a public key, or an HMAC secret, parsed once."""

    @property
    def algorithms(self) -> list[str]:
        """The names of the algorithms this key can check here."""

@final
class Verifier:
    """Verifies tokens by one set of keys and one policy.

    Each key is what was loaded of it (or None), its kid, the algorithms it may verify and what
    stands for it in the result. The policy is its issuer, audiences, types, leeway, maximum age,
    required claims and scopes. The cache is a number of tokens and a number of seconds.
    """

    def __new__(
        cls,
        keys: list[tuple[PublicKey | None, str | None, list[str], Any]],
        algorithms: list[str],
        policy: tuple[str, list[str], list[str | None], int, int | None, list[str], list[str]],
        result_class: type,
        cache: tuple[int, int] | None = None,
    ) -> Verifier: ...
    @property
    def kept_tokens(self) -> int:
        """How many verified tokens are kept."""

    def verify(self, token: object, now: object, /) -> Any:
        """Give a `result_class` with header, claims and key, or what ended the verification.

        That is a reason; or a reason, the header and the claims of a token whose signature is
        good; or None for what Python has to do. Holds the interpreter's lock.
        """

    def verify_many(self, tokens: list[Any], now: object, /) -> list[Any]:
        """Give what `verify` would give for each token, in their order.

        Signatures are checked on all cores, without the interpreter's lock.
        """

@final
class Signer:
    """Signs tokens of one kind with one key."""

    @staticmethod
    def load(members: dict[str, Any], algorithm: str, header: bytes, /) -> Signer | None:
        """Load a private key from the members of its JWK; `header` is JSON.

        Gives None for an algorithm or a size that is not done here. Raises ValueError for
        members that are no private key.
        """

    def sign(self, claims: object, /) -> str | None:
        """Give the token, or None for claims that Python has to write, or to refuse."""

    def sign_payload(self, payload: bytes, /) -> str | None:
        """Give the token, or None for one that Python has to refuse."""
