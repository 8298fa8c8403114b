"""`python seed.py FOLDER COUNT`: an API and COUNT confidential clients for the load test."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from sealwax.entropy import SystemEntropy
from sealwax.records import Client, Resource
from sealwax.secret import sha256_hex
from sealwax.storage.sqlite import open_storage

AUDIENCE = "https://api.example"
SCOPES = ("read", "write")
SECRET_TAIL = "0123456789abcdefghijklmnopqrstuvwxyzABCD"


async def seed(folder: Path, count: int) -> None:
    """Fill an empty folder; the clients are written in groups."""
    storage = await open_storage(folder, entropy=SystemEntropy(), exclusive=True)
    await storage.resources.add(
        Resource(AUDIENCE, "API", SCOPES, access_token_lifetime_seconds=300, created_at=0)
    )
    await asyncio.gather(*(storage.clients.add(client(number)) for number in range(count)))
    await storage.close()


def client(number: int) -> Client:
    """Give one client; its secret is long and the same at each run."""
    secret = f"secret-{number}-{SECRET_TAIL}"
    return Client(
        client_id=f"client-{number}",
        client_name=f"Client {number}",
        token_endpoint_auth_method="client_secret_post",
        created_at=0,
        client_secret_hashes=(sha256_hex(secret),),
        grant_types=("client_credentials",),
        scopes=SCOPES,
        default_resource=AUDIENCE,
    )


asyncio.run(seed(Path(sys.argv[1]), int(sys.argv[2])))
