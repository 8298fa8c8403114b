"""`sealwax tour`: the guided tour on this machine."""

from __future__ import annotations

import argparse

from sealwax.cli.ports import port_number
from sealwax.tour import run_tour


def tour(arguments: argparse.Namespace) -> int:
    """Start the tour on four ports in a row and run it until it is ended."""
    return run_tour(port_number(arguments.port, room_for=4))
