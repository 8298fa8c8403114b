"""The native core with the verified-token cache: every token was seen before."""

from adapters import _sealwax

from sealwax.jose.jwt import TokenCache

NAME, DIST, KIND = "sealwax, native, cached", "sealwax", "ours"
IMPORT = "from sealwax.jose.jwt import PreparedVerifier"


def build(alg, fx):  # noqa: ANN001, ANN201  # the harness has no types
    """Give the case of one algorithm."""
    return _sealwax.build(alg, fx, "native", TokenCache())
