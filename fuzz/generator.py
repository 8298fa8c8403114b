"""Tokens out of bytes: most get past the signature and are strange behind it.

A case is drawn in the order a token is made in: who reads it, header, payload, signature, then
the whole text. What is changed before signing is signed as it is.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from fuzz.choices import Choices
from fuzz.json_text import (
    FOREIGN_BYTES,
    NUMBERS,
    STRINGS,
    Member,
    framed,
    mutated,
    name,
    nested,
    value,
    written,
)
from fuzz.receivers import NOW, SMALL_ORDER, Receiver, Signer, receivers, strangers

MAX_TOKEN_SIZE_BYTES: Final = 32 * 1024

_OFFSETS: Final = (0, 1, -1, 10, 9, 11, -10, -9, -11, 60, 59, 61, -60, -61, 300, -300, 310, -310)
_ALGORITHMS: Final = (
    *('"HS256"', '"none"', '"None"', '""', '"HS512"', '"RS256"', '"ES256"', '"Ed25519"', '"EdDSA"'),
    *('"PS256"', '"RS512"', '"Ed448"', '"ES384"', '"hs256"', '"HS256 "', '"HS256\\u0000"', '"HS1"'),
    *('"\\u0048S256"', '["HS256"]', "null", "1", "true", "{}", '"A256KW"', '"ML-DSA-44"', '"dir"'),
)
_TYPES: Final = (
    *(
        '"at+jwt"',
        '"AT+JWT"',
        '"application/at+jwt"',
        '"Application/AT+JWT"',
        '"JWT"',
        '"jwt"',
        '""',
    ),
    *('"application/application/at+jwt"', '"application/"', '"at+jwt "', "null", "1", '["at+jwt"]'),
    *('"\u00c4+JWT"', '"\u00e4+jwt"', '"\\u0061t+jwt"', '"\u212at"', '"\u0130"', '"dpop+jwt"'),
)
_KIDS: Final = (
    *('"a"', '"b"', '"k"', '"any"', '"old"', '"ps"', '"use"', '"ops"', '"ed-1"', '"ec-1"', '"big"'),
    *('""', "null", "1", "[]", '"\\u0061"', '"../../dev/null"', '"\\u0000"', '"\u0430"', '"x"'),
    *('"' + "k" * 256 + '"', '"' + "k" * 257 + '"', '"ed448"', '"p521"', '"\\ud800"', '"p384"'),
)
_CRITICAL: Final = (
    *("[]", '["exp"]', '["b64"]', '["alg"]', "null", "true", '"b64"', "{}", "[1]", '["b64","b64"]'),
    *('["x"]', "[[]]", '[""]', "0", "[" + ",".join(['"x"'] * 200) + "]", '["crit"]'),
)
_UNENCODED: Final = ("false", "true", "null", "0", '"false"', "[]")
_AUDIENCES: Final = (
    *("[]", '[""]', '"a"', '["a"]', '["https://api.example.com"]', "null", "{}", "1", "true", '""'),
    *('["https://api.example.com",1]', '["x","https://api.example.com"]', '["x"]', "[null]"),
    *('[["https://api.example.com"]]', '["x","x"]', '{"https://api.example.com":1}', "[true]"),
    *('"https://other.example.com"', '"https://api.example.com/"', '"urn:x:\u00e4\'\\""'),
    *(
        "[" + ",".join(['"x"'] * (count - 1) + ['"https://api.example.com"']) + "]"
        for count in (99, 100, 101)
    ),
)
_ISSUERS: Final = (
    *('""', '"https://id.example.com/"', '"https:\\/\\/id.example.com"', "null", "1", "[]", '"h"'),
    *('["https://id.example.com"]', '"https://id.example.co"', '"\\u0068ttps://id.example.com"'),
    *('"https://\u00e4.example/\'\\\\"', '"https://a\u0308.example/\'\\\\"', '"\'"', '"\\"\'"'),
)
_BYTES_OF_A_PART: Final = (
    b"=",
    b"==",
    b"\n",
    b"\0",
    b" ",
    b"+",
    b"/",
    b"%",
    b"\xff",
    b"A",
    b"!",
    b"~",
)
_ORDER: Final = ec.SECP256R1().group_order
_NUMBERS_OF_NO_SIGNATURE: Final = (
    *(number.to_bytes(32, "big") for number in (0, 1, _ORDER - 1, _ORDER, _ORDER + 1, 2**256 - 1)),
    *SMALL_ORDER,
)
_EMPTY: Final = (b"", b"e30", b"A", b"AA", b"AAA", b"bnVsbA", b"W10", b"=", b"AB", b"AAB")
_NOWS: Final = (
    0,
    -1,
    2**31,
    2**53,
    2**63 - 1,
    2**63,
    -(2**63),
    -(2**63) - 1,
    2**64,
    10**30,
    -(10**30),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One input of the comparison: whose verifier, what it is handed, and when."""

    receiver: Receiver
    token: str | bytes
    now: int


