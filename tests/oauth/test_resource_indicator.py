from __future__ import annotations

from dataclasses import replace

import pytest

from sealwax.oauth.errors import InvalidTarget
from sealwax.oauth.resource_indicator import (
    MAX_RESOURCES,
    check_audience,
    check_one_resource,
    check_resource_indicators,
    choose_granted_resource,
    default_resource,
)
from sealwax.records import Client
from tests.oauth.given import ISSUER, MAIL, NOTES, NOW, OWN, RESOURCES, client, refused


@pytest.mark.parametrize(
    "resource", [NOTES, "https://notes.example/v1?x=1", "urn:example:notes", "http://[::1]:8001"]
)
def test_an_absolute_uri_is_a_resource(resource: str) -> None:
    assert check_resource_indicators([resource, resource]) == (resource,)


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param("notes", id="RFC 8707 2: not absolute"),
        pytest.param("/notes", id="a path"),
        pytest.param("//notes.example", id="no scheme"),
        pytest.param("https:", id="a scheme alone"),
        pytest.param(f"{NOTES}#fragment", id="a fragment"),
        pytest.param(f"{NOTES}#", id="an empty fragment"),
        pytest.param("https://notes.example/ü", id="not ASCII"),
        pytest.param("https://notes.example/a b", id="a space"),
        pytest.param(f"{NOTES}/{'a' * 1000}", id="too long"),
    ],
)
def test_anything_else_is_not(resource: str) -> None:
    with refused(InvalidTarget, "resource_malformed"):
        check_resource_indicators([resource])


def test_there_are_not_too_many() -> None:
    with refused(InvalidTarget, "too_many_resources"):
        check_resource_indicators([NOTES] * (MAX_RESOURCES + 1))


def test_a_token_is_for_one() -> None:
    assert check_one_resource(()) is None
    assert check_one_resource((NOTES,)) == NOTES
    with refused(InvalidTarget, "several_resources"):
        check_one_resource((NOTES, MAIL))


def test_the_default_is_the_clients_else_the_issuer() -> None:
    assert default_resource(client(), ISSUER) == ISSUER
    assert default_resource(client(default_resource=NOTES), ISSUER) == NOTES


class TestAudience:
    def test_the_issuer_itself(self) -> None:
        assert check_audience(ISSUER, client(), resources={}, own=OWN) is OWN

    def test_a_registered_api(self) -> None:
        found = check_audience(NOTES, client(), resources=RESOURCES, own=OWN)

        assert (found.identifier, found.lifetime_seconds, found.signing_alg) == (
            NOTES,
            300,
            "ES256",
        )
        assert found.scopes_among(("openid", "notes:write", "mail:send", "notes:read")) == (
            "notes:write",
            "notes:read",
        )

    def test_the_clients_default_needs_no_scope_of_it(self) -> None:
        by = client(scopes=("openid",), default_resource=MAIL)

        found = check_audience(MAIL, by, resources=RESOURCES, own=OWN)

        assert found.identifier == MAIL

    @pytest.mark.parametrize(
        ("identifier", "by", "reason"),
        [
            pytest.param(f"{NOTES}/", client(), "resource_unknown", id="a slash more"),
            pytest.param("https://x.example", client(), "resource_unknown", id="never registered"),
            pytest.param(f"{ISSUER}/", client(), "resource_unknown", id="the issuer, nearly"),
            pytest.param(MAIL, client(), "resource_not_for_client", id="an API of others"),
            pytest.param(
                NOTES, client(scopes=()), "resource_not_for_client", id="a client without scopes"
            ),
        ],
    )
    def test_is_refused(self, identifier: str, by: Client, reason: str) -> None:
        with refused(InvalidTarget, reason):
            check_audience(identifier, by, resources=RESOURCES, own=OWN)

    def test_a_disabled_api_is_not_there(self) -> None:
        found = RESOURCES[NOTES]
        assert found is not None

        with refused(InvalidTarget, "resource_unknown"):
            check_audience(
                NOTES, client(), resources={NOTES: replace(found, disabled_at=NOW)}, own=OWN
            )


class TestChoice:
    @pytest.mark.parametrize(
        ("requested", "granted", "scopes", "expected"),
        [
            pytest.param(None, (), (), ISSUER, id="none named: the default"),
            pytest.param(None, (NOTES,), (), NOTES, id="the only one"),
            pytest.param(MAIL, (NOTES, MAIL), (), MAIL, id="RFC 8707 2.2: one of several"),
            pytest.param(ISSUER, (NOTES,), ("openid",), ISSUER, id="the issuer, for userinfo"),
            pytest.param(ISSUER, (), (), ISSUER, id="the default by name"),
        ],
    )
    def test_among_those_granted(
        self,
        requested: str | None,
        granted: tuple[str, ...],
        scopes: tuple[str, ...],
        expected: str,
    ) -> None:
        found = choose_granted_resource(
            requested, granted=granted, scopes=scopes, client=client(), issuer=ISSUER
        )

        assert found == expected

    @pytest.mark.parametrize(
        ("requested", "granted", "scopes", "reason"),
        [
            pytest.param(None, (NOTES, MAIL), (), "resource_ambiguous", id="several, none named"),
            pytest.param(MAIL, (NOTES,), ("openid",), "resource_not_granted", id="another one"),
            pytest.param(ISSUER, (NOTES,), (), "resource_not_granted", id="no openid"),
            pytest.param(NOTES, (), ("openid",), "resource_not_granted", id="not the default"),
        ],
    )
    def test_and_no_other(
        self, requested: str | None, granted: tuple[str, ...], scopes: tuple[str, ...], reason: str
    ) -> None:
        with refused(InvalidTarget, reason):
            choose_granted_resource(
                requested, granted=granted, scopes=scopes, client=client(), issuer=ISSUER
            )
