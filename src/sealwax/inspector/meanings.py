"""What the names in a token mean, in a sentence each, and which text defines them."""

from __future__ import annotations

from typing import Final, NamedTuple


class Meaning(NamedTuple):
    """A sentence for people, and where it is defined."""

    text: str
    source: str


HEADER: Final = {
    "alg": Meaning("how it is signed; the receiver decides what it accepts", "RFC 7515 §4.1.1"),
    "typ": Meaning("what kind of token this is", "RFC 7515 §4.1.9"),
    "kid": Meaning("which of the issuer's keys signed it", "RFC 7515 §4.1.4"),
    "cty": Meaning("what the payload is, when it is not claims", "RFC 7515 §4.1.10"),
    "crit": Meaning("header members that a receiver must understand", "RFC 7515 §4.1.11"),
    "b64": Meaning("whether the payload is encoded", "RFC 7797 §3"),
    "enc": Meaning("how the content is encrypted", "RFC 7516 §4.1.2"),
    "jwk": Meaning("a key sent along; never trusted by itself", "RFC 7515 §4.1.3"),
    "jku": Meaning("an address of keys; never fetched", "RFC 7515 §4.1.2"),
    "x5c": Meaning("a certificate sent along; never trusted by itself", "RFC 7515 §4.1.6"),
    "x5t": Meaning("the SHA-1 of a certificate", "RFC 7515 §4.1.7"),
    "x5t#S256": Meaning("the SHA-256 of a certificate", "RFC 7515 §4.1.8"),
    "x5u": Meaning("an address of a certificate; never fetched", "RFC 7515 §4.1.5"),
}

CLAIMS: Final = {
    "iss": Meaning("who issued it", "RFC 7519 §4.1.1"),
    "sub": Meaning("whom it speaks of: a person, or the client itself", "RFC 7519 §4.1.2"),
    "aud": Meaning("who may accept it", "RFC 7519 §4.1.3"),
    "exp": Meaning("from this moment on it is refused", "RFC 7519 §4.1.4"),
    "nbf": Meaning("before this moment it is refused", "RFC 7519 §4.1.5"),
    "iat": Meaning("when it was issued", "RFC 7519 §4.1.6"),
    "jti": Meaning("its own name, used once", "RFC 7519 §4.1.7"),
    "client_id": Meaning("the application that it was issued to", "RFC 8693 §4.3"),
    "scope": Meaning("what it may be used for", "RFC 8693 §4.2"),
    "status": Meaning("where to see whether it was taken back", "Token Status List §6.1"),
    "cnf": Meaning("the key that whoever sends it must prove to hold", "RFC 7800 §3.1"),
    "act": Meaning("who acts on behalf of the subject", "RFC 8693 §4.1"),
    "azp": Meaning("the client that the ID token was issued to", "OIDC Core §2"),
    "nonce": Meaning("ties the ID token to the sign-in that asked for it", "OIDC Core §2"),
    "auth_time": Meaning("when the person last signed in", "OIDC Core §2"),
    "acr": Meaning("how strongly the person signed in", "OIDC Core §2"),
    "amr": Meaning("by which factors the person signed in", "RFC 8176 §1"),
    "sid": Meaning("the sign-in session", "OIDC Front-Channel Logout §3"),
    "at_hash": Meaning("ties the ID token to the access token beside it", "OIDC Core §3.1.3.6"),
    "c_hash": Meaning("ties the ID token to the code beside it", "OIDC Core §3.3.2.11"),
    "name": Meaning("the person's full name", "OIDC Core §5.1"),
    "preferred_username": Meaning("what the person is called; may change", "OIDC Core §5.1"),
    "email": Meaning("the person's address; may change", "OIDC Core §5.1"),
    "email_verified": Meaning("whether the issuer has seen the address work", "OIDC Core §5.1"),
    "updated_at": Meaning("when the person's data last changed", "OIDC Core §5.1"),
    "events": Meaning("what has happened to the subject", "RFC 8417 §2.2"),
    "status_list": Meaning("one bit for each token, compressed", "Token Status List §5.1"),
    "ttl": Meaning("for how many seconds the list may be kept", "Token Status List §5.1"),
    "htm": Meaning("the HTTP method that the proof is for", "RFC 9449 §4.2"),
    "htu": Meaning("the address that the proof is for", "RFC 9449 §4.2"),
    "ath": Meaning("the SHA-256 of the access token that the proof is for", "RFC 9449 §4.2"),
}

KINDS: Final = {
    "at+jwt": Meaning("access token", "RFC 9068"),
    "logout+jwt": Meaning("logout token", "OIDC Back-Channel Logout §2.4"),
    "dpop+jwt": Meaning("DPoP proof", "RFC 9449 §4.2"),
    "statuslist+jwt": Meaning("status list", "Token Status List §5.1"),
    "secevent+jwt": Meaning("security event token", "RFC 8417"),
    "client-authentication+jwt": Meaning("client assertion", "RFC 7523"),
}

TIME_CLAIMS: Final = frozenset({"exp", "nbf", "iat", "auth_time", "updated_at"})
