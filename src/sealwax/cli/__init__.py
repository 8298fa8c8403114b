"""The `sealwax` command: the only place where the parts are put together."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from sealwax.cli.errors import CommandFailed
from sealwax.cli.output import print_error

_PACKAGES_OF_EXTRAS = frozenset(
    {
        "fastapi",
        "flask",
        "httptools",
        "jinja2",
        "msgspec",
        "starlette",
        "uvicorn",
        "uvloop",
        "werkzeug",
    }
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code: 0 done, 1 failed, 2 asked wrongly, 130 interrupted."""
    from sealwax.cli.parser import build_parser

    arguments = build_parser().parse_args(argv)
    try:
        exit_code: int = arguments.run(arguments)
    except CommandFailed as failure:
        print_error(str(failure))
        return failure.exit_code
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _PACKAGES_OF_EXTRAS:
            raise
        extra = "tour" if arguments.command == "tour" else "server"
        print_error(
            f"'sealwax {arguments.command}' needs what the '{extra}' extra brings: "
            f"pip install 'sealwax[{extra}]'"
        )
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return exit_code
