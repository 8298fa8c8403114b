"""What is made up for each run, and who is told what of it."""

import json
import re
from pathlib import Path

import pytest

from sealwax.entropy import SeededEntropy, SystemEntropy
from sealwax.tour.addresses import Addresses, PortUnusable, check_ports
from sealwax.tour.demonstration import (
    make_demonstration,
    public_facts,
    read_notes,
    write_notes,
)

ADDRESSES = Addresses(8000)


def test_the_addresses_follow_from_the_first_port() -> None:
    addresses = Addresses(9000)

    assert addresses.issuer == "http://localhost:9000"
    assert addresses.notes == "http://localhost:9001"
    assert addresses.parcels == "http://localhost:9002"
    assert addresses.web == "http://localhost:9003"
    assert addresses.other_site == "http://127.0.0.1:9003"


@pytest.mark.parametrize("port", [0, -1, 65_533, 1_000_000])
def test_a_port_that_leaves_no_room_is_refused(port: int) -> None:
    with pytest.raises(PortUnusable, match=f"--port is {port}; a number from 1 to 65532"):
        check_ports(port)


def test_the_password_is_long_enough_and_can_be_typed_and_pasted() -> None:
    passwords = {make_demonstration(ADDRESSES, SystemEntropy()).password for _ in range(20)}

    assert len(passwords) == 20
    for password in passwords:
        assert re.fullmatch(r"([a-hj-km-np-z2-9]{5}-){3}[a-hj-km-np-z2-9]{5}", password)


def test_people_and_services_can_not_be_mistaken_for_each_other() -> None:
    demonstration = make_demonstration(ADDRESSES, SystemEntropy())

    assert re.fullmatch(r"usr_[\w-]{22}", demonstration.ada.user_id)
    assert demonstration.ada.user_id != demonstration.grace.user_id


def test_the_page_is_told_no_secret_of_the_applications() -> None:
    demonstration = make_demonstration(ADDRESSES, SeededEntropy(1))

    told = json.dumps(public_facts(demonstration))

    assert demonstration.web_client_secret not in told
    assert demonstration.service_client_secret not in told
    assert demonstration.password in told, "the demo account is there to be used"


def test_the_notes_api_knows_people_by_their_sub_alone(tmp_path: Path) -> None:
    demonstration = make_demonstration(ADDRESSES, SystemEntropy())
    write_notes(demonstration, tmp_path / "notes.json")

    notes = read_notes(tmp_path / "notes.json")

    assert set(notes) == {demonstration.ada.user_id, demonstration.grace.user_id}
    assert demonstration.password not in (tmp_path / "notes.json").read_text()
