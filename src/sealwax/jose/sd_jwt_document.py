"""An SD-JWT in JSON: a JWS that carries its disclosures in a header nobody signs (RFC 9901 §8).

Only the form changes. What is read here becomes the compact text again, and is verified as that.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.compact import take_apart
from sealwax.jose.errors import MalformedToken
from sealwax.jose.json_document import entries, header_object, read_document
from sealwax.jose.sd_jwt_disclosure import MAX_ISSUER_SIGNED_SIZE_BYTES, SEPARATOR, split

_TEXT: Final = re.compile(r"[A-Za-z0-9_-]*")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_.-]+")
_FLAT: Final = frozenset({"protected", "header", "signature"})
_UNPROTECTED_ONLY: Final = frozenset({"alg", "crit", "b64"})


def to_json(sd_jwt: str) -> dict[str, Any]:
    """Write an SD-JWT in the flattened form (§8.2). Raises MalformedToken."""
    parts = split(sd_jwt)
    take_apart(parts.issuer_signed, MAX_ISSUER_SIGNED_SIZE_BYTES)
    header: dict[str, Any] = {"disclosures": list(parts.disclosures)}
    if parts.key_binding is not None:
        header["kb_jwt"] = parts.key_binding
    protected, payload, signature = parts.issuer_signed.split(".")
    return {"payload": payload, "protected": protected, "header": header, "signature": signature}


def from_json(document: Mapping[str, Any] | str | bytes) -> str:
    """Read an SD-JWT in the flattened form, or in the general form with one signature (§8).

    Gives the compact text, of which nothing has been verified. Several signatures would be several
    issuers, which is not supported. Raises MalformedToken.
    """
    members = read_document(document)
    signatures = entries(members, "signatures", _FLAT)
    if len(signatures) != 1:
        raise MalformedToken(errors.JSON_SERIALIZATION, "an SD-JWT of one signature is accepted")
    signed = signatures[0]
    header = header_object(signed, "header")
    if _UNPROTECTED_ONLY & header.keys():
        raise MalformedToken(
            errors.HEADER_PLACE, "'alg', 'crit' or 'b64' where nothing protects it"
        )
    pieces = [_text(signed, "protected"), _text(members, "payload"), _text(signed, "signature")]
    key_binding = _text(header, "kb_jwt", _TOKEN) if "kb_jwt" in header else ""
    return SEPARATOR.join((".".join(pieces), *_disclosures(header), key_binding))


def _disclosures(header: Mapping[str, Any]) -> list[str]:
    found = header.get("disclosures", [])
    if type(found) is list and all(type(one) is str and _TEXT.fullmatch(one) for one in found):
        return found
    raise MalformedToken(errors.JSON_SERIALIZATION, "'disclosures' is not a list of base64url")


def _text(members: Mapping[str, Any], name: str, form: re.Pattern[str] = _TEXT) -> str:
    value = members.get(name)
    if type(value) is str and form.fullmatch(value):
        return value
    raise MalformedToken(errors.JSON_SERIALIZATION, f"{name!r} is not base64url")
