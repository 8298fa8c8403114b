from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

from sealwax.jose import Key, KeySet, jwt
from sealwax.oauth.client_authentication import (
    ASSERTION_ALGORITHMS,
    ASSERTION_TYPE,
    MAX_ASSERTION_LIFETIME_SECONDS,
    AuthenticatedClient,
    Presented,
    accept_public,
    assertion_used,
    authenticate_by_secret,
    check_assertion,
    check_confidential,
    read_presented,
)
from sealwax.oauth.errors import InvalidClient, InvalidRequest
from sealwax.records import Client
from sealwax.secret import Secret, sha256_hex
from tests.oauth.given import ISSUER, NOW, SECRET, client, form, key, public_client, refused

RFC_7515_A_3 = Key.from_jwk(
    {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    },
    algorithm="ES256",
)
"""Everybody has it."""


def basic(client_id: str, secret: str, scheme: str = "Basic") -> str:
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"{scheme} {base64.b64encode(pair.encode()).decode()}"


def assertion_client(by: Key | None = None, /, **changes: object) -> Client:
    jwks = json.dumps(KeySet([(by or key("client")).public()]).to_jwks())
    values: dict[str, object] = {
        "client_id": "robot",
        "token_endpoint_auth_method": "private_key_jwt",
        "client_secret_hashes": (),
        "jwks": jwks,
    }
    return client(**{**values, **changes})


def assertion(by: Key | None = None, typ: str = "JWT", **changes: Any) -> Presented:  # noqa: ANN401  # claims of any type
    claims = {
        "iss": "robot",
        "sub": "robot",
        "aud": ISSUER,
        "exp": NOW + 60,
        "iat": NOW,
        "jti": "once",
    }
    kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    token = jwt.sign(kept, by or key("client"), typ=typ)
    return Presented("robot", "private_key_jwt", assertion=token)


