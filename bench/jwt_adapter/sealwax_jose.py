"""`sealwax.jose` for the JWT benchmark: everything an API does for one token, and an issuer.

The harness imports this file as an adapter (its `_api.py` says what it must define). Verifying
means all that `PreparedVerifier` checks: strict encoding, duplicate members, depth, header,
algorithm, key, signature, type, issuer, audience, times, with the time read for each token.
"""

import time

from adapters._api import Case  # type: ignore[import-not-found]  # the harness, not ours

from sealwax.jose import Key, Policy
from sealwax.jose.jwt import PreparedSigner, PreparedVerifier

NAME, DIST, KIND = "sealwax.jose", "sealwax", "ours"
IMPORT = "from sealwax.jose.jwt import PreparedVerifier"


def build(alg, fx):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # the harness has no types
    """Prepare keys, policy and header once; what is timed starts at the token."""
    header = fx.header(alg)
    algorithm = "Ed25519" if alg == "EdDSA" else alg
    if alg == "HS256":
        public = private = Key.from_secret(fx.secret(), algorithm=alg, kid=header["kid"])
    else:
        pem = fx.private_pem(alg).encode()
        private = Key.from_pem(pem, algorithm=algorithm, kid=header["kid"])
        public = private.public()
    policy = Policy(fx.iss, fx.aud, header["typ"])
    verifier = PreparedVerifier(public, algorithms=[algorithm], policy=policy)
    signer = PreparedSigner(private, typ=header["typ"], algorithm_name=alg)
    check, now = verifier.verify, time.time

    def verify(token: str) -> dict[str, object]:
        return check(token, now=int(now())).claims

    return Case(verify, signer.sign)
