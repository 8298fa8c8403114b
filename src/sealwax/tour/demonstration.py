"""Who and what there is in the tour: people, applications, APIs. Made anew for each run."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sealwax.entropy import Entropy, random_id
from sealwax.records.user import USER_ID_PREFIX
from sealwax.tour.addresses import Addresses

PAGE_CLIENT_ID: Final = "tour"
WEB_CLIENT_ID: Final = "notebook-web-app"
SERVICE_CLIENT_ID: Final = "nightly-report"
CALLBACK_PATH: Final = "/app/callback"
WEB_APP_PATH: Final = "/app"

NOTES_READ: Final = "notes:read"
NOTES_WRITE: Final = "notes:write"
NOTES_STATISTICS: Final = "notes:statistics"
PARCELS_READ: Final = "parcels:read"

_WORD_CHARACTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_WORD_LENGTH: Final = 5
_WORD_COUNT: Final = 4


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account at the issuer."""

    user_id: str
    username: str
    display_name: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """All that is made up for one run of the tour."""

    addresses: Addresses
    ada: Person
    """The demo account."""
    grace: Person
    """Somebody else, whose notes Ada is not to read."""
    password: str
    """Ada's."""
    web_client_secret: str
    service_client_secret: str

    @property
    def redirect_uri(self) -> str:
        """Where the web app wants its people to come back to."""
        return self.addresses.web + CALLBACK_PATH

    @property
    def post_logout_redirect_uri(self) -> str:
        """Where they come back to from signing out."""
        return self.addresses.web + WEB_APP_PATH


def make_demonstration(addresses: Addresses, entropy: Entropy) -> Demonstration:
    """Draw ids, a password and secrets for one run."""
    return Demonstration(
        addresses=addresses,
        ada=Person(
            _user_id(entropy),
            "ada",
            "Ada",
            ("Buy sealing wax, the red one.", "A token is not a secret, a password is."),
        ),
        grace=Person(
            _user_id(entropy),
            "grace",
            "Grace",
            ("This note is Grace's. If Ada can read it, something is broken.",),
        ),
        password=_password(entropy),
        web_client_secret="sws_" + random_id(entropy),
        service_client_secret="sws_" + random_id(entropy),
    )


def write_notes(demonstration: Demonstration, file: Path) -> None:
    """Write whose notes there are, for the notes API, which knows people by their `sub` alone."""
    people = (demonstration.ada, demonstration.grace)
    file.write_text(json.dumps({person.user_id: person.notes for person in people}))


def read_notes(file: Path) -> dict[str, list[str]]:
    """Read what `write_notes` wrote."""
    notes: dict[str, list[str]] = json.loads(file.read_text())
    return notes


def public_facts(demonstration: Demonstration) -> dict[str, object]:
    """Give what the tour's page has to know."""
    addresses, ada, grace = demonstration.addresses, demonstration.ada, demonstration.grace
    return {
        "issuer": addresses.issuer,
        "notes": addresses.notes,
        "parcels": addresses.parcels,
        "web": addresses.web,
        "other_site": addresses.other_site,
        "client_id": PAGE_CLIENT_ID,
        "account": {
            "username": ada.username,
            "password": demonstration.password,
            "display_name": ada.display_name,
            "subject": ada.user_id,
        },
        "other_person": {"display_name": grace.display_name, "subject": grace.user_id},
    }


def _user_id(entropy: Entropy) -> str:
    return USER_ID_PREFIX + random_id(entropy, 16)


def _password(entropy: Entropy) -> str:
    """Draw a password that can be read off a screen: four groups of five, 97 bits and more."""
    groups = []
    for _ in range(_WORD_COUNT):
        drawn: list[str] = []
        while len(drawn) < _WORD_LENGTH:
            value = entropy.token_bytes(1)[0] & 31
            if value < len(_WORD_CHARACTERS):
                drawn.append(_WORD_CHARACTERS[value])
        groups.append("".join(drawn))
    return "-".join(groups)
