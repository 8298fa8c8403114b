"""Pages of the tour from their templates, and the files that go with them."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from sealwax.pages.assets import assets

_HERE: Final = Path(__file__).parent
_CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_SHARED: Final = ("sealwax", "seal")
"""The style sheet and the seal are the issuer's own: one look, kept in one place."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is served."""

    content_type: str
    body: bytes
    etag: str


class Pages:
    """The templates, with what all of them are told."""

    def __init__(self, **facts: object) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(facts)

    def render(self, template: str, **context: object) -> str:
        """Give a page."""
        return self._environment.get_template(template).render(**context)

    def response(self, template: str, status: int = 200, **context: object) -> Response:
        """Give a page as an answer; it is kept nowhere."""
        text = self.render(template, **context)
        return HTMLResponse(text, status, {"Cache-Control": "no-store"})


@cache
def static_files() -> dict[str, StaticFile]:
    """Read all files once, by their path below /static/."""
    folder = _HERE / "static"
    files = {
        path.relative_to(folder).as_posix(): _static_file(path.read_bytes(), path.suffix)
        for path in folder.rglob("*")
        if path.suffix in _CONTENT_TYPES
    }
    for asset in assets().values():
        stem, _, rest = asset.name.partition(".")
        suffix = f".{rest.rpartition('.')[2]}"
        if stem in _SHARED:
            files[stem + suffix] = _static_file(asset.body, suffix)
    return files


async def serve_static(request: Request) -> Response:
    """Answer with a file, or 304 when the browser has it."""
    file = static_files().get(request.path_params["path"])
    if file is None:
        return PlainTextResponse("there is no such file\n", 404)
    headers = {"ETag": file.etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    return Response(file.body, media_type=file.content_type, headers=headers)


def _static_file(body: bytes, suffix: str) -> StaticFile:
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return StaticFile(_CONTENT_TYPES[suffix], body, etag)
