"""Everything `sealwax.jose` refuses with.

    JoseError               .reason, one of the table below; the text is safe to log
      MalformedToken        not a compact JWS of the one strict form
      AlgorithmNotAllowed   an algorithm the caller did not name
      KeyNotFound           no key, or no single key, fits the header      .kid
      SignatureInvalid      the signature does not fit
      DecryptionFailed      the token can't be decrypted; why is never said
      ClaimInvalid          a claim or the type is not what was demanded   .claim .found .expected
        TokenExpired        ... because its time has passed
      KeyInvalid            a key that may not be built or used that way
      ReplayStoreFull       nobody can tell any more whether something comes twice

The text of an error has at most 200 characters and never holds the token. A mistake of the
caller (no algorithm named, no audience given) is a ValueError or a TypeError instead.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

MAX_TEXT_LENGTH: Final = 200
_SHOWN_LENGTH: Final = 60
_HUGE: Final = 10**30

TOKEN_TOO_LARGE: Final = "token_too_large"
TOKEN_CHARACTERS: Final = "token_characters"
TOKEN_IS_ENCRYPTED: Final = "token_is_encrypted"
TOKEN_IS_SIGNED: Final = "token_is_signed"
TOKEN_PARTS: Final = "token_parts"
ENCRYPTED_TOKEN_PARTS: Final = "encrypted_token_parts"
PART_ENCODING: Final = "part_encoding"
JSON_SERIALIZATION: Final = "json_serialization"
TOO_MANY_RECIPIENTS: Final = "too_many_recipients"
HEADER_ENCODING: Final = "header_encoding"
HEADER_JSON: Final = "header_json"
HEADER_MEMBER: Final = "header_member"
HEADER_PLACE: Final = "header_place"
CRITICAL_EXTENSION: Final = "critical_extension"
UNENCODED_PAYLOAD: Final = "unencoded_payload"
SIGNATURE_ENCODING: Final = "signature_encoding"
PAYLOAD_ENCODING: Final = "payload_encoding"
PAYLOAD_JSON: Final = "payload_json"
ENCRYPTED_KEY: Final = "encrypted_key"
COMPRESSION: Final = "compression"
DETACHED_PAYLOAD: Final = "detached_payload"
NESTED_TOKEN: Final = "nested_token"
SD_JWT_PARTS: Final = "sd_jwt_parts"
TOO_MANY_DISCLOSURES: Final = "too_many_disclosures"
DISCLOSURE_FORMAT: Final = "disclosure_format"
DISCLOSURE_NAME: Final = "disclosure_name"
DISCLOSURE_UNREFERENCED: Final = "disclosure_unreferenced"
DIGEST_FORMAT: Final = "digest_format"
DIGEST_REPEATED: Final = "digest_repeated"
KEY_BINDING_MISSING: Final = "key_binding_missing"
KEY_BINDING_UNEXPECTED: Final = "key_binding_unexpected"
ALGORITHM_NOT_ALLOWED: Final = "algorithm_not_allowed"
KEY_UNKNOWN: Final = "key_unknown"
KEY_AMBIGUOUS: Final = "key_ambiguous"
KEY_MISMATCH: Final = "key_mismatch"
DECRYPTION_FAILED: Final = "decryption_failed"
SIGNATURE_INVALID: Final = "signature_invalid"
SIGNATURE_MISSING: Final = "signature_missing"
CLAIM_MISSING: Final = "claim_missing"
CLAIM_REPLICA: Final = "claim_replica"
CLAIM_TYPE: Final = "claim_type"
TYPE_MISMATCH: Final = "type_mismatch"
ISSUER_MISMATCH: Final = "issuer_mismatch"
AUDIENCE_MISMATCH: Final = "audience_mismatch"
SUBJECT_MISMATCH: Final = "subject_mismatch"
TOKEN_EXPIRED: Final = "token_expired"
TOKEN_NOT_YET_VALID: Final = "token_not_yet_valid"
TOKEN_FROM_THE_FUTURE: Final = "token_from_the_future"
TOKEN_TOO_OLD: Final = "token_too_old"
SCOPE_INSUFFICIENT: Final = "scope_insufficient"
STATUS_LIST_INVALID: Final = "status_list_invalid"
METHOD_MISMATCH: Final = "method_mismatch"
TARGET_URI_MISMATCH: Final = "target_uri_mismatch"
ACCESS_TOKEN_MISMATCH: Final = "access_token_mismatch"
NONCE_MISMATCH: Final = "nonce_mismatch"
CONFIRMATION_INVALID: Final = "confirmation_invalid"
HASH_NOT_ALLOWED: Final = "hash_not_allowed"
PRESENTATION_MISMATCH: Final = "presentation_mismatch"
EVENTS_INVALID: Final = "events_invalid"
CERTIFICATE_FORMAT: Final = "certificate_format"
REPLAY_STORE_FULL: Final = "replay_store_full"
KEY_FORMAT: Final = "key_format"
KEY_TYPE_UNSUPPORTED: Final = "key_type_unsupported"
KEY_ALGORITHM: Final = "key_algorithm"
KEY_USE: Final = "key_use"
KEY_WEAK: Final = "key_weak"
KEY_HALVES: Final = "key_halves"
KEY_NOT_PRIVATE: Final = "key_not_private"
KEY_NOT_PUBLIC: Final = "key_not_public"
KEY_NOT_A_SECRET: Final = "key_not_a_secret"
KEY_CERTIFICATE: Final = "key_certificate"
KEY_SET_FORMAT: Final = "key_set_format"
KEY_SET_TOO_LARGE: Final = "key_set_too_large"
KEY_SET_MIXED: Final = "key_set_mixed"

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # MalformedToken
        TOKEN_TOO_LARGE: "the token is larger than is accepted",
        TOKEN_CHARACTERS: "the token holds a character that is neither base64url nor a dot",
        TOKEN_IS_ENCRYPTED: "the token has the five parts of a JWE; a signed token has three",
        TOKEN_IS_SIGNED: "the token has the three parts of a JWS; an encrypted token has five",
        ENCRYPTED_TOKEN_PARTS: "the token has not the five parts of a compact JWE",
        PART_ENCODING: "a part of the token is not canonical base64url",
        JSON_SERIALIZATION: "the document is not a JWS or JWE in the strict JSON form",
        TOO_MANY_RECIPIENTS: "the document has more signatures or recipients than are accepted",
        TOKEN_PARTS: "the token has not the three parts of a compact JWS",
        HEADER_ENCODING: "the header is not canonical base64url",
        HEADER_JSON: "the header is not one JSON object in the strict form",
        HEADER_MEMBER: "a member of the header has the wrong type or length",
        HEADER_PLACE: "a member of the header stands twice, or where nothing protects it",
        CRITICAL_EXTENSION: "'crit' is malformed, or names what is not understood here",
        UNENCODED_PAYLOAD: "'b64' (RFC 7797) is no boolean that 'crit' names",
        SIGNATURE_ENCODING: "the signature is not canonical base64url",
        PAYLOAD_ENCODING: "the payload is not canonical base64url",
        PAYLOAD_JSON: "the payload is not one JSON object in the strict form",
        ENCRYPTED_KEY: "the token has an encrypted key, and its algorithm has none",
        COMPRESSION: "the token is compressed, which is not accepted here",
        DETACHED_PAYLOAD: "a payload is handed in and in the token, or in neither",
        NESTED_TOKEN: "the decrypted content is not said to be a signed token",
        SD_JWT_PARTS: "the text has not the parts of an SD-JWT, each with a tilde behind it",
        TOO_MANY_DISCLOSURES: "the SD-JWT has more disclosures than are accepted",
        DISCLOSURE_FORMAT: "a disclosure of the SD-JWT can't be read",
        DISCLOSURE_NAME: "a disclosure has a reserved name, or that of a claim that is there",
        DISCLOSURE_UNREFERENCED: "a disclosure is not one the issuer signed, or comes twice",
        DIGEST_FORMAT: "a digest of the SD-JWT is not where or what it has to be",
        DIGEST_REPEATED: "a digest stands twice in the SD-JWT",
        KEY_BINDING_MISSING: "the holder's signature is demanded, and is not there",
        KEY_BINDING_UNEXPECTED: "there is a holder's signature, and nothing to check it by",
        # AlgorithmNotAllowed
        ALGORITHM_NOT_ALLOWED: "the algorithm of the header is not among those allowed",
        # KeyNotFound
        KEY_UNKNOWN: "no key fits the header",
        KEY_AMBIGUOUS: "more than one key fits the header, so none is used",
        KEY_MISMATCH: "the key the header asks for may not verify its algorithm",
        # SignatureInvalid
        SIGNATURE_INVALID: "the signature does not fit the token and the key",
        SIGNATURE_MISSING: "a signature that is demanded is not there",
        # DecryptionFailed
        DECRYPTION_FAILED: "the token can't be decrypted with the key",
        # ClaimInvalid
        CLAIM_MISSING: "a required claim is missing or empty",
        CLAIM_REPLICA: "a claim in the header is not the one in the token",
        CLAIM_TYPE: "a claim has the wrong type",
        TYPE_MISMATCH: "the type of the token is not the one demanded",
        ISSUER_MISMATCH: "the token is from another issuer",
        AUDIENCE_MISMATCH: "the token is for another audience",
        SUBJECT_MISMATCH: "the token has another subject",
        TOKEN_NOT_YET_VALID: "the token is not valid yet",
        TOKEN_FROM_THE_FUTURE: "the token was issued in the future",
        TOKEN_TOO_OLD: "the token was issued too long ago",
        SCOPE_INSUFFICIENT: "the token lacks a scope that is needed here",
        STATUS_LIST_INVALID: "the status list can't be read",
        METHOD_MISMATCH: "the DPoP proof is for another HTTP method",
        TARGET_URI_MISMATCH: "the DPoP proof is for another address",
        ACCESS_TOKEN_MISMATCH: "the DPoP proof is for another access token",
        NONCE_MISMATCH: "the nonce is not the one that was handed out",
        CONFIRMATION_INVALID: "'cnf' does not name a key in a way that is understood",
        HASH_NOT_ALLOWED: "the hash of the disclosures is not one that is accepted",
        PRESENTATION_MISMATCH: "the holder has signed another presentation",
        EVENTS_INVALID: "the events of the token are not in the form that is demanded",
        # TokenExpired
        TOKEN_EXPIRED: "the token has expired",
        # KeyInvalid
        KEY_FORMAT: "the key can't be read",
        KEY_TYPE_UNSUPPORTED: "the type or the curve of the key is not supported",
        KEY_ALGORITHM: "the key can't be used with that algorithm",
        KEY_USE: "the key may not be used for that",
        KEY_WEAK: "the key is too weak",
        KEY_HALVES: "the private and the public half of the key don't belong together",
        KEY_NOT_PRIVATE: "a private key is needed here",
        KEY_NOT_PUBLIC: "a public key, and nothing but that, is needed here",
        KEY_NOT_A_SECRET: "the secret is a public document, or a published example",
        KEY_CERTIFICATE: "the certificates of the key are malformed, or of another key",
        KEY_SET_FORMAT: "the document is not a JWK Set",
        KEY_SET_TOO_LARGE: "the JWK Set is larger than is accepted",
        KEY_SET_MIXED: "a key set holds symmetric and asymmetric keys",
        CERTIFICATE_FORMAT: "the certificate can't be read",
        # ReplayStoreFull
        REPLAY_STORE_FULL: "too much is remembered to tell whether this comes twice",
    }
)
"""Every reason there is, with what it means. Reasons are stable; the sentences are not."""


class JoseError(Exception):
    """A token or key that was refused.

    `reason` is one of REASONS and stays the same between versions.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        text = REASONS[reason] + (f": {detail}" if detail else "")
        super().__init__(_cut(text, MAX_TEXT_LENGTH))

    def __reduce__(self) -> tuple[Callable[..., Exception], tuple[Any, ...]]:
        """Cross from one process to another whole."""
        return _rebuild, (type(self), self.args, vars(self))


