"""Run targets on random and on changed inputs, in several processes, and count.

No coverage is measured here, so it is quick: what comes out (a verdict with its reason) says
whether an input is worth changing further.
"""

import multiprocessing
import random
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from fuzz import corpus
from fuzz.corpus import MAX_INPUT_SIZE_BYTES, Target
from fuzz.differential import Disagreement, Escape, many, recall, sign, verify
from fuzz.json_text import PIECES
from fuzz.parsers import parse

TARGETS: Final[Mapping[str, Target]] = {
    "verify": verify,
    "sign": sign,
    "recall": recall,
    "many": many,
    "parse": parse,
}
DIFFERENTIAL: Final = ("verify", "sign", "recall", "many")
_ROUND: Final = 20_000
"""Inputs of one task."""
_TURNS: Final = ("verify",) * 84 + ("sign",) * 10 + ("recall",) * 5 + ("many",)
"""Whose turn it is, over and over; each time the parsers get one more, which is not counted."""
_MAX_FINDINGS: Final = 50
_MAX_POOL: Final = 4000


@dataclass(slots=True)
class Outcome:
    """What was seen: inputs run, the shortest for each label, and what is wrong."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TARGETS, 0))
    labels: dict[str, dict[str, bytes]] = field(
        default_factory=lambda: {name: {} for name in TARGETS}
    )
    disagreements: int = 0
    escapes: int = 0
    findings: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def add(self, other: "Outcome") -> None:
        """Count what was seen elsewhere, too."""
        for name, count in other.counts.items():
            self.counts[name] += count
            for label, data in other.labels[name].items():
                _keep(self.labels[name], label, data)
        self.disagreements += other.disagreements
        self.escapes += other.escapes
        for text, finding in other.findings.items():
            self._find(text, *finding)

    def run(self, name: str, data: bytes) -> bool:
        """Run one input; tell whether something came out that had not before."""
        self.counts[name] += 1
        try:
            label = TARGETS[name](data)
        except Disagreement as error:
            self.disagreements += not isinstance(error, Escape)
            self.escapes += isinstance(error, Escape)
            self._find(str(error), name, data)
            return False
        except Exception as error:  # noqa: BLE001  # whatever a parser lets out is what is looked for
            self.escapes += 1
            self._find(f"{type(error).__name__}: {error}", name, data)
            return False
        return _keep(self.labels[name], label, data)

    def _find(self, text: str, name: str, data: bytes) -> None:
        if len(self.findings) < _MAX_FINDINGS:
            self.findings.setdefault(text, (name, data))

    @property
    def inputs(self) -> int:
        """Inputs that two implementations were compared on."""
        return sum(self.counts[name] for name in DIFFERENTIAL)


def drive(inputs: int, processes: int, seed: str) -> Outcome:
    """Compare the two implementations on that many inputs, and say now and then how far it is."""
    started = time.monotonic()
    total = Outcome()
    context = multiprocessing.get_context("spawn")
    starts = range(0, inputs, _ROUND)
    sizes = [min(_ROUND, inputs - start) for start in starts]
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        done = pool.map(partial(_round, seed), starts, sizes)
        for number, outcome in enumerate(done, start=1):
            total.add(outcome)
            if number % (5 * processes) == 0 or (total.findings and number == 1):
                print(summary(total, time.monotonic() - started), flush=True)
    return total


def summary(outcome: Outcome, seconds: float) -> str:
    """Say in one line what was run and what was found."""
    return (
        f"fuzz: {outcome.inputs} differential inputs ({outcome.inputs / seconds:.0f}/s), "
        f"{outcome.counts['parse']} for the other parsers: "
        f"{outcome.disagreements} disagreements, {outcome.escapes} escaped exceptions"
    )


_seen: dict[str, list[bytes]] = {}
"""What is changed further in this process, by target: the corpus, and what was new since."""


def _round(seed: str, start: int, size: int) -> Outcome:
    """Run one task. The same seed and start draw the same inputs in a process that is new."""
    chance = random.Random(f"{seed}/{start}")
    if not _seen:
        _seen.update({name: corpus.read(name) for name in TARGETS})
    outcome = Outcome()
    for index in range(size):
        turn = index % len(_TURNS)
        _one(outcome, chance, _TURNS[turn])
        if turn == 0:
            _one(outcome, chance, "parse")
    return outcome


def _one(outcome: Outcome, chance: random.Random, name: str) -> None:
    pool = _seen[name]
    if pool and chance.random() < 0.4:
        data = _changed(chance, pool)
    else:
        data = chance.randbytes(chance.randrange(chance.choice((16, 64, 200))))
    if outcome.run(name, data) and len(pool) < _MAX_POOL:
        pool.append(data)


def _changed(chance: random.Random, pool: list[bytes]) -> bytes:
    """Change an input that is known, or put two together."""
    data = bytearray(chance.choice(pool))
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0:
            data[at:at] = chance.randbytes(chance.randrange(1, 5))
        elif kind == 1:
            del data[at : at + chance.randrange(1, 5)]
        elif kind == 2:
            other = chance.choice(pool)
            data[at:] = other[chance.randrange(len(other) + 1) :]
        elif kind == 3:
            data[at:at] = chance.choice(PIECES)
        else:
            data[at : at + 1] = chance.randbytes(1)
    return bytes(data[:MAX_INPUT_SIZE_BYTES])


def _keep(labels: dict[str, bytes], label: str, data: bytes) -> bool:
    known = labels.get(label)
    if known is None or len(data) < len(known):
        labels[label] = data
    return known is None
