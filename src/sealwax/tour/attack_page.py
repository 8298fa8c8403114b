"""The page that attacks in step 7: it looks harmless, and sends forms where it has no business.

One page, served from two places: as the other site, and as a neighbour on another port. It exists
in the tour alone, and attacks nothing but the tour's own purses.
"""

from functools import cache
from pathlib import Path
from typing import Final

from sealwax.tour.addresses import Addresses
from sealwax.tour.web.rendering import Pages

OTHER_SITE: Final = "other-site"
NEIGHBOUR: Final = "neighbour"
TRANSFER_PATHS: Final = {
    "unguarded": "/demo-only/UNGUARDED/transfer",
    "same-site": "/demo-only/same-site/transfer",
    "origin-checked": "/demo-only/origin-checked/transfer",
}
"""The endpoints with a cookie, in the order in which they are attacked."""

_STATIC: Final = Path(__file__).parent / "web" / "static"
_FILES: Final = {
    "/demo-only/attack.js": "text/javascript; charset=utf-8",
    "/demo-only/attack.css": "text/css; charset=utf-8",
}
_NO_STORE: Final = {"Cache-Control": "no-store"}
_WHERE: Final = {OTHER_SITE: "another site", NEIGHBOUR: "the same site, another port"}

Answer = tuple[str, bytes, dict[str, str]]
"""Content type, body, headers."""


def attack_file(path: str) -> Answer | None:
    """Give the script or the style sheet of the page."""
    content_type = _FILES.get(path)
    if content_type is None:
        return None
    return content_type, (_STATIC / path.rpartition("/")[2]).read_bytes(), _NO_STORE


def attack_page(attacker: str, addresses: Addresses) -> Answer:
    """Give the page as `attacker`, one of the two strangers.

    Its policy lets it send forms to the tour and to the notes API, and do nothing else. The
    Referrer-Policy matters: without an origin the browser would say `null`, and the tour could not
    show who it was.
    """
    html = _pages().render(
        "attack.html",
        attacker=attacker,
        where=_WHERE[attacker],
        targets=[addresses.web + path for path in TRANSFER_PATHS.values()],
        notes=addresses.notes,
        web=addresses.web,
    )
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        f"frame-src {addresses.notes}; "
        f"form-action {addresses.web} {addresses.other_site} {addresses.notes}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {**_NO_STORE, "Content-Security-Policy": policy, "Referrer-Policy": "origin"}
    return "text/html; charset=utf-8", html.encode(), headers


def page_of(attacker: str, addresses: Addresses) -> str:
    """Give the address of the page as `attacker`."""
    if attacker == OTHER_SITE:
        return f"{addresses.other_site}/demo-only/{OTHER_SITE}"
    return f"{addresses.notes}/demo-only/{NEIGHBOUR}"


@cache
def _pages() -> Pages:
    return Pages()