class TestWhatIsPresented:
    def test_basic(self) -> None:
        found = read_presented(form(), basic("a:b/ü", "p+w %"))

        assert (found.client_id, found.method) == ("a:b/ü", "client_secret_basic")
        assert found.secret == Secret("p+w %")

    def test_basic_is_form_encoded(self) -> None:
        raw = "Basic " + base64.b64encode(b"a+b:c+d").decode()

        found = read_presented(form(), raw)

        assert (found.client_id, found.secret) == ("a b", Secret("c d"))

    @pytest.mark.parametrize("scheme", ["basic", "BASIC"])
    def test_the_scheme_has_no_case(self, scheme: str) -> None:
        assert read_presented(form(), basic("web", SECRET, scheme)).client_id == "web"

    def test_basic_beside_the_same_client_id(self) -> None:
        assert read_presented(form(client_id="web"), basic("web", SECRET)).client_id == "web"

    def test_post(self) -> None:
        found = read_presented(form(client_id="web", client_secret=SECRET), None)

        assert (found.method, found.secret) == ("client_secret_post", Secret(SECRET))

    def test_none(self) -> None:
        assert read_presented(form(client_id="spa"), None) == Presented("spa", "none")

    def test_an_assertion(self) -> None:
        token = assertion().assertion

        found = read_presented(
            form(client_assertion=token, client_assertion_type=ASSERTION_TYPE), None
        )

        assert (found.client_id, found.method) == ("robot", "private_key_jwt")

    @pytest.mark.parametrize(
        ("parameters", "header"),
        [
            pytest.param({"client_secret": SECRET}, basic("web", SECRET), id="header and post"),
            pytest.param({"client_assertion": "a.b.c"}, basic("web", SECRET), id="header and key"),
            pytest.param(
                {"client_assertion_type": ASSERTION_TYPE}, basic("web", SECRET), id="header, half"
            ),
            pytest.param(
                {"client_secret": SECRET, "client_assertion": "a.b.c"}, None, id="post and key"
            ),
        ],
    )
    def test_rfc_6749_section_2_3_one_way_at_a_time(
        self, parameters: dict[str, str], header: str | None
    ) -> None:
        with refused(InvalidRequest, "several_client_authentications"):
            read_presented(form(client_id="web", **parameters), header)

    @pytest.mark.parametrize(
        ("header", "reason"),
        [
            pytest.param("Bearer abc", "authorization_scheme", id="another scheme"),
            pytest.param("", "authorization_scheme", id="empty"),
            pytest.param("Basic", "authorization_malformed", id="nothing behind the scheme"),
            pytest.param("Basic !!!", "authorization_malformed", id="no base64"),
            pytest.param("Basic d2Vi", "authorization_malformed", id="no colon"),
            pytest.param("Basic d2ViOg==", "authorization_malformed", id="an empty secret"),
            pytest.param("Basic /zo6", "authorization_malformed", id="no UTF-8"),
            pytest.param("Basic d2ViOiVmZg==", "authorization_malformed", id="no UTF-8, encoded"),
            pytest.param("Basic d2ViOng=, Basic d2ViOng=", "authorization_malformed", id="twice"),
        ],
    )
    def test_a_header_is_refused(self, header: str, reason: str) -> None:
        with refused(InvalidClient, reason) as caught:
            read_presented(form(), header)
        assert caught.value.authenticate is not None
        assert caught.value.http_status == 401

    def test_nothing_is_refused(self) -> None:
        with refused(InvalidClient, "client_authentication_missing"):
            read_presented(form(client_secret=SECRET), None)

    def test_a_client_id_has_an_end(self) -> None:
        with refused(InvalidClient, "client_id_too_long"):
            read_presented(form(client_id="a" * 257), None)

    def test_another_client_id_in_the_body_is_refused(self) -> None:
        with refused(InvalidRequest, "client_id_contradictory"):
            read_presented(form(client_id="other"), basic("web", SECRET))
        with refused(InvalidRequest, "client_id_contradictory"):
            read_presented(
                form(
                    client_id="other",
                    client_assertion=assertion().assertion,
                    client_assertion_type=ASSERTION_TYPE,
                ),
                None,
            )

    @pytest.mark.parametrize("assertion_type", [None, "jwt-bearer", ASSERTION_TYPE.upper()])
    def test_an_assertion_names_its_type(self, assertion_type: str | None) -> None:
        with refused(InvalidRequest, "client_assertion_type"):
            read_presented(
                form(client_assertion="a.b.c", client_assertion_type=assertion_type), None
            )

    def test_a_type_needs_its_assertion(self) -> None:
        with refused(InvalidRequest, "parameter_missing"):
            read_presented(form(client_assertion_type=ASSERTION_TYPE), None)

    @pytest.mark.parametrize(
        ("token", "reason"),
        [
            ("a.b.c", "client_assertion_payload_encoding"),
            ("x", "client_assertion_token_parts"),
            (jwt.sign({"iss": "robot"}, key("client"), typ="JWT"), "client_assertion_subject"),
            (jwt.sign({"sub": ""}, key("client"), typ="JWT"), "client_assertion_subject"),
            (jwt.sign({"sub": ["robot"]}, key("client"), typ="JWT"), "client_assertion_subject"),
        ],
    )
    def test_an_assertion_that_names_nobody(self, token: str, reason: str) -> None:
        with refused(InvalidClient, reason):
            read_presented(form(client_assertion=token, client_assertion_type=ASSERTION_TYPE), None)


