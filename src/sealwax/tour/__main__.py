"""`python -m sealwax.tour --port P`: the tour without the command line of the whole."""

import argparse
import sys

from sealwax.tour.run import run_tour


def main() -> int:
    """Read the port and run."""
    parser = argparse.ArgumentParser(prog="sealwax tour")
    parser.add_argument("--port", type=int, default=8000, help="the first of four (default: 8000)")
    return run_tour(parser.parse_args().port)


if __name__ == "__main__":
    sys.exit(main())
