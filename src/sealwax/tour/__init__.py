"""The guided tour: `run_tour` starts an issuer, two APIs and a web app on this machine.

Three run as processes of their own; the fourth, with the page, runs in the one that watches them.
"""

from sealwax.tour.run import run_tour

__all__ = ["run_tour"]
