"""Token Status List: one bit, or a few, for each token, in a signed document anyone may cache.

draft-ietf-oauth-status-list-21: the encoding (§4), the Status List Token (§5.1).
"""

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.claims import check_leeway, check_times, check_type, numeric_date
from sealwax.jose.compact import CompactSigner, CompactVerifier
from sealwax.jose.encoding import EncodingError, base64url_decode, base64url_encode, write_json
from sealwax.jose.errors import ClaimInvalid
from sealwax.jose.jwt import read_claims
from sealwax.jose.key_set import KeySet
from sealwax.jose.keys import Key

TYPE: Final = "statuslist+jwt"
VALID: Final = 0
INVALID: Final = 1
SUSPENDED: Final = 2

MAX_LIST_SIZE_BYTES: Final = 1024 * 1024
"""What a list may inflate to: 8 million tokens with one bit each."""
MAX_STATUS_TOKEN_SIZE_BYTES: Final = 2 * 1024 * 1024
MAX_TTL_SECONDS: Final = 365 * 24 * 3600

_WIDTHS: Final = (1, 2, 4, 8)
_COMPRESSION_LEVEL: Final = 9


class StatusList:
    """Statuses of `bits` bits each, counted from the lowest bit of the first byte (§4.1)."""

    __slots__ = ("_data", "_mask", "_per_byte", "bits")

    def __init__(self, bits: int, size: int, data: bytes = b"") -> None:
        """Make a list of at least `size` statuses that begins with `data`; the rest is VALID.

        Raises ValueError.
        """
        if bits not in _WIDTHS:
            message = f"bits is {bits!r}; 1, 2, 4 or 8 is accepted"
            raise ValueError(message)
        most = MAX_LIST_SIZE_BYTES * 8 // bits
        if type(size) is not int or not 0 < size <= most:
            message = f"size is {size!r}; 1 to {most} are accepted"
            raise ValueError(message)
        size_bytes = (size * bits + 7) // 8
        if len(data) > size_bytes:
            message = f"data has {len(data)} bytes; at most {size_bytes} are accepted"
            raise ValueError(message)
        self.bits = bits
        self._data = bytearray(data.ljust(size_bytes, b"\0"))
        self._per_byte = 8 // bits
        self._mask = (1 << bits) - 1

    @classmethod
    def from_bytes(cls, bits: int, data: bytes) -> "StatusList":
        """Take the uncompressed bytes of a list. Raises ValueError."""
        return cls(bits, len(data) * 8 // bits if bits in _WIDTHS else 0, data)

    @classmethod
    def decode(
        cls, bits: object, lst: object, *, max_size_bytes: int = MAX_LIST_SIZE_BYTES
    ) -> "StatusList":
        """Read the two members of a status list, which may be anything. Raises ClaimInvalid.

        Inflating stops at `max_size_bytes`, so a small text can't become a large list.
        """
        if type(bits) is not int or bits not in _WIDTHS:
            raise _invalid("bits", bits, "1, 2, 4 or 8")
        if not isinstance(lst, str) or not lst.isascii():
            raise _invalid("lst", lst, "a base64url text")
        try:
            data = _inflate(base64url_decode(lst.encode("ascii")), max_size_bytes)
        except (EncodingError, zlib.error):
            raise _invalid("lst", "not zlib in base64url", "zlib in base64url") from None
        return cls.from_bytes(bits, data)

    def encode(self) -> str:
        """Write the `lst`: the bytes, deflated in the zlib format, as base64url (§4.1)."""
        return base64url_encode(zlib.compress(self._data, _COMPRESSION_LEVEL)).decode("ascii")

    def to_bytes(self) -> bytes:
        """Give the uncompressed bytes."""
        return bytes(self._data)

    def get(self, index: int) -> int:
        """Give the status at an index. Raises IndexError outside of the list (§8.3)."""
        position, shift = self._locate(index)
        return self._data[position] >> shift & self._mask

    def set(self, index: int, value: int) -> None:
        """Set the status at an index. Raises IndexError, and ValueError if it does not fit."""
        if type(value) is not int or not 0 <= value <= self._mask:
            message = f"value is {value!r}; 0 to {self._mask} are accepted"
            raise ValueError(message)
        position, shift = self._locate(index)
        self._data[position] = self._data[position] & ~(self._mask << shift) | value << shift

    def __len__(self) -> int:
        """Count the statuses, with those that fill the last byte."""
        return len(self._data) * self._per_byte

    def _locate(self, index: int) -> tuple[int, int]:
        if type(index) is not int or not 0 <= index < len(self):
            message = f"index is {index!r}; 0 to {len(self) - 1} are accepted"
            raise IndexError(message)
        position, offset = divmod(index, self._per_byte)
        return position, offset * self.bits


@dataclass(frozen=True, slots=True)
class VerifiedStatusList:
    """A status list that was found genuine and in force.

    `expires_at` and `ttl_seconds` are None where the issuer does not say.
    """

    list: StatusList
    issued_at: int
    expires_at: int | None
    ttl_seconds: int | None


def sign(
    status_list: StatusList,
    key: Key,
    *,
    uri: str,
    issued_at: int,
    lifetime_seconds: int,
    ttl_seconds: int,
) -> str:
    """Sign a Status List Token (§5.1). Raises KeyInvalid or ValueError."""
    for name, value in (("lifetime_seconds", lifetime_seconds), ("ttl_seconds", ttl_seconds)):
        if not 0 < value <= MAX_TTL_SECONDS:
            message = f"{name} is {value!r}; 1 to {MAX_TTL_SECONDS} is accepted"
            raise ValueError(message)
    claims = {
        "sub": uri,
        "iat": issued_at,
        "exp": issued_at + lifetime_seconds,
        "ttl": ttl_seconds,
        "status_list": {"bits": status_list.bits, "lst": status_list.encode()},
    }
    signer = CompactSigner(key, {"typ": TYPE}, max_size_bytes=MAX_STATUS_TOKEN_SIZE_BYTES)
    return signer.sign(write_json(claims))


def verify(
    token: str | bytes,
    keys: Key | KeySet,
    *,
    algorithms: Collection[str],
    uri: str,
    now: int,
    leeway_seconds: int = 10,
) -> VerifiedStatusList:
    """Believe a Status List Token that was fetched from `uri`, or raise a JoseError (§8.3)."""
    check_leeway(leeway_seconds)
    opener = CompactVerifier(keys, algorithms, MAX_STATUS_TOKEN_SIZE_BYTES)
    accepted, payload = opener.open(token)
    claims = read_claims(payload)
    check_type(accepted.members, frozenset({TYPE}))
    subject = claims.get("sub")
    if type(subject) is not str or subject != uri:
        raise ClaimInvalid(errors.SUBJECT_MISMATCH, "sub", subject, repr(uri))
    check_times(claims, now, leeway_seconds, is_expiry_required=False)
    issued_at = numeric_date(claims, "iat")
    if issued_at is None:
        raise ClaimInvalid(errors.CLAIM_MISSING, "iat", None, "a time")
    expires_at = numeric_date(claims, "exp")
    status_list = claims.get("status_list")
    if type(status_list) is not dict:
        raise _invalid("status_list", status_list, "an object with 'bits' and 'lst'")
    return VerifiedStatusList(
        StatusList.decode(status_list.get("bits", 0), status_list.get("lst", "")),
        int(issued_at),
        None if expires_at is None else int(expires_at),
        _read_ttl(claims),
    )


def _read_ttl(claims: dict[str, Any]) -> int | None:
    ttl = claims.get("ttl")
    if ttl is None and "ttl" not in claims:
        return None
    if (type(ttl) is int or type(ttl) is float) and 0 < ttl <= MAX_TTL_SECONDS:
        return max(1, int(ttl))
    raise ClaimInvalid(errors.CLAIM_TYPE, "ttl", ttl, f"seconds of 1 to {MAX_TTL_SECONDS}")


def _inflate(data: bytes, max_size_bytes: int) -> bytes:
    """Inflate one complete zlib stream, and not a byte more than allowed."""
    stream = zlib.decompressobj()
    inflated = stream.decompress(data, max_size_bytes + 1)
    if len(inflated) > max_size_bytes:
        expected = f"a list of at most {max_size_bytes} bytes"
        raise _invalid("lst", "larger", expected)
    if not stream.eof or stream.unused_data or not inflated:
        raise _invalid("lst", "not one whole zlib stream", "one whole zlib stream")
    return inflated


def _invalid(claim: str, found: object, expected: str) -> ClaimInvalid:
    return ClaimInvalid(errors.STATUS_LIST_INVALID, claim, found, expected)
