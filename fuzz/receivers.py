"""Who reads the tokens: keys, key sets and policies of many shapes, each prepared once.

The keys are the same in every run, RSA's excepted, so that an input stands for the same token
wherever it is drawn.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sealwax.jose import Key, KeySet, Policy
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.encoding import base64url_encode

NOW: Final = 1_800_000_000
ISSUER: Final = "https://id.example.com"
AUDIENCE: Final = "https://api.example.com"
TYPE: Final = "at+jwt"

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Signer:
    """What signs a token: the name its header gives, its kid, and the signing itself."""

    algorithm: str
    kid: str | None
    sign: Sign


@dataclass(frozen=True, slots=True)
class Receiver:
    """What a verifier is built from, and who signs so that it believes the token."""

    name: str
    keys: Key | KeySet
    algorithms: tuple[str, ...]
    policy: Policy
    signers: tuple[Signer, ...]


@cache
def receivers() -> tuple[Receiver, ...]:
    """Give all receivers; the first ones are the quick ones, and are drawn most."""
    return tuple(
        Receiver(name, keys, tuple(algorithms), policy, tuple(map(_signer, private)))
        for name, keys, algorithms, policy, private in (
            *_policies(),
            *_secrets(),
            *_plain(),
            *_sets(),
        )
    )


@cache
def strangers() -> tuple[Signer, ...]:
    """Give signers that no receiver knows."""
    return tuple(
        _signer(key) for key in (_secret("HS256", "stranger"), _ed25519("stranger"), _ec("P-256"))
    )


@cache
def private_keys() -> tuple[Key, ...]:
    """Give one private key of every kind there is, for what else reads keys."""
    modulus, curve = _rsa("RS256", "rs-1"), _ec("P-256", "1", kid="k")
    secret = _secret("HS256", "1", kid="a")
    return (_ed25519("1", kid="k"), secret, curve, modulus, _ec("P-384", "1", kid="big"), *_rare())


_Row = tuple[str, Key | KeySet, tuple[str, ...], Policy, tuple[Key, ...]]


def _secrets() -> list[_Row]:
    """Several secrets: names that collide or are missing, a secret for any hash."""
    first, second = _secret("HS256", "1", kid="a"), _secret("HS256", "2", kid="b")
    nameless, long = _secret("HS256", "3"), _secret("HS512", "4", kid="a")
    any_hash = _remade(_secret("HS512", "5", kid="any"), alg=...)
    return [
        ("secrets", KeySet((first, second, nameless)), ("HS256",), _policy(), (first, nameless)),
        (
            "secrets of two sizes",
            KeySet((first, long)),
            ("HS256", "HS512"),
            _policy(),
            (first, long),
        ),
        ("secret of any hash", any_hash, ("HS256", "HS384", "HS512"), _policy(), (any_hash,)),
    ]


def _plain() -> list[_Row]:
    """One key, one algorithm, one policy: how most receivers are."""
    edwards = _ed25519("1", kid="ed-1")
    curve = _ec("P-256", "1", kid="ec-1")
    modulus = _rsa("RS256", "rs-1")
    return [
        ("ed25519", edwards.public(), ("Ed25519",), _policy(), (edwards,)),
        ("es256", curve.public(), ("ES256",), _policy(), (curve,)),
        ("rs256", modulus.public(), ("RS256",), _policy(), (modulus,)),
    ]


def _sets() -> list[_Row]:
    """Several public keys: names that collide or are missing, keys that may not verify."""
    edwards, other = _ed25519("1", kid="k"), _ed25519("2")
    old_name = _remade(_ed25519("3", kid="old"), alg=...)
    curve, big = _ec("P-256", "1", kid="k"), _ec("P-384", "1", kid="big")
    modulus, free = _rsa("PS256", "ps"), _remade(_rsa("RS256", "k"), alg=...)
    for_encryption = _remade(_ed25519("4", kid="use"), use="sig")
    no_verify = _remade(_ed25519("5", kid="ops"), key_ops=["sign", "verify"])
    rare = tuple(_rare())
    asymmetric = (edwards, other, old_name, curve, big, modulus, free, for_encryption, no_verify)
    every = tuple(name for name in ALGORITHMS if name[:2] != "HS")
    return [
        (
            "two nameless",
            KeySet((other.public(), _ed25519("6").public())),
            ("Ed25519",),
            _policy(),
            (other,),
        ),
        ("old name", old_name.public(), ("EdDSA",), _policy(), (old_name,)),
        ("asymmetric", _public(asymmetric), (*every, "EdDSA"), _policy(), asymmetric),
        (
            "one of many algorithms",
            _public(asymmetric),
            ("Ed25519", "RS512"),
            _policy(),
            asymmetric,
        ),
        ("rare", _public(rare), every, _policy(), rare),
        ("no keys", KeySet(()), every, _policy(), (edwards,)),
        ("small order", _small_order(), ("Ed25519",), _policy(), (other,)),
        ("misused", _misused(), ("Ed25519",), _policy(), (for_encryption, no_verify)),
    ]


def _policies() -> list[_Row]:
    """One secret and many demands."""
    key = _secret("HS256", "1")
    several = (AUDIENCE, "https://other.example.com", "urn:x:\u00e4'\"")
    policies = (
        _policy(),
        _policy(leeway_seconds=0, typ=("JWT", None)),
        _policy(leeway_seconds=60, typ=("at+jwt", "application/JWT"), max_age_seconds=300),
        _policy(audience=several, required_claims=("sub", "tenant", "sub"), max_age_seconds=0),
        _policy(typ=(None,), leeway_seconds=1, required_claims=("sub",)),
        _policy(issuer="https://\u00e4.example/'\\", typ="JWT", audience="a"),
        _policy(scopes=("openid",)),
        _policy(scopes=("profile", "openid", "profile"), leeway_seconds=0),
    )
    return [
        (f"policy {number}", key, ("HS256",), policy, (key,))
        for number, policy in enumerate(policies)
    ]


def _policy(**changes: object) -> Policy:
    options: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYPE, **changes}
    return Policy(options.pop("issuer"), options.pop("audience"), options.pop("typ"), **options)


def _signer(key: Key) -> Signer:
    names = sorted(key.algorithms)
    algorithm = key.algorithm or names[-1]
    return Signer(algorithm, key.kid, key.signer(algorithm))


def _public(keys: tuple[Key, ...]) -> KeySet:
    return KeySet(tuple(key.public() for key in keys))


def _misused() -> KeySet:
    encrypting = _remade(_ed25519("4", kid="use").public(), use="sig", key_ops=["verify"])
    signing = _remade(_ed25519("5", kid="ops"), key_ops=["sign"])
    return KeySet((encrypting, signing))


SMALL_ORDER: Final = tuple(
    bytes.fromhex(text)
    for text in (
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "00" * 32,
        "00" * 31 + "80",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
        "01" + "00" * 30 + "80",
        "ff" * 32,
    )
)
"""Points of Ed25519 that anybody signs for, some in a second spelling; a kid is a place here."""


def _small_order() -> KeySet:
    return KeySet(
        Key.from_jwk(
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": base64url_encode(point).decode(),
                "kid": str(place),
            }
        )
        for place, point in enumerate(SMALL_ORDER)
    )


def _remade(key: Key, **changes: Any) -> Key:  # noqa: ANN401  # members of a JWK
    """Read the key anew as a JWK with changes; ... leaves a member out."""
    members = key.to_jwk(private=key.is_private) | changes
    return Key.from_jwk({name: value for name, value in members.items() if value is not ...})


def _seed(text: str) -> bytes:
    return hashlib.sha512(f"fuzz {text}".encode()).digest()


def _secret(algorithm: str, which: str, *, kid: str | None = None) -> Key:
    return Key.from_secret(_seed(which), algorithm=algorithm, kid=kid)


def _ed25519(which: str, *, kid: str | None = None) -> Key:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(_seed(which)[:32])
    return _from_private(private, "Ed25519", kid)


def _ec(curve: str, which: str = "stranger", *, kid: str | None = None) -> Key:
    kind, algorithm = {
        "P-256": (ec.SECP256R1(), "ES256"),
        "P-384": (ec.SECP384R1(), "ES384"),
        "P-521": (ec.SECP521R1(), "ES512"),
        "secp256k1": (ec.SECP256K1(), "ES256K"),
    }[curve]
    number = int.from_bytes(_seed(which)[:31], "big")
    return _from_private(ec.derive_private_key(number, kind), algorithm, kid)


def _rare() -> list[Key]:
    edwards = ed448.Ed448PrivateKey.from_private_bytes((_seed("rare") * 2)[:57])
    return [
        _from_private(edwards, "Ed448", "ed448"),
        _ec("P-521", "1", kid="p521"),
        _ec("secp256k1", "1", kid="k1"),
        _ec("P-384", "2", kid="p384"),
    ]


def _from_private(private: Any, algorithm: str, kid: str | None) -> Key:  # noqa: ANN401  # of any type
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Key.from_pem(pem, algorithm=algorithm, kid=kid)


@cache
def _modulus() -> dict[str, Any]:
    return Key.generate("RS256").to_jwk(private=True)


def _rsa(algorithm: str, kid: str) -> Key:
    return Key.from_jwk(_modulus() | {"alg": algorithm, "kid": kid})
