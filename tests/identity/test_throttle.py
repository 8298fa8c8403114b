"""The budgets of attempts: whose they are, and in which order they are asked."""

from __future__ import annotations

import pytest

from sealwax.identity.throttle import (
    Limits,
    account_network_bucket,
    buckets,
    known_network,
    network_of,
)

LIMITS = Limits(
    network_attempts=120,
    network_window_seconds=900,
    account_network_attempts=10,
    account_network_window_seconds=600,
    account_attempts=50,
    account_window_seconds=3600,
)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:cb00:7109", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:db8::/64"),
        ("2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_a_network_is_what_one_subscriber_has(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_network_pays_first_and_the_account_last() -> None:
    found = buckets("alice", "203.0.113.9", LIMITS, is_known=False)
    assert [bucket.limit for bucket in found] == [120, 10, 50]
    assert [bucket.window_seconds for bucket in found] == [900, 600, 3600]


def test_a_known_network_spends_nothing_of_the_account() -> None:
    found = buckets("alice", "203.0.113.9", LIMITS, is_known=True)
    assert [bucket.limit for bucket in found] == [120, 10]


def test_names_of_budgets_hold_no_username_and_no_address() -> None:
    names = [bucket.name for bucket in buckets("alice", "203.0.113.9", LIMITS, is_known=False)]
    names += [known_network("alice", "203.0.113.9")]
    assert not [name for name in names if "alice" in name or "203.0" in name]
    assert len(set(names)) == 4


def test_no_two_pairs_share_a_budget() -> None:
    pairs = [("alice", "n1"), ("alice", "n2"), ("n1", "alice"), ("alice\nn1", "n2"), ("n1\nn2", "")]
    assert len({account_network_bucket(*pair) for pair in pairs}) == len(pairs)
    assert account_network_bucket("alice", "n1") != known_network("alice", "n1")
