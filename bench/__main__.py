"""`python -m bench [tokens] [receiver] [issuer]`: measure, and print tables in Markdown."""

from __future__ import annotations

import sys

from bench import issuer, receiver, tokens

PARTS = {"tokens": tokens.measure, "receiver": receiver.measure, "issuer": issuer.measure}


def main(names: list[str]) -> int:
    """Run the named parts, or all of them."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"bench: found {unknown[0]!r}; accepted: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    for name in names or PARTS:
        PARTS[name]()
    return 0


sys.exit(main(sys.argv[1:]))
