"""The guided tour: `run_tour` starts an issuer, two APIs and a web app on this machine.

Three run as processes of their own; the fourth, with the page, runs in the one that watches them.
"""


def run_tour(port: int) -> int:
    """Run the tour on four ports from `port` on, until it is told to stop; give the exit code."""
    # Loaded here and not above: the APIs are modules of this package too, and are to start
    # without any part of the issuer.
    from sealwax.tour.run import run_tour as run  # noqa: PLC0415 - see above

    return run(port)


__all__ = ["run_tour"]
