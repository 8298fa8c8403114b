"""How long documents are kept and issuers left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.entropy import SeededEntropy
from sealwax.resource_server.freshness import (
    back_off_seconds,
    lifetime_seconds,
    refresh_after_seconds,
    retry_after_seconds,
)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 300),
        ({"cache-control": ""}, 300),
        ({"cache-control": "public"}, 300),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": "public, MAX-AGE=600, must-revalidate"}, 600),
        ({"cache-control": 'max-age="600"'}, 600),
        ({"cache-control": "max-age=600", "age": "200"}, 400),
        ({"cache-control": "max-age=600", "age": "9999"}, 60),
        ({"cache-control": "max-age=600", "age": "soon"}, 600),
        ({"cache-control": "max-age=1"}, 60),
        ({"cache-control": "max-age=0"}, 60),
        ({"cache-control": "no-store"}, 60),
        ({"cache-control": "no-cache, max-age=600"}, 60),
        ({"cache-control": "max-age=31536000"}, 86_400),
        ({"cache-control": "max-age=" + "9" * 5000}, 86_400),
        ({"cache-control": "max-age=-5"}, 300),
        ({"cache-control": "max-age=1.5"}, 300),
        ({"cache-control": "max-age=²"}, 300),
        ({"cache-control": "max-age=60, max-age=9000"}, 300),
        ({"cache-control": "s-maxage=600"}, 300),
    ],
)
def test_the_lifetime_follows_cache_control_within_bounds(
    headers: dict[str, str], expected: int
) -> None:
    assert lifetime_seconds(headers) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("7", 7), ("0", 0), ("86400", 300), ("-1", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("", 0)],
)
def test_retry_after_is_followed_up_to_five_minutes(stated: str, expected: int) -> None:
    assert retry_after_seconds({"retry-after": stated}) == expected


@given(lifetime=st.integers(1, 86_400), seed=st.integers())
def test_a_refresh_begins_well_before_the_time_is_over(lifetime: int, seed: int) -> None:
    after = refresh_after_seconds(lifetime, SeededEntropy(seed))
    assert max(1, int(lifetime * 0.6)) <= after <= max(1, lifetime * 0.7)


@given(failures=st.integers(1, 10_000), seed=st.integers())
def test_the_back_off_doubles_up_to_five_minutes(failures: int, seed: int) -> None:
    ceiling = min(5 * 2 ** (failures - 1), 300)
    assert max(1, ceiling // 2) <= back_off_seconds(failures, SeededEntropy(seed)) <= ceiling


@given(failures=st.integers(1, 10_000), seed=st.integers())
def test_the_back_off_never_exceeds_what_the_document_bears(failures: int, seed: int) -> None:
    pause = back_off_seconds(failures, SeededEntropy(seed), longest_seconds=30)
    assert 1 <= pause <= 30


def test_two_processes_do_not_come_back_together() -> None:
    pauses = {back_off_seconds(9, SeededEntropy(seed)) for seed in range(50)}
    assert len(pauses) > 20
