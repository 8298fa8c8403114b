"""JSON Web Tokens: signed claims, made and believed (RFC 7519, RFC 8725bis).

`verify` checks format, algorithm, key, signature, type, issuer, audience and times in one call,
and gives a VerifiedJwt or raises. Nothing else here gives out a claim, except what says
`unverified` in its name.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sealwax.jose import errors
from sealwax.jose.claims import Policy
from sealwax.jose.compact import (
    CompactSigner,
    CompactVerifier,
    decode_header,
    take_apart,
)
from sealwax.jose.encoding import (
    EncodingError,
    decode_translated,
    parse_json_object,
    write_json,
)
from sealwax.jose.errors import MalformedToken
from sealwax.jose.key_set import KeySet
from sealwax.jose.keys import Key


@dataclass(frozen=True, slots=True)
class VerifiedJwt:
    """Claims that were found genuine and in force, with their header and the key that fitted."""

    header: Mapping[str, Any]
    claims: dict[str, Any] = field(repr=False)
    key: Key


class PreparedVerifier:
    """Verifies many tokens by one policy: keys, algorithms and demands are settled once.

    Safe to use from several threads. Raises ValueError or TypeError when built without saying
    what to accept.
    """

    __slots__ = ("_compact", "_policy")

    def __init__(self, keys: Key | KeySet, *, algorithms: Collection[str], policy: Policy) -> None:
        if type(policy) is not Policy:
            message = f"policy is of the type {type(policy).__name__}; a Policy is accepted"
            raise TypeError(message)
        self._compact = CompactVerifier(keys, algorithms)
        self._policy = policy

    def verify(self, token: str | bytes, *, now: int) -> VerifiedJwt:
        """Believe a token, or raise a JoseError that says why not.

        The signature is checked before anything the payload says, so a forged token is called
        forged, even if it is also expired.
        """
        accepted, payload = self._compact.open(token)
        claims = read_claims(payload)
        self._policy.check(accepted.members, claims, now)
        return VerifiedJwt(accepted.members, claims, accepted.key)


class PreparedSigner:
    """Signs many tokens of one kind with one key; the header is written once.

    Raises KeyInvalid if the key can't sign, ValueError for a header that may not be written.
    """

    __slots__ = ("_compact",)

    def __init__(
        self,
        key: Key,
        *,
        typ: str,
        header: Mapping[str, Any] | None = None,
        algorithm_name: str | None = None,
    ) -> None:
        if not typ or (header and "typ" in header):
            message = "typ names the kind of the token, and header may not"
            raise ValueError(message)
        self._compact = CompactSigner(key, {"typ": typ, **(header or {})}, algorithm_name)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Sign claims. Raises ValueError for what has no JSON form or becomes too large."""
        return self._compact.sign(write_json(claims))

    def sign_payload(self, payload_json: bytes) -> str:
        """Sign claims that are JSON already. Whoever wrote them answers for their form."""
        return self._compact.sign(payload_json)


def sign(
    claims: Mapping[str, Any],
    key: Key,
    *,
    typ: str,
    header: Mapping[str, Any] | None = None,
    algorithm_name: str | None = None,
) -> str:
    """Sign claims with a private key as a token of the kind `typ`.

    `algorithm_name` chooses for a key that names no algorithm; "EdDSA" writes the older name of
    Ed25519 or Ed448. Raises like PreparedSigner.
    """
    signer = PreparedSigner(key, typ=typ, header=header, algorithm_name=algorithm_name)
    return signer.sign(claims)


def verify(
    token: str | bytes,
    keys: Key | KeySet,
    *,
    algorithms: Collection[str],
    policy: Policy,
    now: int,
) -> VerifiedJwt:
    """Believe a token, or raise a JoseError that says why not. See PreparedVerifier."""
    return PreparedVerifier(keys, algorithms=algorithms, policy=policy).verify(token, now=now)


def read_unverified_header(token: str | bytes) -> dict[str, Any]:
    """Read the header of a token that anybody may have made. Raises MalformedToken."""
    return decode_header(take_apart(token)[1][0])


def read_unverified_claims(token: str | bytes) -> dict[str, Any]:
    """Read the claims of a token that anybody may have made. Raises MalformedToken.

    For choosing among issuers before verifying, and for showing a token to a person.
    """
    try:
        payload = decode_translated(take_apart(token)[1][1])
    except EncodingError as error:
        raise MalformedToken(errors.PAYLOAD_ENCODING, str(error)) from None
    return read_claims(payload)


def read_claims(payload: bytes) -> dict[str, Any]:
    """Read a payload as one JSON object in the strict form. Raises MalformedToken."""
    try:
        return parse_json_object(payload)
    except EncodingError as error:
        raise MalformedToken(errors.PAYLOAD_JSON, str(error)) from None
