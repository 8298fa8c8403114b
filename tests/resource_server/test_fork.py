"""A verifier built before a fork works after it, in the child as in the parent."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
needs_fork = pytest.mark.skipif(sys.platform == "win32", reason="nothing forks on Windows")

PRELUDE = """
import os, sys, threading, time, traceback, warnings

warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of what is tested here
from sealwax.clock import ManualClock
from sealwax.testing import TestIssuer
from sealwax.resource_server import refresher
from tests.resource_server.fakes import AUDIENCE, HeldFetcher, eventually
from sealwax import Verifier

clock = ManualClock(1_800_000_000)
issuer = TestIssuer(clock=clock)
fetcher = HeldFetcher(issuer.fetch)
verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=clock)
token = issuer.token(AUDIENCE, lifetime_seconds=10_000)


def in_child(work):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "the child failed"


def refreshing_threads():
    return [t for t in threading.enumerate() if t.name == "sealwax-refresher"]
"""


def run(body: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(body)],
        cwd=REPOSITORY,
        env={"PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr


@needs_fork
def test_the_child_uses_the_keys_it_inherited_and_renews_them_in_a_thread_of_its_own() -> None:
    run("""
        verifier.verify_sync(token)
        eventually(lambda: len(refreshing_threads()) == 1)
        before = fetcher.count

        def work():
            assert refreshing_threads() == []
            assert verifier.verify_sync(token).subject == "user-1"
            assert fetcher.count == before, "nothing had to be fetched"
            clock.advance(11)
            verifier.verify_sync(token)
            eventually(lambda: fetcher.count > before)
            assert len(refreshing_threads()) == 1
            issuer.revoke(token)
            clock.advance(11)
            eventually(refused)

        def refused():
            try:
                verifier.verify_sync(token)
            except Exception as error:
                return error.reason == "token_revoked"

        in_child(work)
        assert verifier.verify_sync(token).subject == "user-1"
    """)


@needs_fork
def test_a_verifier_that_was_never_used_starts_in_the_child() -> None:
    run("""
        def work():
            assert verifier.verify_sync(token).subject == "user-1"

        in_child(work)
        in_child(work)
        assert verifier.verify_sync(token).subject == "user-1"
    """)


@needs_fork
def test_a_fetch_under_way_in_the_parent_is_not_waited_for_in_the_child() -> None:
    run("""
        fetcher.hold()
        waiting = threading.Thread(target=lambda: verifier.verify_sync(token))
        waiting.start()
        fetcher.wait_until_asked()

        def work():
            fetcher.release()
            assert verifier.verify_sync(token).subject == "user-1"

        in_child(work)
        fetcher.release()
        waiting.join(20)
    """)


@needs_fork
def test_locks_that_another_thread_held_at_the_fork_are_free_in_the_child() -> None:
    run("""
        verifier.verify_sync(token)
        kept = verifier._only.keys._kept
        held, done = threading.Event(), threading.Event()

        def hold_everything():
            with kept.lock, refresher._process._condition:
                held.set()
                done.wait(20)

        holder = threading.Thread(target=hold_everything)
        holder.start()
        held.wait(20)

        def work():
            clock.advance(290)
            verifier.verify_sync(token)
            eventually(lambda: fetcher.count >= 5)
            issuer.rotate_key()
            assert verifier.verify_sync(issuer.token(AUDIENCE)).subject == "user-1"

        in_child(work)
        done.set()
        holder.join(20)
    """)
