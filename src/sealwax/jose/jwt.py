"""JSON Web Tokens: signed claims, made and believed (RFC 7519, RFC 8725bis).

A token may be encrypted around its signature; that hides it, and proves nothing.

`verify` checks format, algorithm, key, signature, type, issuer, audience and times in one call,
and gives a VerifiedJwt or raises. Nothing else here gives out a claim, except what says
`unverified` in its name.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

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
from sealwax.jose.errors import ClaimInvalid, JoseError, MalformedToken, SignatureInvalid
from sealwax.jose.key_set import KeySet
from sealwax.jose.keys import Key
from sealwax.jose.native import Implementation, prepare_signer, prepare_verifier
from sealwax.jose.token_cache import TokenCache as TokenCache  # noqa: PLC0414  # handed out here
from sealwax.jose.token_cache import VerifiedTokens

Typed = TypeVar("Typed")

_NESTED: Final = "JWT"
_REPLICATED: Final = frozenset({"iss", "sub", "aud"})


@dataclass(frozen=True, slots=True)
class VerifiedJwt:
    """Claims that were found genuine and in force, with their header and the key that fitted."""

    header: Mapping[str, Any]
    claims: dict[str, Any] = field(repr=False)
    key: Key

    def claims_as(self, claims_type: type[Typed]) -> Typed:
        """Give the claims as a dataclass, TypedDict, msgspec.Struct or pydantic model of yours.

        Raises ClaimInvalid with the name of a claim that is missing or not of its type, and
        TypeError for another kind of type.
        """
        from sealwax.jose.typed_claims import as_type  # noqa: PLC0415  # only some types need it

        return as_type(self.claims, claims_type)


_SLOTS: Final[Mapping[str, Any]] = vars(VerifiedJwt)
_set_header, _set_claims, _set_key = (_SLOTS[name].__set__ for name in ("header", "claims", "key"))


class PreparedVerifier:
    """Verifies many tokens by one policy: keys, algorithms and demands are settled once.

    Safe to use from several threads. `cache` keeps tokens that were verified a moment ago.
    `implementation` is for comparing "native" and "python"; None takes what `native` says.
    Raises ValueError or TypeError when built without saying what to accept, and RuntimeError if
    "native" is demanded and can't be used.
    """

    __slots__ = ("_compact", "_core", "_policy", "_recent")

    def __init__(
        self,
        keys: Key | KeySet,
        *,
        algorithms: Collection[str],
        policy: Policy,
        cache: TokenCache | None = None,
        implementation: Implementation | None = None,
    ) -> None:
        if type(policy) is not Policy:
            message = f"policy is of the type {type(policy).__name__}; a Policy is accepted"
            raise TypeError(message)
        self._compact = CompactVerifier(keys, algorithms)
        self._policy = policy
        self._recent = None if cache is None else VerifiedTokens(cache, policy)
        self._core = prepare_verifier(
            self._compact.keys,
            self._compact.algorithms,
            policy,
            VerifiedJwt,
            cache=None if cache is None else (cache.max_tokens, cache.max_seconds),
            implementation=implementation,
        )

    def verify(self, token: str | bytes, *, now: int) -> VerifiedJwt:
        """Believe a token, or raise a JoseError that says why not.

        The signature is checked before anything the payload says, so a forged token is called
        forged, even if it is also expired.
        """
        if self._core is not None:
            found = self._core.verify(token, now)
            if type(found) is VerifiedJwt:
                return found
            if found is not None:
                raise self._refusal(found, token, now)
        if type(now) is not int:
            message = f"now is of the type {type(now).__name__}; whole seconds are accepted"
            raise TypeError(message)
        if self._recent is not None:
            return self._recall(self._recent, token, now)
        accepted, payload = self._compact.open(token)
        try:
            claims = parse_json_object(payload)
        except EncodingError as error:
            raise MalformedToken(errors.PAYLOAD_JSON, str(error)) from None
        self._policy.check(accepted.members, claims, now)
        # What VerifiedJwt(...) does, in half the time.
        verified = object.__new__(VerifiedJwt)
        _set_header(verified, accepted.members)
        _set_claims(verified, claims)
        _set_key(verified, accepted.key)
        return verified

    def verify_many(
        self, tokens: Iterable[str | bytes], *, now: int
    ) -> list[VerifiedJwt | JoseError]:
        """Give for each token, in their order, what `verify` would give or raise.

        The native implementation spreads the signatures over all cores.
        """
        batch = list(tokens)
        every = [None] * len(batch) if self._core is None else self._core.verify_many(batch, now)
        return [self._settled(found, token, now) for found, token in zip(every, batch, strict=True)]

    def _recall(self, recent: VerifiedTokens, token: str | bytes, now: int) -> VerifiedJwt:
        known = recent.find(token, now)
        if known is not None:
            verified = object.__new__(VerifiedJwt)
            _set_header(verified, known[0])
            _set_claims(verified, known[1])
            _set_key(verified, known[2])
            return verified
        accepted, payload = self._compact.open(token)
        claims = read_claims(payload)
        self._policy.check(accepted.members, claims, now)
        recent.keep(token, accepted.members, claims, accepted.key, now)
        return VerifiedJwt(accepted.members, claims, accepted.key)

    def _settled(self, found: Any, token: str | bytes, now: int) -> VerifiedJwt | JoseError:  # noqa: ANN401  # what native gives
        if type(found) is VerifiedJwt:
            return found
        try:
            if found is not None:
                raise self._refusal(found, token, now)
            return self.verify(token, now=now)
        except JoseError as error:
            return error.with_traceback(None)

    def _refusal(self, found: Any, token: str | bytes, now: int) -> JoseError:  # noqa: ANN401  # what native gives
        """Give the exception for a refusal of the native core, found anew by our own checks.

        The signature is not checked again. Should our checks find nothing, it stays refused.
        """
        reason = found if type(found) is str else found[0]
        if reason == errors.SIGNATURE_INVALID:
            return SignatureInvalid()
        try:
            if type(found) is tuple:
                self._policy.check(found[1], found[2], now)
            else:
                read_claims(self._compact.examine(token))
        except JoseError as error:
            return error
        return JoseError(reason)


class PreparedSigner:
    """Signs many tokens of one kind with one key; the header is written once.

    `implementation` is for comparing "native" and "python"; None takes what `native` says.
    Raises KeyInvalid if the key can't sign, ValueError for a header that may not be written, and
    RuntimeError if "native" is demanded and can't be used.
    """

    __slots__ = ("_compact", "_core")

    def __init__(
        self,
        key: Key,
        *,
        typ: str,
        header: Mapping[str, Any] | None = None,
        algorithm_name: str | None = None,
        implementation: Implementation | None = None,
    ) -> None:
        if not typ or (header and "typ" in header):
            message = "typ names the kind of the token, and header may not"
            raise ValueError(message)
        self._compact = CompactSigner(key, {"typ": typ, **(header or {})}, algorithm_name)
        self._core = prepare_signer(
            key, self._compact.algorithm, self._compact.header, implementation
        )

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Sign claims. Raises ValueError for what has no JSON form or becomes too large."""
        token: str | None = None if self._core is None else self._core.sign(claims)
        return token if token is not None else self._compact.sign(write_json(claims))

    def sign_payload(self, payload_json: bytes) -> str:
        """Sign claims that are JSON already. Whoever wrote them answers for their form."""
        token: str | None = None if self._core is None else self._core.sign_payload(payload_json)
        return token if token is not None else self._compact.sign(payload_json)


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


