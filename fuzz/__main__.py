"""`python -m fuzz`: compare both implementations on many inputs, and say what was found."""

import argparse
import os
import sys
import time
from pathlib import Path

from fuzz import corpus
from fuzz.drive import TARGETS, Outcome, drive, summary
from sealwax.jose import native


def main(arguments: list[str]) -> int:
    """Run; 0 when nothing is wrong, 1 when something is, 2 when nothing can be compared."""
    options = _options(arguments)
    state = native.state()
    if not state.is_available:
        print(f"fuzz: nothing to compare with: {state.reason}; `make native` builds it")
        return 2
    print(
        f"fuzz: native {state.version} against Python {sys.version.split()[0]}, seed {options.seed}"
    )
    started = time.monotonic()
    outcome = drive(options.inputs, options.processes, options.seed)
    for text, (name, data) in outcome.findings.items():
        print(f"fuzz: {name} of {data.hex()}:\n{text}")
    if options.keep:
        keep(outcome, options.corpus)
    print(summary(outcome, time.monotonic() - started))
    return 1 if outcome.findings else 0


def keep(outcome: Outcome, folder: Path) -> None:
    """Write the smallest input for each thing that came out, of this run and of the corpus."""
    for name, target in TARGETS.items():
        known = Outcome()
        known.add(outcome)
        for data in corpus.read(name, folder):
            known.run(name, data)
        labels = known.labels[name]
        small = {corpus.minimised(target, labels[label], label) for label in sorted(labels)}
        corpus.write(name, sorted(small), folder)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000, help="how many to compare on")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", default=os.urandom(4).hex(), help="the same draws the same")
    parser.add_argument("--keep", action="store_true", help="write what is new to the corpus")
    parser.add_argument("--corpus", type=Path, default=corpus.FOLDER, help="where that is")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