class TestSecrets:
    def test_the_right_one(self) -> None:
        presented = Presented("web", "client_secret_basic", secret=Secret(SECRET))

        found = authenticate_by_secret(presented, client())

        assert found == AuthenticatedClient(client(), "client_secret_basic")
        check_confidential(found)

    @pytest.mark.parametrize("secret", ["sws_old", "sws_new"])
    def test_two_while_a_rotation_is_under_way(self, secret: str) -> None:
        hashes = (sha256_hex("sws_old"), sha256_hex("sws_new"))
        presented = Presented("web", "client_secret_basic", secret=Secret(secret))

        authenticate_by_secret(presented, client(client_secret_hashes=hashes))

    @pytest.mark.parametrize(
        ("presented", "found", "reason"),
        [
            pytest.param(
                Presented("web", "client_secret_basic", secret=Secret(SECRET + "x")),
                client(),
                "client_secret_wrong",
                id="a letter more",
            ),
            pytest.param(
                Presented("web", "client_secret_basic", secret=Secret(SECRET[:-1])),
                client(),
                "client_secret_wrong",
                id="a letter less",
            ),
            pytest.param(
                Presented("web", "client_secret_basic", secret=Secret(sha256_hex(SECRET))),
                client(),
                "client_secret_wrong",
                id="the hash itself",
            ),
            pytest.param(
                Presented("web", "client_secret_basic"), client(), "client_secret_wrong", id="none"
            ),
            pytest.param(
                Presented("web", "client_secret_basic", secret=Secret(SECRET)),
                None,
                "client_unknown",
                id="an unknown client",
            ),
            pytest.param(
                Presented("web", "client_secret_basic", secret=Secret(SECRET)),
                client(disabled_at=NOW),
                "client_disabled",
                id="a disabled client",
            ),
            pytest.param(
                Presented("web", "client_secret_post", secret=Secret(SECRET)),
                client(),
                "method_not_registered",
                id="another method than registered",
            ),
            pytest.param(
                Presented("spa", "client_secret_post", secret=Secret(SECRET)),
                public_client(),
                "method_not_registered",
                id="a secret that nobody checks",
            ),
            pytest.param(
                Presented("web", "client_secret_basic", secret=Secret("")),
                client(client_secret_hashes=()),
                "client_secret_wrong",
                id="a client whose secrets are all gone",
            ),
        ],
    )
    def test_all_else_is_refused(
        self, presented: Presented, found: Client | None, reason: str
    ) -> None:
        with refused(InvalidClient, reason) as caught:
            authenticate_by_secret(presented, found)
        assert SECRET not in caught.value.description

    def test_unknown_and_wrong_are_answered_alike(self) -> None:
        wrong = Presented("web", "client_secret_basic", secret=Secret("sws_wrong"))
        answers = []
        for found in (client(), None, client(disabled_at=NOW), public_client()):
            with pytest.raises(InvalidClient) as caught:
                authenticate_by_secret(wrong, found)
            error = caught.value
            answers.append((error.body(), error.http_status, error.authenticate))
        assert answers.count(answers[0]) == len(answers)


class TestPublicClients:
    def test_one_names_itself(self) -> None:
        found = accept_public(Presented("spa", "none"), public_client())

        assert found.method == "none"
        with refused(InvalidClient, "client_is_public"):
            check_confidential(found)

    @pytest.mark.parametrize(
        ("found", "reason"),
        [
            (None, "client_unknown"),
            (client(), "method_not_registered"),
            (assertion_client(), "method_not_registered"),
            (public_client(disabled_at=NOW), "client_disabled"),
        ],
    )
    def test_a_client_id_is_no_proof(self, found: Client | None, reason: str) -> None:
        with refused(InvalidClient, reason):
            accept_public(Presented("x", "none"), found)