class MalformedToken(JoseError):
    """The token does not have the one form that is accepted (RFC 7515 §5.2, RFC 8725 §3.14)."""


class AlgorithmNotAllowed(JoseError):
    """The header names an algorithm the caller did not allow (RFC 8725 §3.1)."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(ALGORITHM_NOT_ALLOWED, detail)


class KeyNotFound(JoseError):
    """No key fits the header, or not exactly one; `kid` is the one the header asked for."""

    def __init__(self, reason: str, kid: str | None, detail: str = "") -> None:
        self.kid = kid
        super().__init__(reason, detail or (f"kid {shown(kid)}" if kid is not None else "no kid"))


class SignatureInvalid(JoseError):
    """The signature was not made over this token by the key, or is missing where one must be."""

    def __init__(self, reason: str = SIGNATURE_INVALID) -> None:
        super().__init__(reason)


class DecryptionFailed(JoseError):
    """The token can't be decrypted. Every cause has this type and this text (RFC 7516 §11.5)."""

    def __init__(self) -> None:
        super().__init__(DECRYPTION_FAILED)


class ClaimInvalid(JoseError):
    """A genuine token that says something else than was demanded."""

    def __init__(self, reason: str, claim: str, found: object, expected: str) -> None:
        self.claim = claim
        self.found = found
        self.expected = expected
        is_null = found is None and reason == CLAIM_TYPE
        what = "null" if is_null else shown(found)
        super().__init__(reason, f"'{claim}' is {what}; {expected} is accepted")


class TokenExpired(ClaimInvalid):
    """A genuine token whose time has passed (RFC 7519 §4.1.4)."""

    def __init__(self, found: object, expected: str) -> None:
        super().__init__(TOKEN_EXPIRED, "exp", found, expected)


class KeyInvalid(JoseError):
    """A key that may not be built, or not be used for what was asked."""


class ReplayStoreFull(JoseError):
    """A store that remembers what came once has no room left, so it can vouch for nothing new."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(REPLAY_STORE_FULL, detail)


def shown(value: object) -> str:
    """Put a value from outside into a text: short, on one line, structures by their type."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return _cut(repr(value[:_SHOWN_LENGTH]), _SHOWN_LENGTH)
    if type(value) is float or (type(value) is int and abs(value) < _HUGE):
        return repr(value)
    return f"of the type {type(value).__name__}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _rebuild(kind: type[JoseError], args: tuple[Any, ...], state: dict[str, Any]) -> JoseError:
    error = kind.__new__(kind, *args)
    vars(error).update(state)
    return error
