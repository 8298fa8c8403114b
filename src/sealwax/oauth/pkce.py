"""Proof Key for Code Exchange, method S256 and no other (RFC 7636, RFC 9700 §2.1.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

from sealwax.oauth.errors import InvalidGrant, InvalidRequest

_CODE_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def check_code_challenge(code_challenge: str | None, code_challenge_method: str | None) -> str:
    """Accept a challenge of method S256, which every client must send.

    An omitted method would mean `plain` (RFC 7636 §4.3) and is refused like it (RFC 9700 §2.1.1).
    Raises InvalidRequest.
    """
    if code_challenge is None:
        raise InvalidRequest(
            "code_challenge_missing", "code_challenge is missing: PKCE is required"
        )
    if code_challenge_method != "S256":
        raise InvalidRequest("code_challenge_method", "code_challenge_method must be S256")
    if _CODE_CHALLENGE.fullmatch(code_challenge) is None:
        raise InvalidRequest(
            "code_challenge_malformed",
            "code_challenge must be the 43 base64url characters of a SHA-256 digest",
        )
    return code_challenge


def check_code_verifier_syntax(code_verifier: str | None) -> str:
    """Accept a well-formed verifier (RFC 7636 §4.1). Raises InvalidRequest."""
    if code_verifier is None:
        raise InvalidRequest("code_verifier_missing", "code_verifier is missing")
    if _CODE_VERIFIER.fullmatch(code_verifier) is None:
        raise InvalidRequest(
            "code_verifier_malformed",
            "code_verifier must be 43 to 128 letters, digits, hyphens, dots, underscores or tildes",
        )
    return code_verifier


def check_code_verifier(code_verifier: str, code_challenge: str) -> None:
    """Accept the verifier that the challenge was made from (RFC 7636 §4.6). Raises InvalidGrant."""
    if not hmac.compare_digest(code_challenge_of(code_verifier), code_challenge):
        raise InvalidGrant("code_verifier_mismatch", "code_verifier does not fit code_challenge")


def code_challenge_of(code_verifier: str) -> str:
    """Give the S256 challenge of a verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(code_verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
