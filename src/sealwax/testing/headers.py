"""How a token is sent: the headers for the test client of any framework."""

from sealwax.clock import SystemClock
from sealwax.entropy import SystemEntropy, random_id
from sealwax.jose import Key, dpop


def token_headers(token: str) -> dict[str, str]:
    """Give the headers that bear a token (RFC 6750 §2.1)."""
    return {"Authorization": f"Bearer {token}"}


def dpop_headers(
    token: str,
    key: Key,
    *,
    method: str,
    url: str,
    now: int | None = None,
    nonce: str | None = None,
) -> dict[str, str]:
    """Give the headers for a token that is bound to `key`, with a fresh proof (RFC 9449 §7.1).

    A proof is good for this one method and URL, and only once.
    """
    proof = dpop.prove(
        key,
        method=method,
        url=url,
        now=SystemClock().now() if now is None else now,
        jti=random_id(SystemEntropy()),
        access_token=token,
        nonce=nonce,
    )
    return {"Authorization": f"DPoP {token}", "DPoP": proof}
