"""The native core: signature, header, claims and policy in one call."""

from adapters import _sealwax

NAME, DIST, KIND = "sealwax, native", "sealwax", "ours"
IMPORT = "from sealwax.jose.jwt import PreparedVerifier"


def build(alg, fx):  # noqa: ANN001, ANN201  # the harness has no types
    """Give the case of one algorithm."""
    return _sealwax.build(alg, fx, "native")
