"""The library jwcrypto as the other party."""

import json
from typing import Any

from jwcrypto import jwa, jwe, jwk, jws  # type: ignore[import-untyped]  # it ships no types
from jwcrypto.common import InvalidJWAAlgorithm  # type: ignore[import-untyped]  # the same

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

JWS_FORMS = ("compact", "flattened", "general", "detached", "unencoded", "flattened_unencoded")
JWE_FORMS = ("compact", "flattened", "general", "additional_data", "compressed")

# It accepts 16,384 rounds unless it is told otherwise; we write 600,000.
jwa.default_max_pbkdf2_iterations = 1_200_000


def about(_command: Command) -> dict[str, Any]:
    return {"versions": versions("jwcrypto"), "key_forms": ["jwk", "pem"]}


def sign(command: Command) -> dict[str, Any]:
    form = form_of(command, JWS_FORMS)
    payload = decoded(command["payload"])
    made = jws.JWS(payload.decode() if form == "flattened_unencoded" else payload)
    for signer in command["signers"]:
        offered(jwa.JWA.signing_alg, signer["header"]["alg"])
        made.add_signature(read_key(signer["key"]), protected=json.dumps(signer["header"]))
    if form in ("detached", "unencoded"):
        made.detach_payload()
    is_json = form == "general" or form.startswith("flattened")
    token = made.serialize(compact=not is_json)
    return {"token": json.loads(token) if is_json else token}


def verify(command: Command) -> dict[str, Any]:
    form = form_of(command, JWS_FORMS)
    token, known = command["token"], command["keys"][command["which"]]
    offered(jwa.JWA.signing_alg, known["alg"])
    made = jws.JWS()
    made.allowed_algs = [known["alg"]]
    made.deserialize(token if isinstance(token, str) else json.dumps(token))
    apart = decoded(command["payload"]) if form in ("detached", "unencoded") else None
    made.verify(read_key(known["key"]), detached_payload=apart)
    payload: bytes | str = made.payload or apart or b""
    return {"payload": encoded(payload.encode() if isinstance(payload, str) else payload)}


def encrypt(command: Command) -> dict[str, Any]:
    form = form_of(command, JWE_FORMS)
    recipients, header = command["recipients"], command["header"]
    offered(jwa.JWA.encryption_alg, header["enc"])
    for recipient in recipients:
        offered(jwa.JWA.keymgmt_alg, recipient["header"]["alg"])
    aad = decoded(command["additional_data"]) if form == "additional_data" else None
    if form != "general":
        header = header | recipients[0]["header"]
    made = jwe.JWE(decoded(command["payload"]), protected=json.dumps(header), aad=aad)
    for recipient in recipients:
        own = json.dumps(recipient["header"]) if form == "general" else None
        made.add_recipient(read_key(recipient["key"]), header=own)
    is_compact = form in ("compact", "compressed")
    token = made.serialize(compact=is_compact)
    return {"token": token if is_compact else json.loads(token)}


def decrypt(command: Command) -> dict[str, Any]:
    form_of(command, JWE_FORMS)
    token, known = command["token"], command["keys"][command["which"]]
    offered(jwa.JWA.keymgmt_alg, known["alg"])
    offered(jwa.JWA.encryption_alg, command["enc"])
    made = jwe.JWE(algs=[known["alg"], command["enc"]])
    made.deserialize(token if isinstance(token, str) else json.dumps(token))
    made.decrypt(read_key(known["key"]))
    return {"payload": encoded(made.payload)}


def export(command: Command) -> dict[str, Any]:
    key = read_key(command["key"])
    is_private = command["private"]
    if command["as"] == "jwk":
        return {"key": key.export(private_key=is_private, as_dict=True)}
    if key.is_symmetric:
        raise NotOffered("a secret has no PEM form")
    pem: bytes = key.export_to_pem(private_key=is_private, password=None)
    return {"key": pem.decode()}


def thumbprint(command: Command) -> dict[str, Any]:
    return {"thumbprint": read_key(command["key"]).thumbprint()}


def offered(lookup: Any, name: str) -> None:  # noqa: ANN401  # a function of the untyped library
    """Ask for an algorithm."""
    try:
        lookup(name)
    except InvalidJWAAlgorithm as error:
        raise NotOffered(f"{error}") from error


@read_once
def read_key(key: dict[str, Any]) -> Any:  # noqa: ANN401  # the library has no types
    if "jwk" in key:
        return jwk.JWK(**key["jwk"])
    try:
        return jwk.JWK.from_pem(key["pem"].encode())
    except jwk.InvalidJWKValue as error:  # what the PEM holds is of no kind it knows
        raise NotOffered(f"{error}") from error


serve(
    {
        "about": about,
        "sign": sign,
        "verify": verify,
        "encrypt": encrypt,
        "decrypt": decrypt,
        "export": export,
        "thumbprint": thumbprint,
    }
)
