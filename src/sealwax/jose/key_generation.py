"""New private keys: one for an algorithm, of the size or the curve it asks for."""

from sealwax.entropy import SystemEntropy
from sealwax.jose import key_management
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.jwk import CheckedKey, secret_key
from sealwax.jose.key_material import check_material
from sealwax.jose.primitives import generate_material


def generate(algorithm: str, curve: str) -> CheckedKey:
    """Make new material; `curve` is for ECDH-ES and its kin.

    Raises ValueError for an algorithm or a curve that is not accepted.
    """
    if algorithm in ALGORITHMS:
        material = generate_material(ALGORITHMS[algorithm])
    else:
        material = key_management.generate(algorithm, curve, SystemEntropy())
    return secret_key(material) if isinstance(material, bytes) else check_material(material)
