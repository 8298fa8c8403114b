"""A person at a browser without scripts: follows redirects, keeps cookies, fills in forms."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPMessage, HTTPResponse
from typing import IO
from urllib.parse import urlencode, urljoin, urlsplit

MOST_STEPS = 12
TIMEOUT_SECONDS = 20


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # the signature of urllib
        self,
        req: urllib.request.Request,  # noqa: ARG002 -- likewise
        fp: IO[bytes],  # noqa: ARG002 -- likewise
        code: int,  # noqa: ARG002 -- likewise
        msg: str,  # noqa: ARG002 -- likewise
        headers: HTTPMessage,  # noqa: ARG002 -- likewise
        newurl: str,  # noqa: ARG002 -- likewise
    ) -> None:
        return None


class _Form(HTMLParser):
    """The first form of a page: where it goes and what it holds already."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.buttons: dict[str, list[str]] = {}
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form" and self.action is None:
            self.action = found.get("action") or ""
            self._is_inside = True
        name = found.get("name")
        if not self._is_inside or name is None:
            return
        if tag == "button":
            self.buttons.setdefault(name, []).append(found.get("value") or "")
        elif tag == "input" and (found.get("type") != "checkbox" or "checked" in found):
            self.fields[name] = found.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False


@dataclass
class Person:
    """Somebody who signs in with a password and agrees to what they are asked."""

    username: str
    password: str
    cookies: dict[str, str] = field(default_factory=dict)

    def go(self, url: str, *, stops_at: str) -> str:
        """Open `url` and do what the pages ask for; give the address below `stops_at` it ends."""
        body: bytes | None = None
        for _ in range(MOST_STEPS):
            status, location, text = self._request(url, body)
            if location is not None:
                url, body = urljoin(url, location), None
                if url.startswith(stops_at):
                    return url
                continue
            form = _Form()
            form.feed(text)
            if form.action is None:
                message = f"no form on {urlsplit(url).path} (status {status}): {text[:2000]}"
                raise AssertionError(message)
            body = urlencode(self._filled(form)).encode()
            url = urljoin(url, form.action)
        message = f"still not at {stops_at} after {MOST_STEPS} steps"
        raise AssertionError(message)

    def _filled(self, form: _Form) -> dict[str, str]:
        fields = dict(form.fields)
        if "password" in fields:
            fields |= {"username": self.username, "password": self.password}
        for name, values in form.buttons.items():
            fields[name] = "allow" if "allow" in values else values[0]
        return fields

    def _request(self, url: str, body: bytes | None) -> tuple[int, str | None, str]:
        parts = urlsplit(url)
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        if body is not None:
            headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request = urllib.request.Request(url, body, headers)  # noqa: S310 -- loopback only
        opener = urllib.request.build_opener(_NoRedirects())
        response: HTTPResponse | urllib.error.HTTPError
        try:
            response = opener.open(request, timeout=TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            for line in response.headers.get_all("Set-Cookie") or ():
                self._keep(line)
            text = response.read().decode("utf-8", "replace")
            return response.status or 0, response.headers.get("Location"), text

    def _keep(self, line: str) -> None:
        pair, _, attributes = line.partition(";")
        name, _, value = pair.partition("=")
        if "max-age=0" in attributes.lower().replace(" ", ""):
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value
