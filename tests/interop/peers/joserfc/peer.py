"""The library joserfc as the other party."""

import warnings
from typing import Any

from joserfc import errors, jwe, jwk, jws

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


def about(_command: Command) -> dict[str, Any]:
    return {"versions": versions("joserfc"), "key_forms": ["jwk", "pem"]}


def sign(command: Command) -> dict[str, Any]:
    form = form_of(command, JWS_FORMS)
    payload, signers = decoded(command["payload"]), command["signers"]
    algorithms = [offered(signer["header"]["alg"]) for signer in signers]
    keys = [read_key(signer["key"]) for signer in signers]
    headers = [signer["header"] for signer in signers]
    token: Any
    if form == "general":
        members: Any = [{"protected": header} for header in headers]
        token = jws.serialize_json(members, payload, jwk.KeySet(keys), algorithms)
    elif form.startswith("flattened"):
        token = jws.serialize_json({"protected": headers[0]}, payload, keys[0], algorithms)
    else:
        token = jws.serialize_compact(headers[0], payload, keys[0], algorithms)
        if form == "detached":
            token = jws.detach_content(token)
    return {"token": token}


def verify(command: Command) -> dict[str, Any]:
    form = form_of(command, JWS_FORMS)
    token, known = command["token"], command["keys"]
    algorithms = [offered(one["alg"]) for one in known]
    keys = [read_key(one["key"]) for one in known]
    if form == "general":  # it wants every signature to be good
        return {
            "payload": encoded(jws.deserialize_json(token, jwk.KeySet(keys), algorithms).payload)
        }
    if form.startswith("flattened"):
        return {"payload": encoded(jws.deserialize_json(token, keys[0], algorithms).payload)}
    if form == "compact":
        return {"payload": encoded(jws.deserialize_compact(token, keys[0], algorithms).payload)}
    apart = decoded(command["payload"])
    return {
        "payload": encoded(
            jws.deserialize_compact(token, keys[0], algorithms, payload=apart).payload
        )
    }


def encrypt(command: Command) -> dict[str, Any]:
    form = form_of(command, JWE_FORMS)
    payload, recipients = decoded(command["payload"]), command["recipients"]
    names = [*(one["header"]["alg"] for one in recipients), command["header"]["enc"]]
    registry = registry_of(names, compressed=form == "compressed")
    keys = [read_key(one["key"]) for one in recipients]
    if form in ("compact", "compressed"):
        header = command["header"] | recipients[0]["header"]
        token: Any = jwe.encrypt_compact(header, payload, keys[0], registry=registry)
        return {"token": token}
    kind: Any = jwe.GeneralJSONEncryption if form == "general" else jwe.FlattenedJSONEncryption
    aad = decoded(command["additional_data"]) if form == "additional_data" else None
    document = kind(command["header"], payload, aad=aad)
    for recipient, key in zip(recipients, keys, strict=True):
        document.add_recipient(recipient["header"], key)
    return {"token": jwe.encrypt_json(document, None, registry=registry)}


def decrypt(command: Command) -> dict[str, Any]:
    form = form_of(command, JWE_FORMS)
    names = [*(known["alg"] for known in command["keys"]), command["enc"]]
    registry = registry_of(names, compressed=form == "compressed")
    keys = [read_key(known["key"]) for known in command["keys"]]
    if form in ("compact", "compressed"):
        opened = jwe.decrypt_compact(command["token"], keys[0], registry=registry)
        return {"payload": encoded(opened.plaintext or b"")}
    key: Any = jwk.KeySet(keys) if form == "general" else keys[0]  # it opens every recipient's
    document = jwe.decrypt_json(command["token"], key, registry=registry)
    return {"payload": encoded(document.plaintext or b"")}


def export(command: Command) -> dict[str, Any]:
    key = read_key(command["key"])
    is_private = command["private"]
    if command["as"] == "jwk":
        return {"key": key.as_dict(private=is_private)}
    if isinstance(key, jwk.OctKey):
        raise NotOffered("a secret has no PEM form")
    return {"key": key.as_pem(private=is_private).decode()}


def thumbprint(command: Command) -> dict[str, Any]:
    return {"thumbprint": read_key(command["key"]).thumbprint()}


def offered(name: str) -> str:
    """Ask the registry for a signature algorithm."""
    try:
        jws.JWSRegistry(algorithms=[name]).get_alg(name)
    except errors.UnsupportedAlgorithmError as error:
        raise NotOffered(f"{error}") from error
    return name


def registry_of(names: list[str], *, compressed: bool) -> jwe.JWERegistry:
    """Allow these algorithms of encryption, each of which is asked for."""
    registry = jwe.JWERegistry(algorithms=[*names, *(["DEF"] if compressed else [])])
    try:
        for name in names[:-1]:
            registry.get_alg(name)
        registry.get_enc(names[-1])
    except errors.UnsupportedAlgorithmError as error:
        raise NotOffered(f"{error}") from error
    return registry


@read_once
def read_key(key: dict[str, Any]) -> Any:  # noqa: ANN401  # its keys have many types
    try:
        if "jwk" in key:
            return jwk.import_key(key["jwk"])
        return jwk.import_key(key["pem"], key["type"])
    except errors.InvalidKeyTypeError as error:
        raise NotOffered(f"{error}") from error


warnings.simplefilter("ignore")  # its advice on algorithms goes to people
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
