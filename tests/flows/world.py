"""An issuer in process with people, clients and APIs, and short words for what clients do."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from sealwax.jose import Key, KeySet, jwt
from sealwax.records import Client, Resource
from sealwax.resource_server import FetchedDocument, FetchLimits, Verifier
from sealwax.secret import sha256_hex
from sealwax.server.services import Services
from tests.server.given import ISSUER, NOW, Answer, Issuer, client, issuer, user
from tests.server.page_browser import PASSWORD, Browser, View, sign_in

NOTES = "https://notes.example"
MAIL = "https://mail.example"
CALLBACK = "https://app.example/callback"
SPA_CALLBACK = "https://spa.example/callback"
BYE = "https://app.example/bye"
SECRET = "sws_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
ADA, BOB = f"usr_{1:022}", f"usr_{2:022}"
ROBOT_KEY = Key.generate("ES256", kid="robot")

_SECRETS = {"client_secret_hashes": (sha256_hex(SECRET),)}
_USUAL: Mapping[str, Any] = {
    "grant_types": ("authorization_code", "refresh_token"),
    "scopes": ("openid", "profile", "email", "offline_access", "notes:read", "notes:write"),
    "id_token_signed_response_alg": "ES256",
}
CLIENTS: Sequence[Client] = (
    client(
        "web",
        token_endpoint_auth_method="client_secret_basic",
        redirect_uris=(CALLBACK,),
        post_logout_redirect_uris=(BYE,),
        **_SECRETS,
        **_USUAL,
    ),
    client(
        "spa",
        redirect_uris=(SPA_CALLBACK,),
        web_origins=("https://spa.example",),
        **{**_USUAL, "scopes": (*_USUAL["scopes"], "mail:send")},
    ),
    client("native", redirect_uris=("http://127.0.0.1/callback",), **_USUAL),
    client(
        "front",
        is_first_party=True,
        grant_types=(),
        scopes=("openid", "profile", "notes:read"),
        default_resource=NOTES,
        web_origins=("https://front.example",),
    ),
    client(
        "service",
        token_endpoint_auth_method="client_secret_post",
        grant_types=("client_credentials",),
        scopes=("notes:read", "notes:write"),
        default_resource=NOTES,
        **_SECRETS,
    ),
    client(
        "robot",
        token_endpoint_auth_method="private_key_jwt",
        jwks=json.dumps(KeySet([ROBOT_KEY.public()]).to_jwks()),
        grant_types=("client_credentials",),
        scopes=("notes:read",),
        default_resource=NOTES,
    ),
    client(
        "notes-api",
        token_endpoint_auth_method="client_secret_basic",
        grant_types=(),
        introspects=(NOTES,),
        **_SECRETS,
    ),
)
RESOURCES: Sequence[Resource] = (
    Resource(NOTES, "Notes", ("notes:read", "notes:write"), 600, NOW),
    Resource(MAIL, "Mail", ("mail:send",), 300, NOW),
)


@dataclass(frozen=True)
class World:
    """One issuer, and what clients ask it."""

    issuer: Issuer
    verifiers: list[Verifier] = field(default_factory=list)

    @property
    def services(self) -> Services:
        return self.issuer.services

    async def post(
        self, path: str, form: Mapping[str, str | None] | Sequence[tuple[str, str]], **headers: str
    ) -> Answer:
        """Send a form as a client does."""
        pairs = form.items() if isinstance(form, Mapping) else form
        body = urlencode([(name, value) for name, value in pairs if value is not None])
        return await self.send("POST", path, body.encode(), **headers)

    async def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = "application/x-www-form-urlencoded",
        **headers: str,
    ) -> Answer:
        """Send a request."""
        given = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if method == "POST":
            given.append(("content-type", content_type))
        return await self.issuer.ask(method, path, body=body, headers=given)

    async def code_for(self, view: View) -> str:
        """Take the code out of the address that the browser was sent to."""
        assert view.leads_to, view.html
        return view.parameters["code"]

    async def redeem(self, code: str, client_id: str = "web", **changes: str | None) -> Answer:
        """Redeem a code as one of the clients."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": VERIFIER,
            **changes,
        }
        return await self.as_client(client_id, "/token", form)

    async def refresh(self, token: str, client_id: str = "spa", **changes: str) -> Answer:
        """Refresh as one of the clients."""
        form = {"grant_type": "refresh_token", "refresh_token": token, **changes}
        return await self.as_client(client_id, "/token", form)

    async def as_client(self, client_id: str, path: str, form: Mapping[str, str | None]) -> Answer:
        """Send a form with the authentication that the client is registered for."""
        match {each.client_id: each for each in CLIENTS}[client_id].token_endpoint_auth_method:
            case "client_secret_basic":
                return await self.post(path, form, authorization=basic(client_id))
            case "client_secret_post":
                return await self.post(
                    path, {**form, "client_id": client_id, "client_secret": SECRET}
                )
            case _:
                return await self.post(path, {**form, "client_id": client_id})

    async def tokens(self, client_id: str = "web", /, **request: str | None) -> dict[str, Any]:
        """Sign Ada in at a new browser, and give what the client gets in the end."""
        browser = Browser(self.issuer)
        view = await self.authorized(browser, client_id, **request)
        answer = await self.redeem(await self.code_for(view), client_id)
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json()
        return found

    async def authorized(
        self, browser: Browser, client_id: str = "web", /, **request: str | None
    ) -> View:
        """Go from the client to the client, signing in and agreeing where asked."""
        view = await browser.open(authorize(client_id, **request))
        if view.path == "/login":
            view = await sign_in(browser)
        if view.path == "/consent":
            view = await browser.send(action="allow")
        return view

    async def introspect(self, token: str, client_id: str = "notes-api") -> dict[str, Any]:
        """Ask as the notes API whether a token is good."""
        answer = await self.as_client(client_id, "/introspect", {"token": token})
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json()
        return found

    async def userinfo(self, token: str) -> Answer:
        """Ask who the person is."""
        return await self.send("GET", "/userinfo", authorization=f"Bearer {token}")

    def verifier(self, audience: str = NOTES) -> Verifier:
        """Give the verifier of an API that knows nothing of the issuer but its URL."""
        loop = asyncio.get_running_loop()

        def fetch(url: str, _: FetchLimits) -> FetchedDocument:
            if loop.is_closed():
                message = "the world is over"
                raise OSError(message)
            asked = self.issuer.ask("GET", url.removeprefix(ISSUER))
            answer = asyncio.run_coroutine_threadsafe(asked, loop).result(20)
            return FetchedDocument(answer.status, dict(answer.headers), answer.body)

        verifier = Verifier(ISSUER, audience, fetcher=fetch, clock=self.issuer.clock)
        self.verifiers.append(verifier)
        return verifier

    async def change(self, client_id: str, **changes: object) -> None:
        """Change a client as the command line would, and let the server notice."""
        found = await self.services.storage.clients.find(client_id)
        assert found is not None
        changed = replace(found, **changes)  # type: ignore[arg-type]  # a test names its fields
        await self.services.storage.clients.replace(changed)
        await self.services.changes.look()

    def keys(self) -> KeySet:
        """Give the published keys."""
        return KeySet.from_jwks(self.services.key_ring.jwks_document)