def sign_and_encrypt(
    claims: Mapping[str, Any],
    key: Key,
    recipient: Key,
    *,
    typ: str,
    encryption: str,
    algorithm_name: str | None = None,
    key_management: str | None = None,
) -> str:
    """Sign claims, then encrypt the token for one recipient (RFC 7519 §5.2, §11.2).

    `key_management` chooses for a recipient's key that names no algorithm. Raises like `sign`
    and like `jwe.encrypt`.
    """
    from sealwax.jose import jwe  # noqa: PLC0415  # most tokens are not encrypted

    token = sign(claims, key, typ=typ, algorithm_name=algorithm_name)
    return jwe.encrypt(
        token.encode("ascii"),
        recipient,
        encryption=encryption,
        algorithm=key_management,
        header={"cty": _NESTED},
    )


def decrypt_and_verify(
    token: str | bytes,
    decryption_keys: Key | KeySet,
    keys: Key | KeySet,
    *,
    key_managements: Collection[str],
    encryptions: Collection[str],
    algorithms: Collection[str],
    policy: Policy,
    now: int,
) -> VerifiedJwt:
    """Decrypt a token and believe the signed token inside, by one policy for both layers.

    Whoever has the public key can encrypt, so only the signature inside counts: a token that
    holds none is refused. `typ` and the claims are those of the inner token; claims that the outer
    header repeats must be the same (RFC 7519 §5.3). Nothing compressed is accepted (RFC 8725bis
    §3.6). Raises like `verify` and like `jwe.decrypt`.
    """
    from sealwax.jose import jwe  # noqa: PLC0415  # most tokens are not encrypted

    verifier = PreparedVerifier(keys, algorithms=algorithms, policy=policy)
    opened = jwe.decrypt(
        token, decryption_keys, algorithms=key_managements, encryptions=encryptions
    )
    if str(opened.header.get("cty")).upper() != _NESTED:
        raise MalformedToken(errors.NESTED_TOKEN, "'cty' is not JWT")
    verified = verifier.verify(opened.plaintext, now=now)
    for name in _REPLICATED & opened.header.keys():
        if opened.header[name] != verified.claims.get(name):
            expected = "what the token says"
            raise ClaimInvalid(errors.CLAIM_REPLICA, name, opened.header[name], expected)
    return verified


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
