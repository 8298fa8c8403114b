"""For the tests of an API that Sealwax protects: an issuer that needs no network.

issuer = TestIssuer()
verifier = issuer.verifier(audience="https://api.example.com")
token = issuer.token(audience="https://api.example.com", scopes=["notes:read"])
"""

from sealwax.testing.issuer import TestIssuer, fetcher_for

__all__ = ["TestIssuer", "fetcher_for"]