@asynccontextmanager
async def world(folder: Path, /, **settings: Any) -> AsyncIterator[World]:  # noqa: ANN401  # settings of any type
    """Give a fresh world; the same folder again gives the same world, restarted."""
    async with issuer(folder, **settings) as given:
        storage = given.services.storage
        if await storage.users.count() == 0:
            hashed = await given.services.passwords.hash(PASSWORD)
            for number, name in enumerate(("ada", "bob"), 1):
                await storage.users.add(
                    user(
                        number,
                        username=name,
                        email=f"{name}@example.com",
                        email_verified=True,
                        password_hash=hashed,
                    )
                )
            for resource in RESOURCES:
                await storage.resources.add(resource)
            for each in CLIENTS:
                await storage.clients.add(each)
        here = World(given)
        try:
            yield here
        finally:
            for verifier in here.verifiers:
                verifier.close()


def authorize(client_id: str = "web", /, **changes: str | None) -> str:
    """Give the address that a client sends a person to."""
    redirect_uris = {each.client_id: each.redirect_uris for each in CLIENTS}[client_id]
    parameters: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uris[0],
        "scope": "openid profile notes:read",
        "resource": NOTES,
        "state": "af0ifjsldkj",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    kept = {name: value for name, value in parameters.items() if value is not None}
    return f"/authorize?{urlencode(kept)}"


def basic(client_id: str, secret: str = SECRET) -> str:
    """Give the header of client_secret_basic."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def assertion(jti: str, *, by: Key = ROBOT_KEY, typ: str = "JWT", **changes: Any) -> dict[str, str]:  # noqa: ANN401  # claims of any type
    """Give the parameters of private_key_jwt."""
    claims = {
        "iss": "robot",
        "sub": "robot",
        "aud": ISSUER,
        "iat": NOW,
        "exp": NOW + 60,
        "jti": jti,
        **changes,
    }
    return {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.sign(claims, by, typ=typ),
    }


def claims_of(token: str) -> dict[str, Any]:
    """Read what a token says; whether it may be believed is another question."""
    return jwt.read_unverified_claims(token)


def flipped(token: str, claim: str, value: object) -> str:
    """Change one claim and keep the signature."""
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    claims[claim] = value
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{changed}.{signature}"


def query_of(url: str) -> dict[str, str]:
    """Give the parameters of an address."""
    found = parse_qs(urlsplit(url).query, strict_parsing=True)
    return {name: values[0] for name, values in found.items()}
