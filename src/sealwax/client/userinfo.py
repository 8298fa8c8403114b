"""More about the person, asked for with an access token (OIDC Core §5.3)."""

from collections.abc import Mapping
from typing import Any, Final

from sealwax.client.errors import UserinfoRefused
from sealwax.client.http import HttpRequest, HttpResponse
from sealwax.jose.encoding import EncodingError, parse_json_object
from sealwax.secret import Secret

USERINFO_MALFORMED: Final = "userinfo_malformed"
USERINFO_REFUSED: Final = "userinfo_refused"
SUBJECT_MISMATCH: Final = "subject_mismatch"

_OK: Final = 200


def userinfo_request(endpoint: str, access_token: Secret) -> HttpRequest:
    """Make the request (OIDC Core §5.3.1)."""
    headers = {
        "Accept": "application/json",
        "Authorization": f"Bearer {access_token.reveal()}",
    }
    return HttpRequest("GET", endpoint, headers)


def read_userinfo(response: HttpResponse, *, subject: str) -> Mapping[str, Any]:
    """Read the answer, which must be about the person of the ID token.

    OIDC Core §5.3.2: another `sub`, or none, and the answer must not be used. Raises
    UserinfoRefused.
    """
    if response.status != _OK:
        text = f"the userinfo endpoint answered {response.status}; 200 is accepted"
        raise UserinfoRefused(USERINFO_REFUSED, text)
    try:
        claims = parse_json_object(response.body)
    except EncodingError as error:
        raise UserinfoRefused(USERINFO_MALFORMED, f"the userinfo answer: {error}") from None
    if claims.get("sub") != subject:
        text = "the userinfo answer is about another person than the ID token"
        raise UserinfoRefused(SUBJECT_MISMATCH, text)
    return claims
