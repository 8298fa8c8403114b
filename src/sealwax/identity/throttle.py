"""What stands against guessing passwords: how many attempts, counted by whom and from where.

An attempt is counted before the password is looked at, so attempts made at the same moment do not
slip through together. Three budgets are asked in this order, and a refusal by one leaves the later
ones untouched:

1. **network**: attempts from one network on all accounts. One machine that tries many accounts
spends its own budget and nobody else's. 2. **account and network**: attempts on one account from
one network. Guessing one account ends here. A success gives this budget back (SP 800-63B-4 §3.2.2),
so a person who mistypes is not held up. 3. **account**: attempts on one account from all networks
from which it has *not* signed in lately. Many machines that guess one account together end here. A
network from which the person has signed in within `known_network_days` is not counted and not held
up: an attacker can use this budget up, but with it locks out only those who come from somewhere
new, and those until the window ends.

A network is one IPv4 address or one IPv6 /64, which is what one subscriber is given. An account is
the name as it was typed, whether there is such a person or not, so nothing here tells which names
exist. The budgets outlive a restart, since they are kept in storage; their names hold digests, no
names.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from sealwax.secret import sha256_hex

_IPV6_PREFIX_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """How many attempts each budget holds, and for how long they count."""

    network_attempts: int
    network_window_seconds: int
    account_network_attempts: int
    account_network_window_seconds: int
    account_attempts: int
    account_window_seconds: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One budget: `limit` attempts in a window."""

    name: str
    limit: int
    window_seconds: int


def buckets(account: str, network: str, limits: Limits, *, is_known: bool) -> tuple[Bucket, ...]:
    """Give the budgets that one attempt spends from, in the order in which they are asked."""
    found = (
        Bucket(
            f"network:{sha256_hex(network)}",
            limits.network_attempts,
            limits.network_window_seconds,
        ),
        Bucket(
            account_network_bucket(account, network),
            limits.account_network_attempts,
            limits.account_network_window_seconds,
        ),
    )
    if is_known:
        return found
    name = f"account:{sha256_hex(account)}"
    return (*found, Bucket(name, limits.account_attempts, limits.account_window_seconds))


def account_network_bucket(account: str, network: str) -> str:
    """Give the name of the budget that a success gives back."""
    return f"account-network:{_pair(account, network)}"


def known_network(account: str, network: str) -> str:
    """Give the name under which it is kept that this account signed in from this network."""
    return f"known-network:{_pair(account, network)}"


def network_of(address: str) -> str:
    """Give the network that an address counts for: itself, or its /64 for IPv6.

    All spellings of an address give the same network; an IPv4 address inside IPv6 is the IPv4
    address. What is no address is one network of its own.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, _IPV6_PREFIX_LENGTH), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)


def _pair(account: str, network: str) -> str:
    """Make one digest of both; a network holds no line feed, so no two pairs meet."""
    return sha256_hex(f"{network}\n{account}")
