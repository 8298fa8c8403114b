"""Calls of the tour's server to the notes API, with a token that the browser never sees."""

import json
from typing import Any, Final

from sealwax.client import ClientError, Fetcher, HttpRequest
from sealwax.secret import Secret

UNAVAILABLE: Final = 503


class NotesClient:
    """The notes API, asked from the server's side."""

    def __init__(self, address: str, fetcher: Fetcher) -> None:
        self._address = address
        self._fetcher = fetcher

    async def get(self, path: str, access_token: Secret) -> tuple[int, dict[str, Any]]:
        """Give the status and the members of the answer; 503 when there was none."""
        headers = {"Authorization": f"Bearer {access_token.reveal()}"}
        try:
            answer = await self._fetcher.fetch(HttpRequest("GET", self._address + path, headers))
            members = json.loads(answer.body)
        except (ClientError, ValueError):
            return UNAVAILABLE, {}
        return answer.status, members if isinstance(members, dict) else {}
