"""The library PyJWT as the other party."""

import json
from typing import Any

import jwt

from tests.interop.peers.lines import (
    Command,
    NotOffered,
    decoded,
    encoded,
    form_of,
    read_once,
    serve,
    versions,
)

FORMS = ("compact", "unencoded")
SIGNATURES = jwt.PyJWS()


def about(_command: Command) -> dict[str, Any]:
    return {"versions": versions("PyJWT"), "key_forms": ["jwk", "pem"]}


def sign(command: Command) -> dict[str, Any]:
    form_of(command, FORMS)
    (signer,) = command["signers"]
    name = offered(signer["header"]["alg"])
    key = read_key(signer["key"], name)
    return {"token": SIGNATURES.encode(decoded(command["payload"]), key, name, signer["header"])}


def verify(command: Command) -> dict[str, Any]:
    form = form_of(command, FORMS)
    (known,) = command["keys"]
    name = offered(known["alg"])
    apart = decoded(command["payload"]) if form == "unencoded" else None
    key = read_key(known["key"], name)
    payload: bytes = SIGNATURES.decode(command["token"], key, [name], detached_payload=apart)
    return {"payload": encoded(payload)}


def export(command: Command) -> dict[str, Any]:
    # It knows keys on either Edwards curve by the older name alone.
    name = offered("EdDSA" if command["alg"] in ("Ed25519", "Ed448") else command["alg"])
    key = read_key(command["key"], name)
    if command["as"] == "pem":
        raise NotOffered("writes no PEM")
    return {"key": json.loads(SIGNATURES.get_algorithm_by_name(name).to_jwk(key))}


def offered(name: str) -> str:
    """Ask for a signature algorithm."""
    try:
        SIGNATURES.get_algorithm_by_name(name)
    except NotImplementedError as error:
        raise NotOffered(f"{error}") from error
    return name


@read_once
def read_key(key: dict[str, Any], name: str) -> Any:  # noqa: ANN401  # its keys have many types
    if "jwk" in key:
        try:
            return jwt.PyJWK(key["jwk"], name).key
        except jwt.PyJWKError as error:
            raise NotOffered(f"{error}") from error
    return SIGNATURES.get_algorithm_by_name(name).prepare_key(key["pem"])


serve({"about": about, "sign": sign, "verify": verify, "export": export})