class TestAssertions:
    @pytest.mark.parametrize("algorithm", ASSERTION_ALGORITHMS)
    def test_a_good_one(self, algorithm: str) -> None:
        by = key(f"client-{algorithm}", algorithm)

        found, once = check_assertion(assertion(by), assertion_client(by), issuer=ISSUER, now=NOW)

        assert found.method == "private_key_jwt"
        assert once.jti == "once"
        assert once.expires_at >= NOW + 60
        check_confidential(found)

    def test_rfc7523bis_its_own_type(self) -> None:
        presented = assertion(typ="client-authentication+jwt")

        check_assertion(presented, assertion_client(), issuer=ISSUER, now=NOW)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            pytest.param({"aud": [ISSUER]}, "audience_list", id="rfc7523bis 4: aud as a list"),
            pytest.param({"aud": [ISSUER, "https://x.example"]}, "audience_list", id="two"),
            pytest.param({"aud": f"{ISSUER}/token"}, "audience_mismatch", id="the token endpoint"),
            pytest.param({"aud": f"{ISSUER}/"}, "audience_mismatch", id="a slash more"),
            pytest.param({"aud": None}, "claim_missing", id="RFC 7523 3 item 3: no aud"),
            pytest.param({"iss": "other"}, "issuer_mismatch", id="RFC 7523 3 item 1: iss"),
            pytest.param({"iss": None}, "claim_missing", id="no iss"),
            pytest.param({"exp": None}, "claim_missing", id="RFC 7523 3 item 4: no exp"),
            pytest.param({"exp": NOW - 10}, "token_expired", id="expired"),
            pytest.param(
                {"exp": NOW + MAX_ASSERTION_LIFETIME_SECONDS + 1}, "too_long", id="good too long"
            ),
            pytest.param({"exp": NOW + 60.5}, "too_long", id="no whole second"),
            pytest.param({"exp": True}, "claim_type", id="exp is true"),
            pytest.param({"exp": str(NOW + 60)}, "claim_type", id="exp is a text"),
            pytest.param({"nbf": NOW + 60}, "token_not_yet_valid", id="not yet"),
            pytest.param({"jti": None}, "claim_missing", id="no jti"),
            pytest.param({"jti": ""}, "claim_missing", id="an empty jti"),
            pytest.param({"jti": ["once"]}, "claim_type", id="a list of jti"),
            pytest.param({"jti": "a" * 257}, "jti", id="a long jti"),
            pytest.param({"sub": "other"}, "subject", id="RFC 7523 3 item 2: another sub"),
        ],
    )
    def test_a_claim_is_refused(self, changes: dict[str, Any], reason: str) -> None:
        with refused(InvalidClient, f"client_assertion_{reason}"):
            check_assertion(assertion(**changes), assertion_client(), issuer=ISSUER, now=NOW)

    @pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt", "secevent+jwt"])
    def test_a_jwt_of_another_kind_is_refused(self, typ: str) -> None:
        with refused(InvalidClient, "client_assertion_type_mismatch"):
            check_assertion(assertion(typ=typ), assertion_client(), issuer=ISSUER, now=NOW)

    def test_another_key_is_refused(self) -> None:
        with refused(InvalidClient, "client_assertion_signature_invalid"):
            check_assertion(
                assertion(Key.generate("ES256", kid="client")),
                assertion_client(),
                issuer=ISSUER,
                now=NOW,
            )

    def test_a_secret_as_a_key_is_refused(self) -> None:
        by = Key.from_secret(SECRET.encode(), algorithm="HS256", kid="client")

        with refused(InvalidClient, "client_assertion_algorithm_not_allowed"):
            check_assertion(assertion(by), assertion_client(), issuer=ISSUER, now=NOW)

    def test_one_changed_byte_is_refused(self) -> None:
        token = assertion().assertion or ""
        head, payload, signature = token.split(".")
        forged = json.loads(base64.urlsafe_b64decode(payload + "=="))
        forged["exp"] += 1
        body = base64.urlsafe_b64encode(json.dumps(forged).encode()).rstrip(b"=").decode()

        with refused(InvalidClient, "client_assertion_signature_invalid"):
            check_assertion(
                Presented("robot", "private_key_jwt", assertion=f"{head}.{body}.{signature}"),
                assertion_client(),
                issuer=ISSUER,
                now=NOW,
            )

    @pytest.mark.parametrize(
        ("found", "reason"),
        [
            pytest.param(None, "client_unknown", id="an unknown client"),
            pytest.param(assertion_client(jwks=None), "client_unknown", id="a client without keys"),
        ],
    )
    def test_the_published_key_that_stands_in_opens_nothing(
        self, found: Client | None, reason: str
    ) -> None:
        with refused(InvalidClient, reason):
            check_assertion(assertion(RFC_7515_A_3), found, issuer=ISSUER, now=NOW)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"disabled_at": NOW}, "client_disabled"),
            ({"token_endpoint_auth_method": "client_secret_post"}, "method_not_registered"),
        ],
    )
    def test_the_method_must_be_the_registered_one(
        self, changes: dict[str, object], reason: str
    ) -> None:
        with refused(InvalidClient, reason):
            check_assertion(assertion(), assertion_client(**changes), issuer=ISSUER, now=NOW)

    def test_all_failures_are_answered_alike(self) -> None:
        bodies = [assertion_used().body()]
        cases: list[tuple[Presented, Client | None]] = [
            (assertion(), None),
            (assertion(exp=NOW - 100), assertion_client()),
            (assertion(aud=[ISSUER]), assertion_client()),
            (assertion(Key.generate("ES256")), assertion_client()),
            (Presented("robot", "private_key_jwt"), assertion_client()),
        ]
        for presented, found in cases:
            with pytest.raises(InvalidClient) as caught:
                check_assertion(presented, found, issuer=ISSUER, now=NOW)
            bodies.append(caught.value.body())
        assert bodies.count(bodies[0]) == len(bodies)
