"""The Python path, over pyca/cryptography."""

from adapters import _sealwax

NAME, DIST, KIND = "sealwax, Python", "sealwax", "ours"
IMPORT = "from sealwax.jose.jwt import PreparedVerifier"


def build(alg, fx):  # noqa: ANN001, ANN201  # the harness has no types
    """Give the case of one algorithm."""
    return _sealwax.build(alg, fx, "python")
