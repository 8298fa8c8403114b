"""What `sealwax.jose` offers, and what importing it costs."""

import os
import subprocess
import sys

import pytest

from sealwax import jose
from sealwax.jose import native
from tests.jose.support import key_of, public_of

LOADED = "import sys; print(sorted(name for name in sys.modules if name.startswith({!r})))"


def loaded_after(statement: str, prefix: str, switch: str = "off") -> str:
    """The modules that a fresh interpreter holds; on the Python path unless told otherwise."""
    program = f"{statement}\n{LOADED.format(prefix)}"
    # What measures coverage loads modules of its own.
    environment = {name: value for name, value in os.environ.items() if "COV" not in name}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=environment | {"SEALWAX_NATIVE": switch},
    )
    return done.stdout


def test_every_name_it_offers_is_there() -> None:
    assert set(jose.__all__) <= set(dir(jose))
    for name in jose.__all__:
        assert getattr(jose, name) is not None


def test_every_error_it_offers_is_a_jose_error() -> None:
    names = [name for name in jose.__all__ if isinstance(getattr(jose, name), type)]
    errors = {name for name in names if issubclass(getattr(jose, name), Exception)}
    assert errors == {
        "JoseError", "MalformedToken", "AlgorithmNotAllowed", "KeyNotFound", "SignatureInvalid",
        "ClaimInvalid", "TokenExpired", "KeyInvalid", "DecryptionFailed", "ReplayStoreFull",
    }  # fmt: skip
    assert all(issubclass(getattr(jose, name), jose.JoseError) for name in errors)


def test_a_name_it_does_not_offer_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'encode'"):
        _ = jose.encode
    with pytest.raises(ImportError):
        exec("from sealwax.jose import decode")  # noqa: S102  # the statement is the test


def test_importing_it_loads_no_cryptography() -> None:
    for statement in (
        "import sealwax.jose",
        "from sealwax.jose import JoseError, Policy, TokenExpired",
        "import sealwax.jose.encoding, sealwax.jose.errors, sealwax.jose.claims",
    ):
        assert loaded_after(statement, "cryptography") == "[]\n"


def test_reading_public_keys_and_secrets_loads_no_cryptography() -> None:
    keys = [public_of(name).to_jwk() for name in ("RS256", "ES256", "ES384", "ES512", "ES256K")]
    keys += [public_of(name).to_jwk() for name in ("Ed25519", "Ed448")]
    program = f"""
from sealwax.jose import Key, KeySet, Policy
keys = KeySet.from_jwks({{"keys": {keys!r}}})
assert len(keys.keys) == {len(keys)} and not keys.skipped
assert keys.keys[0].may("verify", "RS256") and keys.to_jwks()["keys"] == {keys!r}
KeySet((Key.from_secret(bytes(range(32)), algorithm="HS256"),))
Policy("i", "a", "JWT")
"""
    assert loaded_after(program, "cryptography") == "[]\n"


def test_verifying_loads_what_its_key_needs_and_no_reader_of_files() -> None:
    for algorithm, has_library in (("ES256", True), ("HS256", False)):
        key = key_of(algorithm)
        token = jose.jwt.sign({"iss": "i", "aud": "a", "exp": 2}, key, typ="JWT")
        jwk = key.to_jwk(private=not has_library)
        program = f"""
from sealwax.jose import Key, Policy, jwt
policy = Policy("i", "a", "JWT")
jwt.verify({token!r}, Key.from_jwk({jwk!r}), algorithms=[{algorithm!r}], policy=policy, now=1)
"""
        loaded = loaded_after(program, "")
        assert ("'sealwax.jose.primitives'" in loaded) == has_library
        assert ("'cryptography.hazmat.primitives.hashes'" in loaded) == has_library
        assert "serialization.ssh" not in loaded
        assert "x509" not in loaded


@pytest.mark.skipif(not native.state().is_available, reason="the native core is not installed")
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "Ed25519", "HS256"])
def test_where_native_serves_nothing_of_cryptography_is_loaded(algorithm: str) -> None:
    key = key_of(algorithm)
    token = jose.jwt.sign({"iss": "i", "aud": "a", "exp": 2}, key, typ="JWT")
    jwk = key.to_jwk(private=algorithm == "HS256")
    program = f"""
from sealwax.jose import KeySet, Policy, jwt
keys, policy = KeySet.from_jwks({{"keys": [{jwk!r}]}}), Policy("i", "a", "JWT")
jwt.verify({token!r}, keys, algorithms=[{algorithm!r}], policy=policy, now=1)
"""
    loaded = loaded_after(program, "", "required")
    for name in ("cryptography", "hashlib", "_hashlib", "hmac", "sealwax.jose.primitives"):
        assert f"'{name}'" not in loaded
