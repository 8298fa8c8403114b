"""DPoP proofs (RFC 9449 §4): made and believed, with the proofs printed in the RFC."""

import time
from collections.abc import Callable
from typing import Any

import jwt as pyjwt
import pytest

from sealwax.jose import JoseError, Key, KeyInvalid, dpop, jwt
from sealwax.jose.dpop import DEFAULT_ALGORITHMS, MAX_PROOF_SIZE_BYTES, DpopProof
from sealwax.jose.replay import MemoryReplayStore
from tests.jose.support import ASYMMETRIC, NOW, decoded, key_of

METHOD = "POST"
URL = "https://api.example.com/notes"
ACCESS_TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"

# RFC 9449 §4.1 (figure 2), §6.1 and §7.1 (figure 12)
HEAD = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNo"
    "UklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERW"
    "clUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
)
TOKEN_REQUEST = (
    f"{HEAD}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4"
    "YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg"
    "4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
RESOURCE_REQUEST = (
    f"{HEAD}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5l"
    "eGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF"
    "c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8"
    "y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)
JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def proof_of(algorithm: str = "ES256", **changes: Any) -> str:  # noqa: ANN401  any argument of prove
    options = {"method": METHOD, "url": URL, "now": NOW, "jti": "4711", **changes}
    return dpop.prove(key_of(algorithm), **options)


def checked(proof: str, **changes: Any) -> DpopProof:  # noqa: ANN401  any argument of check
    return dpop.check(proof, **{"method": METHOD, "url": URL, "now": NOW, **changes})


def test_the_proofs_of_the_rfc() -> None:
    first = dpop.check(
        TOKEN_REQUEST, method="POST", url="https://server.example.com/token", now=1562262616
    )
    assert (first.thumbprint, first.jti, first.issued_at) == (JKT, "-BwC3ESc6acc2lTc", 1562262616)
    second = dpop.check(
        RESOURCE_REQUEST,
        method="GET",
        url="https://resource.example.org/protectedresource",
        now=1562262620,
        access_token=ACCESS_TOKEN,
    )
    assert (second.thumbprint, second.nonce) == (JKT, None)
    assert dpop.access_token_hash(ACCESS_TOKEN) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    assert first.key == second.key
    assert first.replay_name != second.replay_name


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_proof_of_every_asymmetric_algorithm_goes_round(algorithm: str) -> None:
    proof = proof_of(algorithm, access_token=ACCESS_TOKEN, nonce="n-1")
    found = checked(proof, access_token=ACCESS_TOKEN, nonce="n-1", algorithms=[algorithm])
    key = key_of(algorithm)
    assert found.thumbprint == key.thumbprint()
    assert found.key.thumbprint() == key.thumbprint()
    assert not found.key.is_private
    assert found.claims == {
        "jti": "4711",
        "htm": METHOD,
        "htu": URL,
        "iat": NOW,
        "ath": dpop.access_token_hash(ACCESS_TOKEN),
        "nonce": "n-1",
    }
    assert (found.jti, found.issued_at, found.nonce) == ("4711", NOW, "n-1")
    assert found.header["typ"] == "dpop+jwt"
    assert set(found.header) == {"typ", "alg", "jwk"}
    assert set(found.header["jwk"]) <= {"kty", "crv", "x", "y", "n", "e", "pub", "alg"}
    assert len(proof) < MAX_PROOF_SIZE_BYTES


@pytest.mark.parametrize("algorithm", ["ES256", "ES512", "RS256", "PS256"])
def test_others_believe_our_proofs_and_we_theirs(algorithm: str) -> None:
    ours = proof_of(algorithm, access_token=ACCESS_TOKEN)
    jwk = pyjwt.get_unverified_header(ours)["jwk"]
    foreign = pyjwt.PyJWK(jwk, algorithm=algorithm)
    payload = pyjwt.decode(ours, foreign, algorithms=[algorithm], options={"verify_iat": False})
    assert payload["ath"] == dpop.access_token_hash(ACCESS_TOKEN)
    pem = key_of(algorithm).to_pem(private=True)
    theirs = pyjwt.encode(payload, pem, algorithm, headers={"typ": "dpop+jwt", "jwk": jwk})
    assert checked(theirs, access_token=ACCESS_TOKEN).thumbprint == key_of(algorithm).thumbprint()


def test_by_default_the_algorithms_of_access_tokens_are_accepted() -> None:
    assert set(DEFAULT_ALGORITHMS) == {"ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519"}
    for algorithm in DEFAULT_ALGORITHMS:
        checked(proof_of(algorithm))
    for algorithm in ("ES256K", "Ed448", "RS512"):
        with pytest.raises(JoseError) as caught:
            checked(proof_of(algorithm))
        assert caught.value.reason == "algorithm_not_allowed"


def test_the_older_name_of_ed25519_is_read() -> None:
    jwk = without_alg(key_of("Ed25519").to_jwk())
    claims = {"jti": "1", "htm": METHOD, "htu": URL, "iat": NOW}
    token = jwt.sign(
        claims,
        key_of("Ed25519"),
        typ="dpop+jwt",
        header={"jwk": jwk},
        algorithm_name="EdDSA",
    )
    assert checked(token).thumbprint == key_of("Ed25519").thumbprint()


def test_the_address_is_written_as_it_was_given_without_query_and_fragment() -> None:
    url = "HTTPS://API.example.com:443/Notes/%7e?x=1#y"
    found = checked(proof_of(url=url), url="https://api.example.com/Notes/~?z")
    assert found.claims["htu"] == "HTTPS://API.example.com:443/Notes/%7e"


def test_the_same_proof_has_one_name_and_another_has_another() -> None:
    proof = proof_of()
    names = [
        checked(proof).replay_name,
        checked(proof_of("Ed25519")).replay_name,
        checked(proof_of(jti="4712")).replay_name,
        checked(proof_of(url=URL + "/"), url=URL + "/").replay_name,
    ]
    assert len(set(names)) == 4
    assert all(len(name) == 43 for name in names)
    again = checked(proof, url="https://API.example.com:443/notes?x", now=NOW + 20)
    assert again.replay_name == names[0]


def test_a_jti_can_not_be_chosen_to_be_the_name_of_another_proof() -> None:
    url = URL + "/a"
    names = {
        checked(proof_of(jti="/a b", url=URL), url=URL).replay_name,
        checked(proof_of(jti="b", url=url), url=url).replay_name,
        checked(proof_of(jti=" b", url=url), url=url).replay_name,
    }
    assert len(names) == 3


def test_a_proof_is_remembered_as_long_as_it_is_good() -> None:
    store = MemoryReplayStore()
    proof = proof_of()
    first = checked(proof, now=NOW - 5)
    assert store.add(first.replay_name, expires_at=first.expires_at, now=NOW - 5)
    last = NOW + 65
    again = checked(proof, now=last)
    assert again.expires_at > last
    assert not store.add(again.replay_name, expires_at=again.expires_at, now=last)
    with pytest.raises(JoseError):
        checked(proof, now=again.expires_at)


def test_the_window_is_what_the_caller_says() -> None:
    proof = proof_of()
    for now in (NOW - 5, NOW, NOW + 65):
        checked(proof, now=now)
    checked(proof, now=NOW + 310, max_age_seconds=300, leeway_seconds=10)
    checked(proof, max_age_seconds=0, leeway_seconds=0)


def test_a_proof_without_an_access_token_may_say_which_it_is_for() -> None:
    assert "ath" in checked(proof_of(access_token="other")).claims
    assert checked(proof_of(nonce="n-1")).nonce == "n-1"


def test_claims_that_are_not_known_are_kept() -> None:
    claims = {"jti": "1", "htm": METHOD, "htu": URL, "iat": NOW, "exp": NOW + 9, "x": [1]}
    jwk = key_of("ES256").public().to_jwk()
    proof = jwt.sign(claims, key_of("ES256"), typ="dpop+jwt", header={"jwk": jwk})
    assert checked(proof).claims == claims


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"url": "/notes"}, "url"),
        ({"url": "https://api.example.com/a b"}, "url"),
        ({"jti": ""}, "jti"),
        ({"jti": "x" * 257}, "jti"),
        ({"jti": 5}, "jti"),
        ({"method": ""}, "htm"),
        ({"method": None}, "htm"),
        ({"nonce": ""}, "nonce"),
        ({"nonce": "x" * 257}, "nonce"),
        ({"now": NOW + 0.5}, "now"),
        ({"now": -1}, "now"),
        ({"now": True}, "now"),
        ({"url": "https://api.example.com/" + "x" * 5000}, "url"),
    ],
)
def test_what_no_server_would_accept_is_not_made(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        proof_of(**changes)


def test_a_proof_is_made_with_a_private_asymmetric_key_that_knows_its_algorithm() -> None:
    for key, reason in (
        (key_of("HS256"), "key_not_public"),
        (key_of("ES256").public(), "key_not_private"),
        (Key.from_jwk(without_alg(key_of("RS256").to_jwk(private=True))), "key_algorithm"),
        (Key.generate("ECDH-ES"), "key_algorithm"),
    ):
        with pytest.raises(KeyInvalid) as caught:
            dpop.prove(key, method=METHOD, url=URL, now=NOW, jti="1")
        assert caught.value.reason == reason


def without_alg(jwk: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in jwk.items() if name != "alg"}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"url": "/notes"}, ValueError),
        ({"url": "https://user@api.example.com/"}, ValueError),
        ({"algorithms": []}, ValueError),
        ({"algorithms": "ES256"}, TypeError),
        ({"algorithms": ["none"]}, ValueError),
        ({"algorithms": ["ES256", "HS256"]}, ValueError),
        ({"max_age_seconds": -1}, ValueError),
        ({"max_age_seconds": 3601}, ValueError),
        ({"max_age_seconds": 1.5}, ValueError),
        ({"leeway_seconds": 61}, ValueError),
        ({"leeway_seconds": -1}, ValueError),
    ],
)
def test_a_mistake_in_what_to_accept_is_no_refusal(
    changes: dict[str, Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        checked(proof_of(), **changes)


def test_a_private_key_never_leaves_with_a_proof() -> None:
    for algorithm in ("ES256", "RS256", "Ed25519"):
        head = decoded(proof_of(algorithm).partition(".")[0]).decode()
        for value in key_of(algorithm).to_jwk(private=True).items():
            if value[0] in {"d", "p", "q", "dp", "dq", "qi"}:
                assert value[1] not in head


@pytest.mark.parametrize(
    "make",
    [
        lambda: "x" * (MAX_PROOF_SIZE_BYTES + 1),
        lambda: "." * 1_000_000,
        lambda: "A" * 20_000_000,
        lambda: "a." + "A" * 10_000_000 + ".b",
    ],
)
def test_a_huge_proof_costs_nothing(make: Callable[[], str]) -> None:
    proof = make()
    before = time.thread_time()
    with pytest.raises(JoseError) as caught:
        checked(proof)
    assert time.thread_time() - before < 0.05
    assert caught.value.reason == "token_too_large"
