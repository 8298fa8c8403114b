"""HMAC signatures, over the standard library (RFC 7518 §3.2)."""

import hmac

from sealwax.jose.algorithms import Algorithm, Check, Sign


def hmac_check(secret: bytes, algorithm: Algorithm) -> Check:
    """Build the function that checks the signatures of one secret, in constant time."""
    sign = hmac_sign(secret, algorithm)
    equal = hmac.compare_digest

    def check(data: bytes, signature: bytes) -> bool:
        return equal(sign(data), signature)

    return check


def hmac_sign(secret: bytes, algorithm: Algorithm) -> Sign:
    """Build the function that signs with one secret and one algorithm."""
    # A prepared object is copied: quicker than a new one, and unlike hmac.digest it holds the
    # interpreter lock for a message of a token's size, so a busy thread can't delay it.
    prepared = hmac.new(secret, digestmod=algorithm.hash_name)

    def sign(data: bytes) -> bytes:
        code = prepared.copy()
        code.update(data)
        return code.digest()

    return sign
