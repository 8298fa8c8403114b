"""Values that must not be seen, and the digest under which they are stored."""

from typing import Final, NoReturn

_HIDDEN: Final = "Secret('**********')"


class Secret:
    """A text that does not show itself: not by repr, str, format or pickle.

    Two secrets are compared in constant time. `reveal` is the one way to the text, so that every
    place that reads a secret can be found by its name.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the text itself."""
        return self._value

    def __eq__(self, other: object) -> bool:
        """Compare in constant time; a plain string never equals a Secret."""
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac  # noqa: PLC0415  # loads OpenSSL; most receivers never come here

        return hmac.compare_digest(_bytes(self._value), _bytes(other._value))

    def __hash__(self) -> int:
        """Hash like any value that can be equal to another."""
        return hash((Secret, self._value))

    def __bool__(self) -> bool:
        """Tell whether there is any text."""
        return bool(self._value)

    def __repr__(self) -> str:
        """Show that there is a secret, and nothing about it."""
        return _HIDDEN

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: a pickle would hold the text."""
        message = "a Secret can't be pickled; reveal it where it is needed"
        raise TypeError(message)


def sha256_hex(value: str) -> str:
    """Give the SHA-256 of a text's UTF-8 bytes in hexadecimal.

    Codes, tokens and client secrets are stored under this digest. They are drawn with 128 bits
    or more, so nothing slower is needed; a password is not, and goes through Argon2id instead.
    """
    import hashlib  # noqa: PLC0415  # loads OpenSSL; most receivers never come here

    return hashlib.sha256(value.encode()).hexdigest()


def _bytes(value: str) -> bytes:
    """Encode any str, one with a lone surrogate too: a comparison never raises."""
    return value.encode("utf-8", "surrogatepass")
