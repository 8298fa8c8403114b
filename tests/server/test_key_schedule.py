"""When each key is published and which one signs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.records import SigningKey
from sealwax.server.key_schedule import (
    Schedule,
    is_rotation_due,
    last_added,
    newest,
    plan,
    predecessor,
    signing_now_or_later,
)
from tests.server.given import settings

DAY = 86_400
SCHEDULE = Schedule(publish_ahead_seconds=DAY, rotation_seconds=90 * DAY, retention_seconds=4000)


def key(kid: str, signs_from: int, **changes: Any) -> SigningKey:  # noqa: ANN401  # fields of every type
    values: dict[str, Any] = {
        "kid": kid,
        "algorithm": "ES256",
        "public_jwk": "{}",
        "encrypted_private_key": b"",
        "published_at": signs_from,
        "signs_from": signs_from,
    }
    return SigningKey(**{**values, **changes})


def at(now: int, *keys: SigningKey) -> tuple[dict[str, str], set[str]]:
    """Give who signs and who is published."""
    found = plan(keys, SCHEDULE, now)
    signing = {algorithm: one.kid for algorithm, one in found.signing.items()}
    return signing, {one.kid for one in found.published}


OLD = key("old", 0, signs_until=10 * DAY, removed_at=10 * DAY + 4000)
NEW = key("new", 10 * DAY, published_at=9 * DAY)


@pytest.mark.parametrize(
    ("now", "signing", "published"),
    [
        (0, "old", {"old"}),
        (9 * DAY - 1, "old", {"old"}),
        (9 * DAY, "old", {"old", "new"}),  # published before it signs
        (10 * DAY - 1, "old", {"old", "new"}),
        (10 * DAY, "new", {"old", "new"}),  # the old one stays while its tokens live
        (10 * DAY + 3999, "new", {"old", "new"}),
        (10 * DAY + 4000, "new", {"new"}),
    ],
)
def test_a_successor_is_published_signs_and_the_old_one_goes(
    now: int, signing: str, published: set[str]
) -> None:
    assert at(now, OLD, NEW) == ({"ES256": signing}, published)
    assert at(now, NEW, OLD) == ({"ES256": signing}, published)


def test_a_key_without_a_successor_signs_for_ever() -> None:
    lonely = key("lonely", 0, signs_until=5, removed_at=10)
    assert at(10**12, lonely) == ({"ES256": "lonely"}, {"lonely"})


def test_when_the_successor_is_revoked_the_old_one_goes_on() -> None:
    revoked = key("new", 10 * DAY, published_at=9 * DAY, revoked_at=9 * DAY + 5)
    assert at(10 * DAY + 4000, OLD, revoked) == ({"ES256": "old"}, {"old"})


def test_a_revoked_key_is_gone_at_once() -> None:
    revoked = key("old", 0, revoked_at=5)
    assert at(5, revoked) == ({}, set())


def test_each_algorithm_has_its_own_line() -> None:
    rsa = key("rsa", 0, algorithm="RS256")
    assert at(10 * DAY, OLD, NEW, rsa) == (
        {"ES256": "new", "RS256": "rsa"},
        {"old", "new", "rsa"},
    )


def test_an_emergency_key_takes_over_before_the_published_successor() -> None:
    """Its predecessor was revoked and it signs from now on; the planned one follows later."""
    fresh = key("fresh", 9 * DAY + 100)
    revoked = key("old", 0, revoked_at=9 * DAY + 100)
    assert at(9 * DAY + 100, revoked, NEW, fresh) == ({"ES256": "fresh"}, {"new", "fresh"})
    assert at(10 * DAY, revoked, NEW, fresh) == ({"ES256": "new"}, {"new", "fresh"})
    assert at(10 * DAY + 4000, revoked, NEW, fresh) == ({"ES256": "new"}, {"new"})


def test_a_plan_says_when_it_changes() -> None:
    assert plan([OLD, NEW], SCHEDULE, 0).changes_at == 9 * DAY
    assert plan([OLD, NEW], SCHEDULE, 9 * DAY).changes_at == 10 * DAY
    assert plan([OLD, NEW], SCHEDULE, 10 * DAY).changes_at == 10 * DAY + 4000
    assert plan([OLD, NEW], SCHEDULE, 10 * DAY + 4000).changes_at is None


def test_a_successor_is_due_a_publication_time_before_the_rotation() -> None:
    assert not is_rotation_due(key("k", 0), SCHEDULE, 89 * DAY - 1)
    assert is_rotation_due(key("k", 0), SCHEDULE, 89 * DAY)


def test_the_newest_is_the_unrevoked_one_that_signs_last() -> None:
    assert newest([NEW, OLD], "ES256") == NEW
    assert newest([key("r", 99 * DAY, revoked_at=1), OLD], "ES256") == OLD
    assert newest([OLD], "RS256") is None


def test_the_last_added_is_the_last_unrevoked_one_of_the_list() -> None:
    assert last_added([NEW, OLD], "ES256") == OLD
    assert last_added([OLD, key("r", 0, revoked_at=1)], "ES256") == OLD
    assert last_added([OLD], "RS256") is None


def test_the_predecessor_is_who_signs_up_to_a_moment() -> None:
    assert predecessor([OLD, NEW], "ES256", 10 * DAY) == OLD
    assert predecessor([OLD, NEW], "ES256", 10 * DAY + 1) == NEW
    assert predecessor([OLD, NEW], "ES256", 0) is None
    assert predecessor([OLD, NEW], "RS256", 5) is None


def test_keys_that_sign_now_or_later_are_those_to_open() -> None:
    assert signing_now_or_later([OLD, NEW], "ES256", 5) == (OLD, NEW)
    assert signing_now_or_later([OLD, NEW], "ES256", 10 * DAY) == (NEW,)
    assert signing_now_or_later([OLD, NEW], "RS256", 5) == ()


def test_a_key_stays_published_as_long_as_anything_it_signed_may_live() -> None:
    chosen = settings(
        tokens__access_token_seconds=60, status__lifetime_seconds=7200, keys__rotation_days=2
    )
    schedule = Schedule.of(chosen)
    assert schedule.retention_seconds == 7500
    assert schedule.rotation_seconds == 2 * DAY
    assert Schedule.of(settings(tokens__id_token_seconds=3600)).retention_seconds >= 3600


@given(
    starts=st.lists(st.integers(0, 1000), min_size=1, max_size=6),
    revoked=st.lists(st.booleans(), min_size=6, max_size=6),
    now=st.integers(0, 8000),
)
def test_whatever_signs_is_published_and_unrevoked(
    starts: list[int], revoked: list[bool], now: int
) -> None:
    keys = [
        key(f"k{index}", start, published_at=start, revoked_at=1 if revoked[index] else None)
        for index, start in enumerate(starts)
    ]
    found = plan(keys, SCHEDULE, now)
    unrevoked = [one for one in keys if one.revoked_at is None and one.signs_from <= now]
    assert bool(found.signing) == bool(unrevoked)
    for one in found.signing.values():
        assert one in found.published
        assert one.revoked_at is None
        assert one.signs_from <= now
