"""The table of algorithms, and what a caller may allow."""

import pytest

from sealwax.jose.algorithms import ALGORITHMS, algorithms_of, allowed_algorithms, resolve_name

NAMES = "HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 Ed25519 Ed448"
NAMES += " ES256K ML-DSA-44 ML-DSA-65 ML-DSA-87"


def test_the_table_holds_these_rows_and_no_other() -> None:
    assert set(ALGORITHMS) == set(NAMES.split())
    assert all(row.name == name for name, row in ALGORITHMS.items())


@pytest.mark.parametrize("name", ["none", "RSA1_5", "EdDSA", "HS1", "dir", "ML-DSA", "A128KW"])
def test_these_have_no_row(name: str) -> None:
    assert name not in ALGORITHMS


def test_the_table_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        ALGORITHMS["none"] = ALGORITHMS["HS256"]  # type: ignore[index]  # that is what is refused


@pytest.mark.parametrize(
    ("key_type", "curve", "size_bits", "names"),
    [
        ("oct", "", 255, ""),
        ("oct", "", 256, "HS256"),
        ("oct", "", 384, "HS256 HS384"),
        ("oct", "", 512, "HS256 HS384 HS512"),
        ("RSA", "", 2047, ""),
        ("RSA", "", 2048, "RS256 RS384 RS512 PS256 PS384 PS512"),
        ("EC", "P-256", 256, "ES256"),
        ("EC", "P-384", 384, "ES384"),
        ("EC", "P-521", 521, "ES512"),
        ("EC", "secp256k1", 256, "ES256K"),
        ("EC", "P-224", 224, ""),
        ("AKP", "ML-DSA-44", 10496, "ML-DSA-44"),
        ("AKP", "ML-DSA-87", 20736, "ML-DSA-87"),
        ("OKP", "Ed25519", 256, "Ed25519"),
        ("OKP", "Ed448", 456, "Ed448"),
        ("OKP", "X25519", 256, ""),
    ],
)
def test_a_key_serves_the_rows_of_its_type_curve_and_size(
    key_type: str, curve: str, size_bits: int, names: str
) -> None:
    assert algorithms_of(key_type, curve, size_bits) == set(names.split())


def test_eddsa_is_the_older_name_of_the_keys_own_algorithm() -> None:
    assert resolve_name("EdDSA", frozenset({"Ed25519"})) == "Ed25519"
    assert resolve_name("EdDSA", frozenset({"Ed448"})) == "Ed448"
    assert resolve_name("EdDSA", frozenset({"ES256"})) == "EdDSA"
    assert resolve_name("ES256", frozenset({"Ed25519"})) == "ES256"


def test_a_caller_allows_names_and_eddsa_allows_both_its_curves() -> None:
    assert allowed_algorithms(["ES256", "RS256"]) == {"ES256", "RS256"}
    assert allowed_algorithms(iter(["ES256"])) == {"ES256"}  # type: ignore[arg-type]  # works, too
    assert allowed_algorithms({"EdDSA"}) == {"Ed25519", "Ed448"}
    assert allowed_algorithms(("EdDSA", "ES256")) == {"Ed25519", "Ed448", "ES256"}


@pytest.mark.parametrize("names", [[], (), set(), frozenset()])
def test_allowing_nothing_is_a_mistake(names: list[str]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        allowed_algorithms(names)


@pytest.mark.parametrize("names", ["ES256", b"ES256", ""])
def test_one_text_is_no_collection_of_names(names: str) -> None:
    with pytest.raises(TypeError, match="a collection of names"):
        allowed_algorithms(names)


@pytest.mark.parametrize(
    "name", ["none", "None", "NONE", "", "es256", "RSA1_5", "ES257K", "*", None, 5, "HS256 "]
)
def test_allowing_what_has_no_row_is_a_mistake(name: str) -> None:
    with pytest.raises(ValueError, match="accepted are HS256"):
        allowed_algorithms(["ES256", name])
