"""The reference page of jose names what there is."""

import re
from inspect import isfunction, signature
from pathlib import Path
from types import ModuleType

import pytest

from sealwax.jose import (
    Key,
    confirmation,
    dpop,
    jwe,
    jws,
    jwt,
    replay,
    sd_jwt,
    security_event,
)
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.encryption_algorithms import CONTENT_ENCRYPTIONS, KEY_MANAGEMENTS
from sealwax.jose.errors import REASONS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "jose.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", [ALGORITHMS, KEY_MANAGEMENTS, CONTENT_ENCRYPTIONS, REASONS])
def test_every_algorithm_and_reason_is_on_the_page(table: dict[str, object]) -> None:
    assert [name for name in table if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("module", [jws, jwe, jwt])
def test_every_public_name_is_on_the_page(module: object) -> None:
    own = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", "").startswith(("sealwax.jose.jw", "sealwax.jose.jwe"))
        and getattr(value, "__module__", "") != "sealwax.jose.jwe_document"
    } - {"read_claims"}
    hidden = {"open_detached", "sign_document", "verify_document"}
    assert [name for name in own - hidden if name not in PAGE] == []


@pytest.mark.parametrize("module", [confirmation, dpop, replay, sd_jwt, security_event])
def test_every_argument_of_every_public_function_is_on_the_page(module: ModuleType) -> None:
    offered = set(getattr(module, "__all__", vars(module)))
    own = {
        name: value
        for name, value in vars(module).items()
        if name in offered
        and not name.startswith("_")
        and getattr(value, "__module__", "").startswith("sealwax.jose.")
        and getattr(value, "__module__", "").startswith(module.__name__)
    }
    assert own
    assert [name for name in own if name not in PAGE] == []
    for name, value in own.items():
        rows = [line for line in PAGE.splitlines() if f"{name}(" in line]
        if isfunction(value):
            assert any(all(one in row for one in signature(value).parameters) for row in rows), name


def test_every_verb_of_a_key_is_on_the_page() -> None:
    verbs = {name for name in vars(Key) if name.startswith(("from_", "to_", "thumb", "gen"))}
    assert [name for name in verbs if name not in PAGE] == []


# Each limit there is, and how its row of the page says it.
LIMITS = {
    "algorithms.MINIMUM_RSA_BITS": "| RSA | 2048 to 8192 bits",
    "algorithms.MAXIMUM_RSA_BITS": "| RSA | 2048 to 8192 bits",
    "certificates.MAX_CERTIFICATES": "8 certificates",
    "certificates.MAX_CERTIFICATE_SIZE_BYTES": "certificates of 16 KiB",
    "certificates.MAX_THUMBPRINT_LENGTH": "; 128 characters",
    "claim_checks.MAX_IDENTIFIER_LENGTH": "holders' signatures | 256 characters",
    "claims.MAX_AUDIENCES": "| names in `aud` | 100 |",
    "claims.MAX_LEEWAY_SECONDS": "| leeway | 60 seconds |",
    "compact.MAX_REMEMBERED_HEADERS": "remembers; tokens a cache keeps, for how long | 64;",
    "compact.MAX_TOKEN_SIZE_BYTES": "| a signed compact token | 32 KiB |",
    "confirmation.MAX_CERTIFICATE_SIZE_BYTES": "| a certificate | 32 KiB |",
    "content_encryption.MAX_INFLATED_SIZE_BYTES": "| inflated content | 250 KiB |",
    "dpop.MAX_AGE_SECONDS": "`exp` of a logout token | 3,600 seconds;",
    "dpop.MAX_PROOF_SIZE_BYTES": "| a DPoP proof; its address without the query | 16 KiB;",
    "encoding.MAX_JSON_DEPTH": "| 16 levels |",
    "errors.MAX_TEXT_LENGTH": "| the text of an error | 200 characters |",
    "json_document.MAX_DOCUMENT_SIZE_BYTES": "| a document in JSON | 128 KiB",
    "json_document.MAX_RECIPIENTS": "with 16 signatures or recipients",
    "jwe_document.MAX_TOKEN_SIZE_BYTES": "| an encrypted compact token | 64 KiB |",
    "jwk.MINIMUM_SECRET_SIZE_BYTES": "| a secret | 32 bytes",
    "jwk.MINIMUM_CIPHER_KEY_SIZE_BYTES": "16 for encryption",
    "jwk.MAXIMUM_SECRET_SIZE_BYTES": "16 for encryption, to 1024",
    "jwk.MINIMUM_RSA_EXPONENT": "exponents of 65537",
    "key_agreement.MAX_PARTY_INFO_LENGTH": "| `apu`, `apv`; `p2s` | 1,024 characters;",
    "key_management.MAX_PBES2_ITERATIONS": "to 1,200,000;",
    "key_management.MIN_PBES2_ITERATIONS": "| 1,000 to",
    "key_purpose.MAX_KEY_OPERATIONS": "| `key_ops` | 16 operations |",
    "key_set.MAX_KEYS": "with 100 keys",
    "key_set.MAX_KEY_SET_SIZE_BYTES": "; 512 KiB with",
    "keys.MAX_JWK_SIZE_BYTES": "| a key, a key set | 32 KiB;",
    "keys.MAX_KID_LENGTH": "| `kid`, `typ`, `cty` | 256 characters |",
    "pem.MAX_PEM_SIZE_BYTES": "| a key, a key set | 32 KiB;",
    "sd_jwt_disclosure.MAX_DISCLOSURES": "| disclosures of an SD-JWT | 1,000 |",
    "sd_jwt_disclosure.MAX_ISSUER_SIGNED_SIZE_BYTES": "256 KiB; 128 KiB;",
    "sd_jwt_disclosure.MAX_SD_JWT_SIZE_BYTES": "| 256 KiB; 128 KiB;",
    "sd_jwt_key_binding.MAX_AGE_SECONDS": "seconds; 86,400;",
    "sd_jwt_key_binding.MAX_KEY_BINDING_SIZE_BYTES": "128 KiB; 16 KiB |",
    "security_event.MAX_EVENTS": "| events in a token | 64 |",
    "security_event.MAX_LOGOUT_SECONDS": "86,400; 3,600 |",
    "security_event.MAX_SUBJECT_LENGTH": "| subject of an event | 1,024 characters |",
    "status_list.MAX_LIST_SIZE_BYTES": "| a status list; its token; its `ttl` | 1 MiB;",
    "status_list.MAX_STATUS_TOKEN_SIZE_BYTES": "1 MiB; 2 MiB;",
    "status_list.MAX_TTL_SECONDS": "2 MiB; 365 days |",
    "target_uri.MAX_TARGET_URI_LENGTH": "16 KiB; 4096 characters |",
    "token_cache.MAX_CACHED_SECONDS": "1,000,000, 3,600 seconds |",
    "token_cache.MAX_CACHED_TOKENS": "64; 1,000,000,",
}


def test_every_limit_is_named_and_on_the_page() -> None:
    limit = re.compile(r"^((?:MAX|MIN)(?:IMUM)?_\w+): Final", re.MULTILINE)
    named = {
        f"{path.stem}.{name}"
        for path in Path(jwt.__file__).parent.glob("*.py")
        for name in limit.findall(path.read_text(encoding="utf-8"))
    }
    assert named == LIMITS.keys()
    limits = PAGE.partition("## Limits")[2].partition("## Reasons")[0]
    assert [name for name, row in LIMITS.items() if row not in limits] == []
