"""What a receiver meets beside the single token: batches, forgeries, a busy thread, an import.

Each table compares in one run: a batch against its tokens one by one, a refusal against a good
token, a busy process against a quiet one, an import against an interpreter that imports nothing.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

from bench.tokens import AUDIENCE, ISSUER, access_token_claims, key_for
from sealwax import Verifier
from sealwax.jose import JoseError, Key, KeySet, Policy, native
from sealwax.jose.encoding import base64url_encode
from sealwax.jose.jwt import PreparedSigner, PreparedVerifier
from sealwax.jose.native import Implementation

ROUNDS = 9
BATCH = 1_000
FRESH_PROCESSES = 9
BUSY_SECONDS = 0.3
_NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE"}
ASYMMETRIC = ("RS256", "PS256", "ES256", "Ed25519")


def measure() -> None:
    """Print the four tables for each path that is there."""
    paths: list[Implementation] = ["python"]
    if native.state().is_available:
        paths.insert(0, "native")
    for path in paths:
        _batches(path)
        _refusals(path)
        _neighbours(path)
        _imports(path)


def _prepared(algorithm: str, path: Implementation) -> tuple[PreparedVerifier, list[str]]:
    key = key_for(algorithm)
    public = key if algorithm == "HS256" else key.public()
    signer = PreparedSigner(key, typ="at+jwt")
    tokens = [signer.sign(access_token_claims(number)) for number in range(BATCH)]
    policy = Policy(ISSUER, AUDIENCE, "at+jwt")
    verifier = PreparedVerifier(public, algorithms=[algorithm], policy=policy, implementation=path)
    return verifier, tokens


def _batches(path: Implementation) -> None:
    cores = sorted(os.sched_getaffinity(0))
    print(f"\n| {path}: {BATCH} tokens, ms | one by one | verify_many, one core", end="")
    print(f" | verify_many, {len(cores)} cores | gain |")
    print("|---" * 5 + "|")
    for algorithm in (*ASYMMETRIC, "HS256"):
        verifier, tokens = _prepared(algorithm, path)
        _batch(verifier, tokens)  # the core counts the cores once, so it has to see all of them
        single: list[float] = []
        one: list[float] = []
        all_cores: list[float] = []
        for _ in range(ROUNDS):
            single.append(_seconds(partial(_one_by_one, verifier, tokens)))
            os.sched_setaffinity(0, cores[:1])
            one.append(_seconds(partial(_batch, verifier, tokens)))
            os.sched_setaffinity(0, cores)
            all_cores.append(_seconds(partial(_batch, verifier, tokens)))
        figures = [statistics.median(column) * 1e3 for column in (single, one, all_cores)]
        cells = " | ".join(f"{figure:.1f}" for figure in figures)
        print(f"| {algorithm} | {cells} | {figures[1] / figures[2]:.2f} |")


def _one_by_one(verifier: PreparedVerifier, tokens: list[str]) -> None:
    now = int(time.time())
    for token in tokens:
        verifier.verify(token, now=now)


def _batch(verifier: PreparedVerifier, tokens: list[str]) -> None:
    for result in verifier.verify_many(tokens, now=int(time.time())):
        if isinstance(result, JoseError):
            raise result


def _refusals(path: Implementation) -> None:
    verifier, tokens = _prepared("ES256", path)
    head, payload, signature = tokens[0].split(".")
    deep = base64url_encode(b'{"alg":' + b"[" * 16_000).decode()
    shapes = {
        "a good token": tokens[0],
        "its signature forged": f"{head}.{payload}.{signature[::-1]}",
        "a header nested 16,000 deep": f"{deep}.{payload}.{signature}",
        "a token of 1 MB": "A" * 1_000_000,
        "1 MB of dots": "." * 1_000_000,
    }
    print(f"\n| {path}: what is presented | µs |")
    print("|---|---|")
    for name, token in shapes.items():
        times = [_seconds(partial(_judge, verifier, token)) for _ in range(200)]
        print(f"| {name} | {statistics.median(times) * 1e6:.1f} |")
    unknown = [
        PreparedSigner(Key.generate("ES256"), typ="at+jwt").sign(access_token_claims(number))
        for number in range(1_000)
    ]
    started = time.perf_counter()
    for token in unknown:
        _judge(verifier, token)
    each = (time.perf_counter() - started) / len(unknown)
    print(f"| one of 1,000 tokens with a kid of its own | {each * 1e6:.1f} |")


def _judge(verifier: PreparedVerifier, token: str) -> None:
    try:
        verifier.verify(token, now=int(time.time()))
    except JoseError:
        return


def _neighbours(path: Implementation) -> None:
    print(f"\n| {path}: one verification | quiet, µs | beside a busy thread, µs | ratio |")
    print("|---" * 4 + "|")
    for algorithm in (*ASYMMETRIC, "HS256"):
        verifier, tokens = _prepared(algorithm, path)
        quiet: list[float] = []
        busy: list[float] = []
        for _ in range(5):
            quiet.append(_rate(verifier, tokens))
            stop = threading.Event()
            thread = threading.Thread(target=_compute, args=(stop,))
            thread.start()
            try:
                busy.append(_rate(verifier, tokens))
            finally:
                stop.set()
                thread.join()
        still, beside = (statistics.median(column) * 1e6 for column in (quiet, busy))
        print(f"| {algorithm} | {still:.1f} | {beside:.1f} | {beside / still:.2f} |")


def _rate(verifier: PreparedVerifier, tokens: list[str]) -> float:
    """Verify for a while; give the seconds that one token took."""
    started = time.perf_counter()
    number = 0
    while (passed := time.perf_counter() - started) < BUSY_SECONDS:
        verifier.verify(tokens[number % BATCH], now=int(time.time()))
        number += 1
    return passed / number


def _compute(stop: threading.Event) -> None:
    number = 0
    while not stop.is_set():
        for _ in range(10_000):
            number += 1


def _imports(path: Implementation) -> None:
    key = Key.generate("ES256")
    token = PreparedSigner(key, typ="at+jwt").sign(access_token_claims(0))
    jwks = KeySet([key.public()]).to_jwks()
    force = f"from sealwax.jose import native\nnative.use({path!r})\n"
    programs = {
        "import sealwax": "import sealwax\n",
        "sealwax.jose, first verification": force
        + "import time\nfrom sealwax.jose import KeySet, Policy, jwt\n"
        + f"jwt.verify({token!r}, KeySet.from_jwks({jwks!r}), algorithms=['ES256'],"
        + f" policy=Policy({ISSUER!r}, {AUDIENCE!r}, 'at+jwt'), now=int(time.time()))\n",
        "sealwax.Verifier, first verification": force
        + "from sealwax import Verifier\n"
        + f"Verifier({ISSUER!r}, {AUDIENCE!r}, keys={jwks!r}).verify_sync({token!r})\n",
    }
    Verifier(ISSUER, AUDIENCE, keys=jwks).verify_sync(token)  # what is timed does verify
    print(f"\n| {path}: over a bare interpreter | ms | MB |")
    print("|---|---|---|")
    for name, program in programs.items():
        _fresh(program)  # writes the bytecode, as installing does
        samples = [_fresh(program) for _ in range(FRESH_PROCESSES)]
        empty = [_fresh("pass\n") for _ in range(FRESH_PROCESSES)]
        milliseconds = statistics.median(one[0] for one in samples)
        size = statistics.median(one[1] for one in samples)
        bare = statistics.median(one[1] for one in empty)
        print(f"| {name} | {milliseconds:.1f} | {size - bare:.1f} |")


def _fresh(program: str) -> tuple[float, float]:
    """Run a program in a process of its own: milliseconds, and megabytes resident at its end."""
    source = (
        f"import time\nstarted = time.perf_counter()\n{program}"
        "passed = time.perf_counter() - started\n"
        "pages = int(open('/proc/self/statm').read().split()[1])\n"
        "import os\nprint(passed * 1e3, pages * os.sysconf('SC_PAGE_SIZE') / 2**20)\n"
    )
    settings = {name: text for name, text in os.environ.items() if name not in _NO_BYTECODE}
    command = [sys.executable, "-W", "error", "-c", source]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=settings)
    milliseconds, size = map(float, done.stdout.split())
    return milliseconds, size


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
