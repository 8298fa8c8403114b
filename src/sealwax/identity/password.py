"""Passwords: how they are stored (Argon2id, RFC 9106), and which new ones are accepted.

A password is taken in Normalization Form C and otherwise as typed: no trimming, no change of case,
no cutting off (RFC 8265 §4.2, SP 800-63B-4 §3.1.1.2). Form C only makes one of two ways in which
keyboards write the same character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from sealwax.identity.common_passwords import is_common

MAX_PASSWORD_SIZE_BYTES: Final = 1024
"""Of the UTF-8 form. Long enough for any phrase, short enough to cost nothing."""
SALT_SIZE_BYTES: Final = 16
_HASH_SIZE_BYTES: Final = 32
_PHC: Final = re.compile(r"\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$[^$]+\$[^$]+")


class PasswordRefused(ValueError):
    """A new password that is not accepted; the message says why, and never repeats it."""

    def __init__(self, reason: str, message: str) -> None:
        """Keep the stable reason beside the sentence."""
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class HashParameters:
    """The cost of one hash (RFC 9106 §4)."""

    memory_kib: int
    iterations: int
    lanes: int


@dataclass(frozen=True, slots=True)
class PasswordVerdict:
    """What looking at a password gave."""

    is_correct: bool
    is_rehash_due: bool = False
    """The password is right, and its hash was made with other parameters than today's."""


def check_new_password(
    password: str,
    *,
    minimum_length: int,
    context: Collection[str] = (),
    blocklist: Collection[str] = frozenset(),
) -> None:
    """Accept a new password by length and by what attackers try first, and by nothing else.

    SP 800-63B-4 §3.1.1.2: a minimum length, no rules of composition, a blocklist of common
    passwords and of words of the context (`context`: username, product, host). Raises
    PasswordRefused with the reason `too_short`, `too_long`, `not_text`, `too_common` or
    `contains_context`.
    """
    if len(password) > MAX_PASSWORD_SIZE_BYTES:
        raise _too_long()
    try:
        prepared = _prepare(password)
    except UnicodeEncodeError:
        raise PasswordRefused("not_text", "the password holds what is no character") from None
    if len(prepared) > MAX_PASSWORD_SIZE_BYTES:
        raise _too_long()
    text = prepared.decode()
    if len(text) < minimum_length:
        message = f"the password has {len(text)} characters; at least {minimum_length} are accepted"
        raise PasswordRefused("too_short", message)
    if text.casefold() in blocklist or is_common(text):
        message = "the password is one of those that attackers try first; choose another"
        raise PasswordRefused("too_common", message)
    if is_common(text, context=context):
        message = "the password is made of the username or the name of this service; choose another"
        raise PasswordRefused("contains_context", message)


def hash_password(password: str, *, salt: bytes, parameters: HashParameters) -> str:
    """Give the PHC string under which a password is stored. Takes tens of milliseconds."""
    return _argon2id(salt, parameters).derive_phc_encoded(_prepare(password))


def matches(password: str, password_hash: str) -> bool:
    """Tell whether a password belongs to a PHC string; a wrong one takes as long as a right one.

    A text that no password can be (too long, no characters) is never right, and nothing fits a
    stored text that is no PHC string of Argon2id.
    """
    try:
        prepared = _prepare(password)
        is_possible = len(prepared) <= MAX_PASSWORD_SIZE_BYTES
    except UnicodeEncodeError:
        prepared, is_possible = b"", False
    try:
        Argon2id.verify_phc_encoded(prepared[:MAX_PASSWORD_SIZE_BYTES], password_hash)
    except InvalidKey:
        return False
    return is_possible


def is_rehash_due(password_hash: str, parameters: HashParameters) -> bool:
    """Tell whether a hash was made with other parameters than these."""
    found = _PHC.fullmatch(password_hash)
    return found is None or HashParameters(*map(int, found.groups())) != parameters


def _prepare(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode()


def _argon2id(salt: bytes, parameters: HashParameters) -> Argon2id:
    return Argon2id(
        salt=salt,
        length=_HASH_SIZE_BYTES,
        iterations=parameters.iterations,
        lanes=parameters.lanes,
        memory_cost=parameters.memory_kib,
    )


def _too_long() -> PasswordRefused:
    message = f"the password has more than {MAX_PASSWORD_SIZE_BYTES} bytes; that many are accepted"
    return PasswordRefused("too_long", message)
