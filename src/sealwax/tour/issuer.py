"""The issuer of the tour: the server itself, on the tour's folder, and how that is filled."""

import argparse
import functools
import shutil
import sys
from pathlib import Path
from typing import Final

from sealwax.clock import Clock, SystemClock
from sealwax.config import Settings, load
from sealwax.entropy import Entropy, SystemEntropy
from sealwax.oauth.access_token import AccessTokenClaims
from sealwax.records import Client, Resource, StatusReference, User
from sealwax.secret import sha256_hex
from sealwax.server.assembly import make_services
from sealwax.server.passwords import Passwords
from sealwax.server.run import run_server
from sealwax.storage.contracts import Storage
from sealwax.storage.sqlite import open_storage
from sealwax.tour.addresses import LOOPBACK_HOST, Addresses
from sealwax.tour.demonstration import (
    NOTES_READ,
    NOTES_STATISTICS,
    NOTES_WRITE,
    PAGE_CLIENT_ID,
    PARCELS_READ,
    SERVICE_CLIENT_ID,
    WEB_CLIENT_ID,
    Demonstration,
    Person,
)
from sealwax.tour.lifeline import end_with_parent, is_orphaned

TOKEN_LIFETIME_SECONDS: Final = 600
_AN_HOUR_SECONDS: Final = 3600
_DATA: Final = "data"


def issuer_settings(addresses: Addresses, folder: Path) -> Settings:
    """Give the settings of the tour's issuer; the environment has no say in them."""
    return load(
        None,
        {},
        {
            "issuer.url": addresses.issuer,
            "server.host": LOOPBACK_HOST,
            "server.port": addresses.port,
            "server.shutdown_seconds": 2,
            "storage.data_folder": str(folder / _DATA),
            "logging.format": "json",
        },
    )


async def fill(settings: Settings, demonstration: Demonstration, clock: Clock) -> None:
    """Enter the people, the applications and the APIs of the tour."""
    now, entropy = clock.now(), SystemEntropy()
    passwords = Passwords(settings, entropy)
    storage = await open_storage(settings.storage.data_folder, entropy=entropy, exclusive=True)
    try:
        password_hash = await passwords.hash(demonstration.password)
        await storage.users.add(_user(demonstration.ada, password_hash, now))
        await storage.users.add(_user(demonstration.grace, None, now))
        for resource in _resources(demonstration, now):
            await storage.resources.add(resource)
        for client in _clients(demonstration, now):
            await storage.clients.add(client)
    finally:
        passwords.close()
        await storage.close()


async def sign_out_everywhere(settings: Settings, person: Person, clock: Clock) -> int:
    """End every session of a person, beside the running server, as `session revoke` does."""
    storage = await _open_beside(settings)
    try:
        return await storage.sessions.end_all(person.user_id, now=clock.now())
    finally:
        await storage.close()


async def expired_token(settings: Settings, demonstration: Demonstration, clock: Clock) -> str:
    """Seal, with the issuer's own key, the token that it would have sealed an hour ago."""
    storage = await _open_beside(settings)
    try:
        services = await make_services(settings, storage, clock, SystemEntropy(), is_patient=False)
        issued_at = clock.now() - _AN_HOUR_SECONDS
        claims = AccessTokenClaims(
            subject=demonstration.ada.user_id,
            client_id=PAGE_CLIENT_ID,
            audience=demonstration.addresses.notes,
            scopes=(NOTES_READ, NOTES_WRITE),
            status=StatusReference("of-an-hour-ago", 0),
            issued_at=issued_at,
            expires_at=issued_at + TOKEN_LIFETIME_SECONDS,
            auth_time=issued_at,
            amr=("pwd",),
        )
        return services.token_issuer.access_token(claims, signing_alg="ES256")
    finally:
        await storage.close()


async def _open_beside(settings: Settings) -> Storage:
    folder, entropy = settings.storage.data_folder, SystemEntropy()
    return await open_storage(folder, entropy=entropy, exclusive=False)


def _user(person: Person, password_hash: str | None, now: int) -> User:
    return User(
        user_id=person.user_id,
        username=person.username,
        display_name=person.display_name,
        email=None,
        email_verified=False,
        password_hash=password_hash,
        is_administrator=False,
        created_at=now,
        updated_at=now,
        password_changed_at=now if password_hash else None,
    )


def _resources(demonstration: Demonstration, now: int) -> tuple[Resource, ...]:
    addresses = demonstration.addresses
    return (
        Resource(
            identifier=addresses.notes,
            display_name="The notes API",
            scopes=(NOTES_READ, NOTES_WRITE, NOTES_STATISTICS),
            access_token_lifetime_seconds=TOKEN_LIFETIME_SECONDS,
            created_at=now,
        ),
        Resource(
            identifier=addresses.parcels,
            display_name="Harbour Parcels",
            scopes=(PARCELS_READ,),
            access_token_lifetime_seconds=TOKEN_LIFETIME_SECONDS,
            created_at=now,
        ),
    )


def _clients(demonstration: Demonstration, now: int) -> tuple[Client, ...]:
    addresses = demonstration.addresses
    return (
        Client(
            client_id=PAGE_CLIENT_ID,
            client_name="The tour's page",
            token_endpoint_auth_method="none",
            created_at=now,
            grant_types=(),
            scopes=(NOTES_READ, NOTES_WRITE, PARCELS_READ),
            web_origins=(addresses.web,),
            default_resource=addresses.notes,
            is_first_party=True,
        ),
        Client(
            client_id=WEB_CLIENT_ID,
            client_name="Notebook",
            token_endpoint_auth_method="client_secret_basic",
            created_at=now,
            client_secret_hashes=(sha256_hex(demonstration.web_client_secret),),
            redirect_uris=(demonstration.redirect_uri,),
            post_logout_redirect_uris=(demonstration.post_logout_redirect_uri,),
            grant_types=("authorization_code", "refresh_token"),
            scopes=("openid", "profile", NOTES_READ),
            id_token_signed_response_alg="ES256",
        ),
        Client(
            client_id=SERVICE_CLIENT_ID,
            client_name="The nightly report",
            token_endpoint_auth_method="client_secret_basic",
            created_at=now,
            client_secret_hashes=(sha256_hex(demonstration.service_client_secret),),
            grant_types=("client_credentials",),
            scopes=(NOTES_STATISTICS,),
            default_resource=addresses.notes,
        ),
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the issuer until it is told to stop, or the tour is gone."""
    parser = argparse.ArgumentParser(prog="sealwax.tour.issuer")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args(arguments)
    remove_folder = functools.partial(shutil.rmtree, given.folder, ignore_errors=True)
    end_with_parent(given.parent, clean_up=remove_folder)
    settings = issuer_settings(Addresses(given.port), given.folder)
    entropy: Entropy = SystemEntropy()

    async def open_exclusively() -> Storage:
        folder = settings.storage.data_folder
        return await open_storage(folder, entropy=entropy, exclusive=True)

    run_server(
        settings,
        open_storage=open_exclusively,
        clock=SystemClock(),
        entropy=entropy,
        announce=print,
    )
    if is_orphaned(given.parent):
        remove_folder()
    return 0


if __name__ == "__main__":
    sys.exit(main())
