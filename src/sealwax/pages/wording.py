"""Sentences that depend on a number, a reason or a name, for whoever answers with a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealwax.pages.contexts import Scope
from sealwax.pages.text import Text

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

CREDENTIALS_REFUSED: Final = Text(
    "That username and password don't belong together. Check both and try again."
)
USERNAME_MISSING: Final = Text("Enter your username.")
PASSWORD_MISSING: Final = Text("Enter your password.")
CURRENT_PASSWORD_WRONG: Final = Text("That is not your current password.")
NEW_PASSWORD_MISSING: Final = Text("Enter a new password.")
NEW_PASSWORDS_DIFFER: Final = Text("The two new passwords are not the same. Type both again.")
PASSWORD_CHANGED: Final = Text("Your password is changed. You were signed out everywhere else.")
PASSWORD_SET: Final = Text("Your password is set. Sign in with it now.")
PASSWORD_NEVER_CHANGED: Final = Text("Not changed yet.")
CHANGE_PASSWORD: Final = Text("Change your password")
SET_PASSWORD: Final = Text("Set your password")
CURRENT_PASSWORD_MISSING: Final = Text("Enter your current password.")
SIGNED_OUT: Final = Text("You are signed out.")
SIGNED_OUT_EVERYWHERE: Final = Text("You are signed out everywhere.")
WEB_BROWSER: Final = Text("Web browser")
SESSION_ENDED: Final = Text("That sign-in is ended.")
FORM_EXPIRED: Final = Text(
    "This page was open for too long, so nothing was done. Please try once more."
)

_IDENTITY_SCOPES: Final[Mapping[str, Text]] = {
    "openid": Text("Recognise you when you come back, by an identifier of your account"),
    "profile": Text("See your name and username"),
    "email": Text("See your e-mail address"),
    "offline_access": Text("Keep this access while you are not there"),
}


def password_refused(reason: str, minimum_length: int) -> Text:
    """Say why a new password is not accepted; `reason` is that of identity.PasswordRefused."""
    if reason == "too_short":
        return Text.counted(
            "That is too short. Use at least %(count)s character.",
            "That is too short. Use at least %(count)s characters.",
            minimum_length,
        )
    if reason == "too_long":
        return Text("That is too long. A thousand letters are more than enough.")
    if reason == "too_common":
        return Text("That is one of the passwords that attackers try first. Choose another.")
    if reason == "contains_context":
        return Text("That is made of your username or of the name of this server. Choose another.")
    return Text("That can't be a password. Choose another.")


def wait_text(seconds: int) -> Text:
    """Say that there were too many attempts and how long to wait, rounded up."""
    if seconds <= _MINUTE:
        return Text.counted(
            "Too many attempts. Wait %(count)s second, then try again.",
            "Too many attempts. Wait %(count)s seconds, then try again.",
            max(seconds, 1),
        )
    if seconds <= _HOUR:
        return Text.counted(
            "Too many attempts. Wait %(count)s minute, then try again.",
            "Too many attempts. Wait %(count)s minutes, then try again.",
            -(-seconds // _MINUTE),
        )
    return Text.counted(
        "Too many attempts. Wait %(count)s hour, then try again.",
        "Too many attempts. Wait %(count)s hours, then try again.",
        -(-seconds // _HOUR),
    )


def ago(then: int, now: int) -> Text:
    """Say how long ago something was, in its largest whole unit."""
    seconds = max(now - then, 0)
    if seconds < _MINUTE:
        return Text("just now")
    if seconds < _HOUR:
        return Text.counted("%(count)s minute ago", "%(count)s minutes ago", seconds // _MINUTE)
    if seconds < _DAY:
        return Text.counted("%(count)s hour ago", "%(count)s hours ago", seconds // _HOUR)
    return Text.counted("%(count)s day ago", "%(count)s days ago", seconds // _DAY)


def changed_ago(then: int, now: int) -> Text:
    """Say how long ago a password was changed."""
    seconds = max(now - then, 0)
    if seconds < _DAY:
        return Text("Changed today.")
    return Text.counted(
        "Changed %(count)s day ago.", "Changed %(count)s days ago.", seconds // _DAY
    )


def application(name: str) -> Text:
    """Name an application in which a person signed in directly; it may be gone since."""
    if not name:
        return Text("An application")
    return Text("%(application)s", {"application": name})


def access_lasts(seconds: int) -> Text:
    """Say how long an application keeps what it is given, at the longest; rounded up."""
    if seconds < _HOUR:
        return Text.counted(
            "It lasts for %(count)s minute at most, and ends when you sign out.",
            "It lasts for %(count)s minutes at most, and ends when you sign out.",
            max(-(-seconds // _MINUTE), 1),
        )
    if seconds <= 2 * _DAY:
        return Text.counted(
            "It lasts for %(count)s hour at most, and ends when you sign out.",
            "It lasts for %(count)s hours at most, and ends when you sign out.",
            -(-seconds // _HOUR),
        )
    return Text.counted(
        "It lasts for %(count)s day at most, and ends when you sign out.",
        "It lasts for %(count)s days at most, and ends when you sign out.",
        -(-seconds // _DAY),
    )


def identity_scope(name: str) -> Scope | None:
    """Put a scope of OpenID Connect (OIDC Core §5.4, §11) into words; None if it is not one."""
    text = _IDENTITY_SCOPES.get(name)
    return None if text is None else Scope(name, text)


def api_scope(name: str) -> Scope:
    """Put a scope of an API into words: `notes:read` is reading, others stand for themselves."""
    noun, _, verb = name.rpartition(":")
    if not noun:
        return Scope(name, Text("Use “%(scope)s”", {"scope": name}))
    if verb == "read":
        return Scope(name, Text("Read “%(thing)s”", {"thing": noun}))
    if verb == "write":
        return Scope(name, Text("Change “%(thing)s”", {"thing": noun}))
    if verb == "delete":
        return Scope(name, Text("Delete “%(thing)s”", {"thing": noun}))
    return Scope(name, Text("Use “%(scope)s”", {"scope": name}))
