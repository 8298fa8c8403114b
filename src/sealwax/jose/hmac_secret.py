"""Tell a random secret from a document that everybody has.

An HMAC secret that is really a public key turns every receiver's copy of that key into a way to
forge tokens (RFC 8725bis §2.1). So the forms such a document takes are recognised after all that
is usually done to one: a byte order mark, white space around it, base64 over it.
"""

import binascii
import json
from typing import Final

from sealwax.jose import errors
from sealwax.jose.der import SEQUENCE, read_element, read_sequence
from sealwax.jose.errors import KeyInvalid

_SSH_MARKS: Final = (b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-", b"---- BEGIN SSH2")
_PUBLISHED: Final = frozenset(
    {
        b"a-string-secret-at-least-256-bits-long",
        b"a-valid-string-secret-that-is-at-least-384-bits-long",
        b"a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
        b"your-256-bit-secret-your-256-bit-secret",
        b"your-384-bit-secret-your-384-bit-secret-your-384-bit-secret",
        b"your-512-bit-secret-your-512-bit-secret-your-512-bit-secret-your-512-bit-secret",
        b"qwertyuiopasdfghjklzxcvbnm123456",
        b"12345678901234567890123456789012",
        b"0123456789abcdef0123456789abcdef",
    }
)
"""Secrets out of tutorials and of a well-known web page, long enough to pass as one."""
_BLANK: Final = b" \t\r\n\x0b\x0c\x00"


def check_is_secret(secret: bytes) -> None:
    """Refuse an HMAC secret that is a key document, a file's address or a published example.

    Raises KeyInvalid, whose text says what it was taken for and nothing of the secret.
    """
    text = secret.lstrip(_BLANK + b"\xef\xbb\xbf")
    found = _what_it_is(text) or _what_it_is(_unwrapped(text))
    if found:
        raise KeyInvalid(errors.KEY_NOT_A_SECRET, f"it is {found}; random bytes are accepted")


def _what_it_is(text: bytes) -> str:
    findings = (
        ("a PEM document", b"-----BEGIN " in text),
        ("an SSH key", text.startswith(_SSH_MARKS)),
        ("the address of a file", text.lower().startswith(b"file:")),
        ("a published example", text.rstrip(_BLANK) in _PUBLISHED),
        ("a JSON document", text[:1] in (b"{", b"[") and _is_json(text)),
        ("a DER document", _is_der(text)),
    )
    return next((name for name, is_found in findings if is_found), "")


def _unwrapped(text: bytes) -> bytes:
    """Take one layer of base64 or base64url off, or give nothing."""
    bare = text.translate(bytes.maketrans(b"-_", b"+/"), _BLANK + b"=")
    try:
        return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4), strict_mode=True)
    except binascii.Error:
        return b""


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text.rstrip(_BLANK))
    except (ValueError, RecursionError):
        return False
    return True


def _is_der(data: bytes) -> bool:
    """Tell whether the bytes are one DER SEQUENCE whose elements fill it exactly."""
    outer = read_element(data, 0)
    if outer is None or outer.tag != SEQUENCE or data[outer.end :].strip(_BLANK):
        return False
    return read_sequence(data[outer.start : outer.end]) is not None
