"""What the tour's buttons do, as lines to paste: in a terminal, or into a program."""

import json
import shlex
from pathlib import Path
from typing import Final

from sealwax.tour.demonstration import (
    NOTES_STATISTICS,
    PAGE_CLIENT_ID,
    SERVICE_CLIENT_ID,
    Demonstration,
)

_TAKE_TOKEN: Final = r"""sed 's/.*"access_token":"\([^"]*\)".*/\1/'"""
_JSON: Final = "-H 'Content-Type: application/json'"


def sign_in_line(demonstration: Demonstration) -> str:
    """Sign in, and keep the token in $TOKEN."""
    return f"TOKEN=$({_sign_in(demonstration)})"


def notes_line(demonstration: Demonstration) -> str:
    """Ask the notes API."""
    return f'curl -s {demonstration.addresses.notes}/notes -H "Authorization: Bearer $TOKEN"'


def parcels_line(demonstration: Demonstration) -> str:
    """Ask the other company's API, with a token for it."""
    parcels = demonstration.addresses.parcels
    sign_in = _sign_in(demonstration, resource=parcels)
    return f'curl -s {parcels}/parcels -H "Authorization: Bearer $({sign_in})"'


def curl_snippets(demonstration: Demonstration, data_folder: Path) -> dict[str, str]:
    """Give the snippets for a terminal, by the name of what they show."""
    addresses = demonstration.addresses
    issuer, notes, web = addresses.issuer, addresses.notes, addresses.web
    service = f"{SERVICE_CLIENT_ID}:{demonstration.service_client_secret}"
    credentials = {"username": demonstration.ada.username, "password": demonstration.password}
    return {
        "sign_in": f"{sign_in_line(demonstration)}\necho $TOKEN",
        "notes": f"# TOKEN comes from step 1\n{notes_line(demonstration)}",
        "parcels": parcels_line(demonstration),
        "bff": (
            f"curl -s -c jar {web}/bff/sign-in -H 'Origin: {web}' {_JSON} \\\n"
            f"  -d {shlex.quote(json.dumps(credentials))}\n"
            f"curl -s -b jar {web}/bff/notes"
        ),
        "forgery": (
            f"curl -s {web}/demo-only/origin-checked/transfer \\\n"
            f"  -H 'Origin: {addresses.other_site}' -d coins=100"
        ),
        "taking_back": (
            f"# TOKEN comes from step 1\n"
            f'curl -s {issuer}/revoke -d client_id={PAGE_CLIENT_ID} -d "token=$TOKEN"\n'
            f"for second in $(seq 20); do\n"
            f"  curl -s -o /dev/null -w '%{{http_code}}\\n' {notes}/notes "
            f'-H "Authorization: Bearer $TOKEN"\n'
            f"  sleep 1\n"
            f"done"
        ),
        "sign_out_everywhere": (
            f"sealwax session revoke --user {demonstration.ada.username} "
            f"--data {shlex.quote(str(data_folder))}"
        ),
        "service": (
            f"SERVICE_TOKEN=$(curl -s -u '{service}' {issuer}/token \\\n"
            f"  -d grant_type=client_credentials -d scope={NOTES_STATISTICS} \\\n"
            f"  -d resource={notes} \\\n"
            f"  | {_TAKE_TOKEN})\n"
            f'curl -s {notes}/statistics -H "Authorization: Bearer $SERVICE_TOKEN"'
        ),
    }


def python_snippets(demonstration: Demonstration) -> dict[str, str]:
    """Give the snippets for programs, by the name of what they show."""
    addresses = demonstration.addresses
    names = {
        "@ISSUER@": addresses.issuer,
        "@NOTES@": addresses.notes,
        "@PARCELS@": addresses.parcels,
        "@OTHER@": demonstration.grace.user_id,
        "@SERVICE@": SERVICE_CLIENT_ID,
        "@SECRET@": demonstration.service_client_secret,
        "@WEB@": addresses.web,
    }
    snippets = {}
    for file in sorted(_SNIPPETS.glob("*.txt")):
        text = file.read_text()
        for name, value in names.items():
            text = text.replace(name, value)
        snippets[file.stem] = text
    return snippets


def _sign_in(demonstration: Demonstration, resource: str | None = None) -> str:
    members = {
        "client_id": PAGE_CLIENT_ID,
        "username": demonstration.ada.username,
        "password": demonstration.password,
        **({"resource": resource} if resource is not None else {}),
    }
    body = shlex.quote(json.dumps(members, separators=(",", ":")))
    return f"curl -s {demonstration.addresses.issuer}/signin {_JSON} -d {body} | {_TAKE_TOKEN}"


_SNIPPETS: Final = Path(__file__).parent / "web" / "snippets"
