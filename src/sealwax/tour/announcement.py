"""What the tour says when everything answers."""

from sealwax.tour.demonstration import Demonstration
from sealwax.tour.snippets import notes_line, parcels_line, sign_in_line


def announcement(demonstration: Demonstration) -> str:
    """Say what to open, who may sign in, and three lines to paste."""
    addresses, ada = demonstration.addresses, demonstration.ada
    ports = " ".join(
        f"-L {port}:localhost:{port}" for port in range(addresses.port, addresses.port + 4)
    )
    return f"""
The Sealwax tour is ready. Open

    {addresses.web}

    issuer        {addresses.issuer}
    notes API     {addresses.notes}
    other API     {addresses.parcels}   (another company's)
    web app       {addresses.web}/app

    demo account  {ada.username}
    password      {demonstration.password}

Without a browser: sign in and keep the token, ask the notes API, ask the other company's API.

{sign_in_line(demonstration)}

{notes_line(demonstration)}

{parcels_line(demonstration)}

On another machine, over SSH: ssh {ports} HOST

Ctrl-C ends all of it, and nothing is kept.
"""
