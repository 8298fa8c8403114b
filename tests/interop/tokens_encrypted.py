"""Encrypted tokens both ways: each key management with each encryption, and other forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sealwax.entropy import SystemEntropy
from sealwax.jose import Key, jwe, jwt
from sealwax.jose.encryption_algorithms import CONTENT_ENCRYPTIONS, KEY_MANAGEMENTS
from tests.interop.exchanges import (
    ALL_PARTS,
    DIFFERS,
    READS,
    WRITES,
    Finding,
    Token,
    accepts,
    altered_member,
    cross,
    decoded,
    encoded,
    key_for,
    ours,
)
from tests.interop.protocol import Peer
from tests.interop.tokens_signed import CLAIMS, NOW, PAYLOAD, POLICY, TYPE, signed, verified

PLAINTEXT = bytes(range(256)) * 3
ADDITIONAL_DATA = b"what everybody may read"
CURVES = ("P-256", "P-384", "P-521", "X25519", "X448")
PASSWORD = "correct horse, bättery, 🔋".encode()
NO_TEXT = "a password that is no text"
# Passwords are slow on purpose: each is tried with one content encryption, and two changes.
PARTS_UNDER_PASSWORDS = frozenset({"encrypted_key", "tag"})
ENCRYPTIONS_OF_PASSWORDS = {
    "PBES2-HS256+A128KW": ("A128CBC-HS256",),
    "PBES2-HS384+A192KW": ("A192GCM",),
    "PBES2-HS512+A256KW": ("A256CBC-HS512",),
}

MANAGEMENT_ROWS: dict[str, tuple[str, str | None]] = {
    f"{name}, {curve}" if curve else name: (name, curve)
    for name in KEY_MANAGEMENTS
    for curve in (CURVES if name.startswith("ECDH-ES") else (None,))
}
FORM_ROWS = {
    "flattened": "JWE, flattened",
    "additional_data": "JWE, flattened, with additional data",
    "general": "JWE, general, two recipients",
    "compressed": "JWE, compressed (`zip: DEF`)",
    "nested": "JWT signed inside encrypted",
}


def exchange_management(peer: Peer, row: str, key_of: Callable[..., Key]) -> list[Finding]:
    """Send bytes both ways with one way of handing over the key, and each content encryption."""
    algorithm, curve = MANAGEMENT_ROWS[row]
    findings = []
    for encryption in ENCRYPTIONS_OF_PASSWORDS.get(algorithm, CONTENT_ENCRYPTIONS):
        key = encryption_key(algorithm, encryption, curve, key_of)
        findings += _both_ways(peer, algorithm, encryption, key)
    if algorithm == "PBES2-HS256+A128KW":
        key = Key.from_secret(bytes(range(128, 160)), algorithm=algorithm, kid="one")
        findings += _both_ways(peer, algorithm, "A128GCM", key, variant=NO_TEXT)
    return findings


def exchange_form(peer: Peer, form: str, key_of: Callable[..., Key]) -> list[Finding]:
    """Send bytes both ways in another form than the compact one."""
    if form == "nested":
        return _nested(peer, key_of)
    if form == "general":
        return _general(peer, key_of)
    return _both_ways(peer, "RSA-OAEP-256", "A256GCM", key_of("RSA-OAEP-256"), form, "")


def encryption_key(
    algorithm: str, encryption: str, curve: str | None, key_of: Callable[..., Key]
) -> Key:
    if algorithm == "dir":
        size = CONTENT_ENCRYPTIONS[encryption].key_size_bytes
        return Key.from_secret(SystemEntropy().token_bytes(size), algorithm="dir", kid="one")
    if algorithm.startswith("PBES2"):
        return Key.from_secret(PASSWORD, algorithm=algorithm, kid="one")
    return key_of(algorithm, curve)


def _both_ways(
    peer: Peer,
    algorithm: str,
    encryption: str,
    key: Key,
    form: str = "compact",
    variant: str | None = None,
) -> list[Finding]:
    variant = encryption if variant is None else variant
    is_json = form in ("flattened", "additional_data")
    public = key if key.key_type == "oct" else key.public()

    def our_token() -> Token:
        if is_json:
            aad = ADDITIONAL_DATA if form == "additional_data" else None
            to = [jwe.Recipient(public)]
            return jwe.encrypt_json(
                PLAINTEXT, to, encryption=encryption, additional_data=aad, flattened=True
            )
        return jwe.encrypt(PLAINTEXT, public, encryption=encryption, compress=form == "compressed")

    def they_read(token: Token) -> bytes:
        return decrypted(peer, form, token, [key], encryption)

    def their_token() -> Token:
        header = {"enc": encryption, **({"zip": "DEF"} if form == "compressed" else {})}
        return encrypted(peer, form, [(public, {"alg": algorithm})], header)

    def we_read(token: Token) -> bytes:
        return opened(token, key, (algorithm, encryption), allow_compressed=form == "compressed")

    parts = PARTS_UNDER_PASSWORDS if algorithm.startswith("PBES2") else ALL_PARTS
    return [
        cross(READS, variant, our_token, they_read, PLAINTEXT, parts),
        cross(WRITES, variant, their_token, we_read, PLAINTEXT, parts),
    ]


def _general(peer: Peer, key_of: Callable[..., Key]) -> list[Finding]:
    keys = [key_of("RSA-OAEP-256"), key_of("ECDH-ES+A256KW", "P-256")]
    recipients = [(key.public(), {"alg": str(key.algorithm), "kid": str(key.kid)}) for key in keys]

    def our_token() -> Token:
        to = [jwe.Recipient(key.public()) for key in keys]
        return jwe.encrypt_json(PLAINTEXT, to, encryption="A128GCM")

    def they_read(token: Token) -> bytes:
        found = [decrypted(peer, "general", token, keys, "A128GCM", which) for which in (0, 1)]
        return found[0] if found[0] == found[1] else b""

    def their_token() -> Token:
        return encrypted(peer, "general", recipients, {"enc": "A128GCM"})

    def we_read(token: Token) -> bytes:
        found = [opened(token, key, (str(key.algorithm), "A128GCM")) for key in keys]
        return found[0] if found[0] == found[1] else b""

    findings = [
        cross(READS, "", our_token, they_read, PLAINTEXT),
        cross(WRITES, "", their_token, we_read, PLAINTEXT),
    ]
    if any(finding.outcome != "agreed" for finding in findings):
        return findings
    for direction, token, read in (
        (READS, our_token(), they_read),
        (WRITES, their_token(), we_read),
    ):
        for index in range(len(keys)):
            changed = altered_member(token, "recipients", index, "encrypted_key")
            if accepts(read, changed):
                findings.append(Finding(direction, "", DIFFERS, "a changed key is accepted"))
    return findings


def _nested(peer: Peer, key_of: Callable[..., Key]) -> list[Finding]:
    signer, recipient = key_of("ES256"), key_of("ECDH-ES+A128KW", "P-256")
    names = ("ECDH-ES+A128KW", "A128CBC-HS256")

    def our_token() -> Token:
        return jwt.sign_and_encrypt(
            CLAIMS, signer, recipient.public(), typ=TYPE, encryption=names[1]
        )

    def they_read(token: Token) -> bytes:
        inner = decrypted(peer, "compact", token, [recipient], names[1]).decode()
        public = key_for(peer, signer, private=False)
        return verified(peer, "compact", inner, [(public, "ES256")])

    def their_token() -> Token:
        header = {"alg": "ES256", "typ": TYPE, "kid": signer.kid}
        inner = signed(peer, "compact", [(key_for(peer, signer, private=True), header)])
        to = [(recipient.public(), {"alg": names[0], "kid": str(recipient.kid)})]
        outer = {"enc": names[1], "cty": "JWT"}
        return encrypted(peer, "compact", to, outer, str(inner).encode())

    def we_read(token: Token) -> bytes:
        found = ours(
            lambda: jwt.decrypt_and_verify(
                str(token), recipient, signer.public(), key_managements=names[:1],
                encryptions=names[1:], algorithms=["ES256"], policy=POLICY, now=NOW,
            )
        )  # fmt: skip
        return json.dumps(found.claims).encode()

    return [
        cross(READS, "", our_token, they_read, PAYLOAD),
        cross(WRITES, "", their_token, we_read, PAYLOAD),
    ]


def encrypted(
    peer: Peer,
    form: str,
    recipients: list[tuple[Key, dict[str, str]]],
    header: dict[str, str],
    payload: bytes = PLAINTEXT,
) -> Token:
    to = [{"key": key_for(peer, key, private=False), "header": own} for key, own in recipients]
    command = {"recipients": to, "header": header, "payload": encoded(payload)}
    token: Token = peer.ask(
        "encrypt", form=form, additional_data=encoded(ADDITIONAL_DATA), **command
    )["token"]
    return token


def decrypted(
    peer: Peer, form: str, token: Token, keys: list[Key], encryption: str, which: int = 0
) -> bytes:
    known = [
        {"key": key_for(peer, key, private=True), "alg": key.signing_algorithm()} for key in keys
    ]
    answer = peer.ask("decrypt", form=form, token=token, keys=known, which=which, enc=encryption)
    return decoded(answer["payload"])


def opened(
    token: Token, key: Key, names: tuple[str, str], *, allow_compressed: bool = False
) -> bytes:
    accepted: dict[str, Any] = {
        "algorithms": names[:1],
        "encryptions": names[1:],
        "allow_compressed": allow_compressed,
    }
    if isinstance(token, str):
        plaintext: bytes = ours(lambda: jwe.decrypt(token, key, **accepted)).plaintext
    else:
        plaintext = ours(lambda: jwe.decrypt_json(token, key, **accepted)).plaintext
    return plaintext
