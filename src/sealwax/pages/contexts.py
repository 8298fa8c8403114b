"""What each page needs to know. One frozen class for each template; templates decide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from sealwax.pages.text import Text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a form from going on."""

    field: str
    """The `id` of the field; empty when it is about the whole form."""
    text: Text


@dataclass(frozen=True, slots=True)
class Application:
    """The client that sent the person here."""

    name: str
    """As it was registered; shown as foreign text."""
    destination: str
    """Where the answer goes: the host of the redirect URI, or the scheme of an app."""
    is_on_device: bool = False
    """Whether that is a program on the person's own machine (RFC 8252)."""


@dataclass(frozen=True, slots=True)
class Link:
    """A way on from a page."""

    url: str
    text: Text


@dataclass(frozen=True, kw_only=True)
class Page:
    """What every page has."""

    template: ClassVar[str]

    @property
    def has_problems(self) -> bool:
        """Whether the page says that something was not accepted; its title then begins so."""
        return False


@dataclass(frozen=True, kw_only=True)
class FormPage(Page):
    """A page with a form."""

    form_token: str
    problems: tuple[Problem, ...] = ()

    @property
    def has_problems(self) -> bool:
        """Whether the form comes back because something in it was not accepted."""
        return bool(self.problems)

    def problem(self, field_id: str) -> Text | None:
        """Give what is wrong with one field."""
        return next((found.text for found in self.problems if found.field == field_id), None)


@dataclass(frozen=True, kw_only=True)
class LoginPage(FormPage):
    """Username and password."""

    template: ClassVar[str] = "login.html"

    action: str
    """The address of this page, which takes the form too: what it is about stays in it."""
    application: Application | None = None
    """Who waits for the sign-in; none when the person came by themselves."""
    username: str = ""
    notice: Text | None = None
    signed_in_as: str = ""
    """Who is signed in already, when they may go on as such."""
    continue_url: str = ""
    """Where they go on."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope in words; `name` is what the application wrote."""

    name: str
    text: Text


@dataclass(frozen=True, slots=True)
class Api:
    """One resource server that the application wants to use in the person's name."""

    display_name: str
    identifier: str
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, kw_only=True)
class ConsentPage(FormPage):
    """What an application asks for; allowing and declining weigh the same."""

    template: ClassVar[str] = "consent.html"

    interaction: str
    application: Application
    display_name: str
    username: str
    about_you: tuple[Scope, ...]
    apis: tuple[Api, ...]
    lasting: tuple[Text, ...]


@dataclass(frozen=True, kw_only=True)
class MessagePage(Page):
    """A page that tells something and offers ways on: errors, refusals, things that are done."""

    template: ClassVar[str] = "message.html"

    title: Text
    paragraphs: tuple[Text, ...]
    tone: Literal["trouble", "done"] = "trouble"
    links: tuple[Link, ...] = ()
    reason: str = ""
    """A stable word that the operator finds in the log."""

    @property
    def has_problems(self) -> bool:
        """Whether this tells of trouble."""
        return self.tone == "trouble"


@dataclass(frozen=True, kw_only=True)
class SignOutPage(FormPage):
    """Asks whether to sign out (OIDC RP-Initiated Logout §2)."""

    template: ClassVar[str] = "sign_out.html"

    username: str
    application_name: str = ""
    hidden_fields: Mapping[str, str] = field(default_factory=dict)
    """Sent back with the answer."""


@dataclass(frozen=True, kw_only=True)
class PasswordPage(FormPage):
    """Sets a password: with the present one, or by a one-time link."""

    template: ClassVar[str] = "password.html"

    title: Text
    action: str
    """The address that takes the form."""
    username: str
    asks_current_password: bool
    minimum_length: int


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in session of the person, in words."""

    session_id: str
    is_current: bool
    name: Text
    """Where it is: a browser, or an application that signed in directly."""
    authenticated: Text
    authenticated_at: str
    """As `<time datetime>` takes it."""
    last_seen: Text
    last_seen_at: str


@dataclass(frozen=True, kw_only=True)
class AccountPage(FormPage):
    """Who am I, and where am I signed in."""

    template: ClassVar[str] = "account.html"

    display_name: str
    username: str
    email: str
    user_id: str
    is_administrator: bool
    password_changed: Text
    sign_ins: tuple[SignIn, ...]
    has_more_sign_ins: bool
    status_ttl_seconds: int
    """Within how many seconds an API that reads the status list learns of a sign-out."""
    notice: Text | None = None


@dataclass(frozen=True, kw_only=True)
class HomePage(Page):
    """What this server is."""

    template: ClassVar[str] = "home.html"

    signed_in_as: str = ""


@dataclass(frozen=True, kw_only=True)
class FormPostPage(Page):
    """Carries an authorization response to the client (OAuth 2.0 Form Post Response Mode §2).

    A script of ours sends it at once; without scripts the person presses the button.
    """

    template: ClassVar[str] = "form_post.html"

    redirect_uri: str
    parameters: Mapping[str, str]
