"""The headers that bear a token."""

from sealwax.clock import ManualClock
from sealwax.jose import Key, dpop, jwt
from sealwax.testing import TestIssuer, dpop_headers, token_headers

AUDIENCE = "https://api.example.com"
URL = "https://api.example.com/notes"


def test_a_bearer_token() -> None:
    assert token_headers("abc") == {"Authorization": "Bearer abc"}


def test_a_bound_token_goes_with_a_proof_of_its_key() -> None:
    clock = ManualClock(1_800_000_000)
    key = Key.generate("ES256")
    token = TestIssuer(clock=clock).token(AUDIENCE, bound_to=key)
    headers = dpop_headers(token, key, method="GET", url=URL, now=clock.now(), nonce="n")
    assert headers["Authorization"] == f"DPoP {token}"
    proof = dpop.check(
        headers["DPoP"], method="GET", url=URL, now=clock.now(), access_token=token, nonce="n"
    )
    assert jwt.read_unverified_claims(token)["cnf"] == {"jkt": proof.thumbprint}


def test_each_proof_is_new_and_of_now() -> None:
    key = Key.generate("Ed25519")
    proofs = {dpop_headers("t", key, method="POST", url=URL)["DPoP"] for _ in range(3)}
    assert len(proofs) == 3
    for proof in proofs:
        now = jwt.read_unverified_claims(proof)["iat"]
        checked = dpop.check(proof, method="POST", url=URL, now=now, access_token="t")
        assert checked.thumbprint == key.thumbprint()