def draw(data: bytes) -> Case:
    """Make a case of bytes. No bytes make a token that is believed."""
    choices = Choices(data)
    everybody = receivers()
    lane = choices.byte()
    # The quick ones are drawn most; what is behind a signature is the same for all.
    receiver = everybody[lane // 24 if lane < 216 else lane % len(everybody)]
    signer = choices.pick(receiver.signers)
    if receiver.name == "small order":
        signer = _of_small_order(choices)
    head = encoded(choices, framed(choices, _header(choices, receiver, signer)))
    payload = encoded(choices, _sized(choices, head, framed(choices, _payload(choices, receiver))))
    signature = encoded(choices, _signature(choices, signer, head + b"." + payload))
    token = _assembled(choices, head, payload, signature)
    return Case(receiver, _handed_over(choices, token), _now(choices))


def encoded(choices: Choices, data: bytes) -> bytes:
    """Write base64url, now and then in a second spelling."""
    text = urlsafe_b64encode(data).rstrip(b"=")
    kind = choices.byte()
    if kind < 240:
        return text
    if kind < 242:
        return text + b"=" * (-len(text) % 4)
    if kind < 245 and text:
        return text[:-1] + bytes((text[-1] + 1 + choices.below(3),))
    if kind < 248:
        at = choices.below(len(text) + 1)
        return text[:at] + choices.pick(_BYTES_OF_A_PART) + text[at:]
    if kind < 250:
        return text.replace(b"-", b"+").replace(b"_", b"/")
    if kind < 252:
        return choices.pick(_EMPTY)
    return mutated(choices, text)


def _of_small_order(choices: Choices) -> Signer:
    """Sign without a private key: for a point of small order a few signatures always fit."""
    signature = choices.pick(SMALL_ORDER) + bytes(32)
    return Signer("Ed25519", str(choices.below(len(SMALL_ORDER))), lambda _: signature)


def _header(choices: Choices, receiver: Receiver, signer: Signer) -> str:
    typ = min(known or "" for known in receiver.policy.types)
    members: list[Member] = [('"alg"', f'"{signer.algorithm}"')]
    if typ:
        members.append(('"typ"', f'"{typ}"'))
    if signer.kid is not None:
        members.append(('"kid"', f'"{signer.kid}"'))
    if choices.byte() >= 176:
        for _ in range(1 + choices.below(3)):
            _change(choices, members, _HEADER_MEMBERS)
    return written(choices, members)


def _payload(choices: Choices, receiver: Receiver) -> str:
    policy = receiver.policy
    issuer = policy.issuer.replace("\\", "\\\\")
    members: list[Member] = [
        ('"iss"', f'"{issuer}"'),
        ('"aud"', f'"{min(policy.audiences)}"'),
        ('"sub"', '"user-1"'),
        ('"tenant"', '"t"'),
        ('"client_id"', '"web"'),
        ('"jti"', '"4711"'),
        ('"iat"', str(NOW)),
        ('"exp"', str(NOW + 600)),
    ]
    if policy.scopes:
        members.append(('"scope"', f'"{" ".join(policy.scopes)}"'))
    if choices.byte() >= 48:
        for _ in range(1 + choices.below(4)):
            _change(choices, members, _CLAIMS)
    return written(choices, members)


def _change(choices: Choices, members: list[Member], names: tuple[str, ...]) -> None:
    """Change one member, put one in, take one out, double one or move one."""
    kind = choices.below(16)
    if kind < 9:
        label = choices.pick(names)
        text = _member_value(choices, label)
        for index, (present, _) in enumerate(members):
            if present == label:
                members[index] = (label, text)
                return
        members.append((label, text))
    elif kind < 11:
        members.append((name(choices), value(choices, 1)))
    elif not members:
        return
    else:
        index = choices.below(len(members))
        present, text = members[index]
        if kind == 11:
            del members[index]
        elif kind == 12:
            members.append((_spelled_otherwise(choices, present), text))
        elif kind == 13:
            members.insert(choices.below(len(members)), members.pop(index))
        elif kind == 14:
            members[index] = (_spelled_otherwise(choices, present), text)
        else:
            members[index] = (present, nested(choices))


def _spelled_otherwise(choices: Choices, label: str) -> str:
    letter = label[1:2]
    if not (letter.isascii() and letter.isalpha()):
        return label
    code = ord(letter)
    escaped = (f'"\\u{code:04x}{label[2:]}', f'"\\u{code:04X}{label[2:]}')
    return choices.pick((label, *escaped, label.upper()))


def _member_value(choices: Choices, label: str) -> str:
    if choices.byte() >= 208:
        return value(choices, 1)
    if label in _DATES:
        return _date(choices)
    return choices.pick(_VALUES.get(label, STRINGS))


def _date(choices: Choices) -> str:
    """Write a time: near the edges of what is accepted, and in forms that are no time."""
    number = NOW + choices.pick(_OFFSETS) + choices.pick((0, 0, 0, 600, -600))
    kind = choices.below(12)
    if kind < 4:
        return str(number)
    if kind < 6:
        return f"{number}.{choices.pick(('0', '5', '000000001', '9999999', '49'))}"
    if kind == 6:
        return f"{number / 1e9!r}e{choices.pick(('9', '+9', '09', '8', '10'))}"
    if kind == 7:
        return f'"{number}"'
    if kind == 8:
        return choices.pick(("true", "false", "null", "[]", "{}", f"[{number}]", f"{number}000"))
    if kind == 9:
        return f"{number}" + "0" * choices.below(12)
    if kind == 10:
        return f"-{number}"
    return choices.pick(NUMBERS)


_DATES: Final = frozenset({'"exp"', '"nbf"', '"iat"', '"auth_time"'})
_VALUES: Final[dict[str, tuple[str, ...]]] = {
    '"alg"': _ALGORITHMS,
    '"typ"': _TYPES,
    '"cty"': (*_TYPES, '"' + "c" * 257 + '"'),
    '"kid"': _KIDS,
    '"crit"': _CRITICAL,
    '"b64"': _UNENCODED,
    '"aud"': _AUDIENCES,
    '"iss"': _ISSUERS,
    '"jwk"': ('{"kty":"oct","k":"AAAA"}', '{"kty":"OKP","crv":"Ed25519","x":"AA"}', "null", "[]"),
    '"zip"': ('"DEF"', "null", "1"),
    '"cnf"': (
        '{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}',
        "null",
        "[]",
        '{"x5t#S256":1}',
    ),
    '"scope"': (
        *('"a b"', '""', "null", '["a"]', '"a  b"', '"openid profile"', '" profile  openid "'),
        *('"openid\\u0020profile"', '"openid\\tprofile"', '"OPENID"', '"openid profiles"'),
    ),
}
_HEADER_MEMBERS: Final = (
    *('"alg"', '"typ"', '"kid"', '"crit"', '"b64"', '"cty"', '"jwk"', '"zip"', '"jku"', '"x5c"'),
    *('"alg"', '"typ"', '"kid"', '"crit"', '"x"', '"exp"'),
)
_CLAIMS: Final = (
    *('"exp"', '"iat"', '"nbf"', '"aud"', '"iss"', '"sub"', '"jti"', '"client_id"', '"tenant"'),
    *(
        '"exp"',
        '"iat"',
        '"nbf"',
        '"aud"',
        '"iss"',
        '"scope"',
        '"cnf"',
        '"auth_time"',
        '"x"',
        '"act"',
    ),
)


def _sized(choices: Choices, head: bytes, payload: bytes) -> bytes:
    """Fill the payload up, rarely, so that the token is as large as is accepted, or just larger."""
    if not choices.one_in(200) or payload[:1] != b"{":
        return payload
    room = MAX_TOKEN_SIZE_BYTES - len(head) - 2 - 43 + choices.below(9) - 4
    filling = room * 3 // 4 - len(payload) - 9
    return b'{"pad":"' + choices.pick((b"x", b"\\", b" ", b"[")) * filling + b'",' + payload[1:]


def _signature(choices: Choices, signer: Signer, data: bytes) -> bytes:
    kind = choices.byte()
    if kind < 224:
        return signer.sign(data)
    if kind < 228:
        return choices.pick(strangers()).sign(data)
    if kind < 230:
        return b""
    if kind < 232:
        return choices.take(choices.below(140))
    if kind < 233:
        return bytes(choices.pick((64, 32, 48, 96, 132, 114, 256, 63, 65, 31, 33)))
    if kind < 234:
        return choices.pick(_NUMBERS_OF_NO_SIGNATURE) + choices.pick(_NUMBERS_OF_NO_SIGNATURE)
    signature = signer.sign(data)
    at = choices.below(len(signature))
    if kind < 244:
        flipped = signature[at] ^ 1 << choices.below(8)
        return signature[:at] + bytes((flipped,)) + signature[at + 1 :]
    if kind < 247:
        return signature[:at]
    if kind < 250:
        return signature + choices.pick((b"\0", b"\0" * 64, b"x"))
    if kind < 252:
        return b"\0" + signature
    return signer.sign(data + b" ")


def _assembled(choices: Choices, head: bytes, payload: bytes, signature: bytes) -> bytes:
    kind = choices.byte()
    parts = [head, payload, signature]
    if kind < 240:
        pass
    elif kind < 244:
        parts = parts[: choices.below(3)]
    elif kind < 248:
        parts += [choices.pick(_EMPTY) for _ in range(1 + choices.below(3))]
    elif kind < 250:
        parts[choices.below(3)] = choices.pick(_EMPTY)
    elif kind < 252:
        parts.insert(choices.below(4), b"")
    elif kind < 254:
        parts = [payload, head, signature]
    else:
        parts = [b"." * choices.pick((MAX_TOKEN_SIZE_BYTES, MAX_TOKEN_SIZE_BYTES + 1, 1, 2, 4))]
    token = b".".join(parts)
    return mutated(choices, token) if choices.one_in(24) else token


def _handed_over(choices: Choices, token: bytes) -> str | bytes:
    """Hand the token over as text or as bytes; a text may hold what is no ASCII."""
    kind = choices.byte()
    if kind < 80:
        return token.decode("latin-1")
    if kind < 248:
        return token
    at = choices.below(len(token) + 1)
    foreign = choices.pick(
        ("\u00e4", "\ud800", "\uff0e", "\u0430", "\U0001f600", "\0", "?", "\u212a")
    )
    text = token.decode("latin-1")
    if kind < 252:
        return text[:at] + foreign + text[at:]
    return token[:at] + choices.pick(FOREIGN_BYTES) + token[at:]


def _now(choices: Choices) -> int:
    kind = choices.byte()
    if kind < 176:
        return NOW
    if kind < 250:
        return NOW + choices.pick(_OFFSETS) + choices.pick((0, 600, -600))
    return choices.pick(_NOWS)
