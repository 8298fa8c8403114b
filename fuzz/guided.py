"""`python -m fuzz.guided TARGET [libFuzzer's options] FOLDER ...`: let coverage lead the way.

Atheris watches which branches of `sealwax.jose` an input reaches, and changes what reaches new
ones. It runs in an environment of its own (`make fuzz` makes it); nothing else needs it.
"""

import sys

import atheris


def main(arguments: list[str]) -> None:
    """Run one target until its time is over or something is wrong."""
    with atheris.instrument_imports(include=["sealwax.jose"]):
        from fuzz.drive import TARGETS  # noqa: PLC0415  # only now is what it imports watched

    if len(arguments) < 2 or arguments[1] not in TARGETS:
        print(f"fuzz.guided: the first argument names a target: {', '.join(TARGETS)}")
        sys.exit(2)
    target = TARGETS[arguments[1]]

    def run(data: bytes) -> None:  # it wants nothing back
        target(data)

    atheris.Setup([arguments[0], *arguments[2:]], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
