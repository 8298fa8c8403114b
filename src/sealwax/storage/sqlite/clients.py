"""Clients in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sealwax.records import Client
from sealwax.storage.contracts import AlreadyExists, NotFound
from sealwax.storage.sqlite.counters import note_catalogue
from sealwax.storage.sqlite.database import Database, Row
from sealwax.storage.sqlite.endings import end_direct_sessions_of_client, end_grants
from sealwax.storage.sqlite.words import from_text, to_text


class SqliteClients:
    """`storage.contracts.Clients`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, client: Client) -> None:
        """Keep a new client."""
        await self._database.write(lambda connection: _add(connection, client))

    async def find(self, client_id: str) -> Client | None:
        """Give the client with this id."""
        row = self._database.row(_SELECT + "WHERE client_id = ?", (client_id,))
        return None if row is None else _record(row)

    async def list(self, *, after: str = "", limit: int = 100) -> Sequence[Client]:
        """Give clients ordered by id."""
        page = _SELECT + "WHERE client_id > ? ORDER BY client_id LIMIT ?"
        return [_record(row) for row in self._database.rows(page, (after, limit))]

    async def replace(self, client: Client) -> None:
        """Put this record in the place of the one with the same id."""
        await self._database.write(lambda connection: _replace(connection, client))

    async def delete(self, client_id: str, *, now: int) -> None:
        """Remove the client and end its grants."""
        await self._database.write(lambda connection: _delete(connection, client_id, now))


_SELECT = """
    SELECT client_id, client_name, token_endpoint_auth_method, created_at, client_secret_hashes,
           jwks, redirect_uris, post_logout_redirect_uris, grant_types, scopes, web_origins,
           default_resource, introspects, is_first_party, id_token_signed_response_alg, disabled_at
      FROM clients """
_INSERT = """
    INSERT INTO clients (client_id, client_name, token_endpoint_auth_method, created_at,
                         client_secret_hashes, jwks, redirect_uris, post_logout_redirect_uris,
                         grant_types, scopes, web_origins, default_resource, introspects,
                         is_first_party, id_token_signed_response_alg, disabled_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_UPDATE = """
    UPDATE clients
       SET client_id = ?, client_name = ?, token_endpoint_auth_method = ?, created_at = ?,
           client_secret_hashes = ?, jwks = ?, redirect_uris = ?, post_logout_redirect_uris = ?,
           grant_types = ?, scopes = ?, web_origins = ?, default_resource = ?, introspects = ?,
           is_first_party = ?, id_token_signed_response_alg = ?, disabled_at = ?
     WHERE client_id = ?"""


def _record(row: Row) -> Client:
    return Client(
        client_id=row[0],
        client_name=row[1],
        token_endpoint_auth_method=row[2],
        created_at=row[3],
        client_secret_hashes=from_text(row[4]),
        jwks=row[5],
        redirect_uris=from_text(row[6]),
        post_logout_redirect_uris=from_text(row[7]),
        grant_types=from_text(row[8]),
        scopes=from_text(row[9]),
        web_origins=from_text(row[10]),
        default_resource=row[11],
        introspects=from_text(row[12]),
        is_first_party=bool(row[13]),
        id_token_signed_response_alg=row[14],
        disabled_at=row[15],
    )


def _values(client: Client) -> Row:
    return (
        client.client_id,
        client.client_name,
        client.token_endpoint_auth_method,
        client.created_at,
        to_text(client.client_secret_hashes),
        client.jwks,
        to_text(client.redirect_uris),
        to_text(client.post_logout_redirect_uris),
        to_text(client.grant_types),
        to_text(client.scopes),
        to_text(client.web_origins),
        client.default_resource,
        to_text(client.introspects),
        client.is_first_party,
        client.id_token_signed_response_alg,
        client.disabled_at,
    )


def _add(connection: sqlite3.Connection, client: Client) -> None:
    if connection.execute(_INSERT, _values(client)).rowcount == 0:
        raise AlreadyExists("client", "client_id")
    note_catalogue(connection)


def _replace(connection: sqlite3.Connection, client: Client) -> None:
    cursor = connection.execute(_UPDATE, (*_values(client), client.client_id))
    if cursor.rowcount == 0:
        raise NotFound("client")
    if client.disabled_at is not None:
        end_grants(connection, "client", client.client_id, now=client.disabled_at)
    note_catalogue(connection)


def _delete(connection: sqlite3.Connection, client_id: str, now: int) -> None:
    cursor = connection.execute("DELETE FROM clients WHERE client_id = ?", (client_id,))
    if cursor.rowcount == 0:
        raise NotFound("client")
    end_direct_sessions_of_client(connection, client_id, now=now)
    end_grants(connection, "client", client_id, now=now)
    note_catalogue(connection)
