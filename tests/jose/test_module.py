"""What `sealwax.jose` offers, and what importing it costs."""

import subprocess
import sys

import pytest

from sealwax import jose

LOADED = "import sys; print(sorted(name for name in sys.modules if name.startswith({!r})))"


def loaded_after(statement: str, prefix: str) -> str:
    program = f"{statement}\n{LOADED.format(prefix)}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
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
        "ClaimInvalid", "TokenExpired", "KeyInvalid", "DecryptionFailed",
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


def test_verifying_loads_no_pem_reader() -> None:
    assert "primitives" in loaded_after("from sealwax.jose import jwt, Key, KeySet", "sealwax.jose")
    loaded = loaded_after("from sealwax.jose import jwt, Key, KeySet", "cryptography")
    assert "serialization.ssh" not in loaded
    assert "x509" not in loaded
