"""`sealwax.jose` for the JWT benchmark: everything an API does for one token, and an issuer.

The harness imports the files beside this one as adapters (its `_api.py` says what one must
define). Verifying means all that `PreparedVerifier` checks: strict encoding, duplicate members,
depth, header, algorithm, key, signature, type, issuer, audience, times, with the time read for
each token.
"""

import time
from typing import Any, Literal

from adapters._api import Case

from sealwax.jose import Key, Policy
from sealwax.jose.jwt import PreparedSigner, PreparedVerifier, TokenCache

Implementation = Literal["native", "python"]


def build(
    alg: str,
    fx: Any,  # noqa: ANN401  # the harness has no types
    implementation: Implementation,
    cache: TokenCache | None = None,
) -> Any:  # noqa: ANN401  # see above
    """Prepare keys, policy and header once; what is timed starts at the token."""
    header = fx.header(alg)
    algorithm = "Ed25519" if alg == "EdDSA" else alg
    if alg == "HS256":
        public = Key.from_secret(fx.secret(), algorithm=alg, kid=header["kid"])
    else:
        public = Key.from_jwk(fx.public_jwk(alg) | {"kid": header["kid"]}, algorithm=algorithm)
    policy = Policy(fx.iss, fx.aud, header["typ"])
    verifier = PreparedVerifier(
        public, algorithms=[algorithm], policy=policy, implementation=implementation, cache=cache
    )
    check, now = verifier.verify, time.time

    def verify(token: str) -> dict[str, object]:
        return check(token, now=int(now())).claims

    return Case(verify, None if cache else _signing(alg, fx, implementation))


def _signing(alg: str, fx: Any, implementation: Implementation) -> Any:  # noqa: ANN401  # see above
    header = fx.header(alg)
    prepared: list[PreparedSigner] = []

    def sign(claims: dict[str, Any]) -> str:
        if not prepared:  # not before it is used: what verifies imports nothing for signing
            if alg == "HS256":
                private = Key.from_secret(fx.secret(), algorithm=alg, kid=header["kid"])
            else:
                algorithm = "Ed25519" if alg == "EdDSA" else alg
                pem = fx.private_pem(alg).encode()
                private = Key.from_pem(pem, algorithm=algorithm, kid=header["kid"])
            prepared.append(
                PreparedSigner(
                    private, typ=header["typ"], algorithm_name=alg, implementation=implementation
                )
            )
        return prepared[0].sign(claims)

    return sign
