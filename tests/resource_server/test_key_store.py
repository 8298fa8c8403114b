"""Keys on disk: an API starts while its issuer is down, and believes no file it should not."""

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sealwax import KeysUnavailable, TokenRefused, Verifier
from sealwax.clock import ManualClock
from sealwax.jose import Key, KeySet
from sealwax.resource_server import FetchedDocument, FetchLimits, InvalidConfiguration
from sealwax.resource_server.errors import FetchFailed
from sealwax.resource_server.events import VerifierEvents
from sealwax.resource_server.key_store import MAX_FILES, KeyStore, StoredDocument
from sealwax.testing import TestIssuer
from tests.resource_server.fakes import AUDIENCE, ISSUER, START, Check, eventually, new_issuer

REPOSITORY = Path(__file__).parents[2]
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs the rights of POSIX")
Members = dict[str, Any]


def verifier(issuer: TestIssuer, folder: Path, **settings: Any) -> Verifier:  # noqa: ANN401 - of any type
    settings = {"status": False, **settings}
    return Verifier(
        issuer.issuer,
        AUDIENCE,
        fetcher=issuer.fetch,
        clock=issuer.clock,
        key_store=KeyStore(folder),
        **settings,
    )


def filled(issuer: TestIssuer, folder: Path) -> Path:
    """Have a first process keep the keys; then the issuer goes down."""
    with verifier(issuer, folder) as first:
        first.prefetch_sync()
    issuer.is_down = True
    [path] = folder.iterdir()
    return path


class TestStart:
    def test_an_api_that_starts_while_the_issuer_is_down_has_the_keys(
        self, issuer: TestIssuer, tmp_path: Path, check: Check
    ) -> None:
        filled(issuer, tmp_path)
        with verifier(issuer, tmp_path) as restarted:
            assert check(restarted, issuer.token(AUDIENCE)).subject == "user-1"

    def test_an_issuer_that_answers_is_believed_and_not_the_disk(
        self, issuer: TestIssuer, tmp_path: Path, check: Check
    ) -> None:
        filled(issuer, tmp_path)
        old = issuer.token(AUDIENCE)
        issuer.is_down = False
        issuer.rotate_key(keep_old=False)
        with verifier(issuer, tmp_path) as restarted:
            with pytest.raises(TokenRefused, match="no key"):
                check(restarted, old)
            assert check(restarted, issuer.token(AUDIENCE)).subject == "user-1"

    def test_the_age_counts_from_the_fetch_and_not_from_the_start(
        self, issuer: TestIssuer, clock: ManualClock, tmp_path: Path, check: Check
    ) -> None:
        filled(issuer, tmp_path)
        token = issuer.token(AUDIENCE, lifetime_seconds=10_000)
        clock.advance(300 + 99)
        with verifier(issuer, tmp_path, keys_stale_seconds=100) as restarted:
            assert check(restarted, token).subject == "user-1"
            clock.advance(1)
            with pytest.raises(KeysUnavailable):
                check(restarted, token)
        with verifier(issuer, tmp_path, keys_stale_seconds=100) as again:
            with pytest.raises(KeysUnavailable) as raised:
                check(again, token)
            assert raised.value.reason == "unreachable"

    def test_the_issuer_is_asked_again_soon_and_what_it_says_then_counts(
        self, issuer: TestIssuer, clock: ManualClock, tmp_path: Path, check: Check
    ) -> None:
        filled(issuer, tmp_path)
        old = issuer.token(AUDIENCE, lifetime_seconds=10_000)
        with verifier(issuer, tmp_path) as restarted:
            check(restarted, old)
            issuer.is_down = False
            issuer.rotate_key(keep_old=False)
            clock.advance(6)
            eventually(lambda: _is_refused(check, restarted, old))

    def test_keys_at_hand_are_not_given_up_for_those_on_disk(
        self, issuer: TestIssuer, clock: ManualClock, tmp_path: Path, check: Check
    ) -> None:
        path = filled(issuer, tmp_path)
        stored = path.read_bytes()
        issuer.is_down = False
        old = issuer.token(AUDIENCE, lifetime_seconds=10_000)
        with verifier(issuer, tmp_path) as running:
            issuer.rotate_key(keep_old=False)
            check(running, issuer.token(AUDIENCE))
            issuer.is_down = True
            path.write_bytes(stored)  # somebody puts the earlier file back
            clock.advance(290)
            with pytest.raises((TokenRefused, KeysUnavailable)):
                check(running, old)
            eventually(lambda: running._only.keys._kept.failure is not None)  # type: ignore[union-attr] # noqa: SLF001 - that the renewal failed can't be seen from outside
            with pytest.raises((TokenRefused, KeysUnavailable)):
                check(running, old)

    def test_the_fetch_that_failed_is_counted_and_logged(
        self, issuer: TestIssuer, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        seen: list[tuple[str, ...]] = []

        class Seen(VerifierEvents):
            def fetched(self, *what: str) -> None:
                seen.append(what)

            def fetch_failed(self, *what: str) -> None:
                seen.append(what)

        filled(issuer, tmp_path)
        with verifier(issuer, tmp_path, events=Seen()) as restarted:
            restarted.prefetch_sync()
        assert seen == [
            (ISSUER, "keys", "unreachable"),
            (ISSUER, "stored_keys"),
        ]
        assert "fetch_failed what=keys" in caplog.text

    def test_a_restart_knows_what_was_revoked_as_far_as_it_was_seen(
        self, issuer: TestIssuer, clock: ManualClock, tmp_path: Path, check: Check
    ) -> None:
        good = issuer.token(AUDIENCE, lifetime_seconds=10_000)
        revoked = issuer.token(AUDIENCE, lifetime_seconds=10_000)
        issuer.revoke(revoked)
        with verifier(issuer, tmp_path, status=True) as first:
            assert check(first, good).subject == "user-1"
        issuer.is_down = True
        with verifier(issuer, tmp_path, status=True) as restarted:
            assert check(restarted, good).subject == "user-1"
            with pytest.raises(TokenRefused) as refused:
                check(restarted, revoked)
            assert refused.value.reason == "token_revoked"
        clock.advance(3600 + 15)
        with verifier(issuer, tmp_path, status=True) as much_later:
            with pytest.raises(TokenRefused) as refused:
                check(much_later, good)
            assert refused.value.reason == "status_unknown"

    def test_a_status_list_on_disk_is_verified_like_any_other(
        self, issuer: TestIssuer, tmp_path: Path, check: Check
    ) -> None:
        token = issuer.token(AUDIENCE)
        with verifier(issuer, tmp_path, status=True) as first:
            check(first, token)
        issuer.is_down = True
        [path] = tmp_path.glob("status_list-*")
        members = json.loads(path.read_text())
        head, payload, _ = members["body"].split(".")
        members["body"] = f"{head}.{payload}.{'A' * 86}"
        path.write_text(json.dumps(members))
        restarted = verifier(issuer, tmp_path, status=True)
        with restarted, pytest.raises(TokenRefused) as refused:
            check(restarted, token)
        assert refused.value.reason == "status_unknown"

    def test_without_the_status_list_on_disk_nobody_knows(
        self, issuer: TestIssuer, tmp_path: Path, check: Check
    ) -> None:
        token = issuer.token(AUDIENCE)
        filled(issuer, tmp_path)
        restarted = verifier(issuer, tmp_path, status=True)
        with restarted, pytest.raises(TokenRefused) as refused:
            check(restarted, token)
        assert refused.value.reason == "status_unknown"

    def test_a_status_list_that_can_not_be_written_serves_all_the_same(
        self,
        issuer: TestIssuer,
        tmp_path: Path,
        check: Check,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        with verifier(issuer, tmp_path / "store", status=True) as running:
            (tmp_path / "store").rmdir()
            assert check(running, issuer.token(AUDIENCE)).subject == "user-1"
        assert "what=stored status list" in caplog.text

    def test_a_status_list_is_written_once_a_minute_at_most(
        self, issuer: TestIssuer, clock: ManualClock, tmp_path: Path
    ) -> None:
        token = issuer.token(AUDIENCE, lifetime_seconds=10_000)
        with verifier(issuer, tmp_path, status=True) as running:
            running.verify_sync(token)
            [path] = tmp_path.glob("status_list-*")
            written = []
            for _ in range(8):
                asked = issuer.requests.count(issuer.status_uri)
                clock.advance(15)
                running.verify_sync(token)
                eventually(lambda: issuer.requests.count(issuer.status_uri) > asked)  # noqa: B023 - awaited within the round
                eventually(lambda: json.loads(path.read_text())["fetched_at"] > clock.now() - 60)
                written.append(json.loads(path.read_text())["fetched_at"])
        assert 2 <= len(set(written)) <= 3


def _is_refused(check: Check, restarted: Verifier, token: str) -> bool:
    try:
        check(restarted, token)
    except TokenRefused as refused:
        return refused.reason == "key_unknown"
    return False


class TestFiles:
    @on_posix
    def test_a_file_is_its_owner_s_alone(self, issuer: TestIssuer, tmp_path: Path) -> None:
        folder = tmp_path / "made" / "for it"
        path = filled(issuer, folder)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_only_public_halves_are_kept(self, issuer: TestIssuer, tmp_path: Path) -> None:
        def careless(url: str, limits: FetchLimits) -> FetchedDocument:
            document = issuer.fetch(url, limits)
            if url != issuer.jwks_uri:
                return document
            private = {"keys": [key.to_jwk(private=True) for key in issuer.keys]}
            return FetchedDocument(200, {}, json.dumps(private).encode())

        store = KeyStore(tmp_path)
        with Verifier(
            ISSUER, AUDIENCE, fetcher=careless, clock=issuer.clock, key_store=store
        ) as first:
            first.prefetch_sync()
        [path] = tmp_path.iterdir()
        [key] = json.loads(json.loads(path.read_text())["body"])["keys"]
        assert "d" not in key

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda members: members | {"issuer": "https://other.example"},
            lambda members: members | {"url": "https://other.example"},
            lambda members: members | {"kind": "status_list"},
            lambda members: members | {"format": 2},
            lambda members: members | {"fetched_at": START + 1},
            lambda members: members | {"fetched_at": -1},
            lambda members: members | {"fetched_at": True},
            lambda members: members | {"fetched_at": "1"},
            lambda members: members | {"lifetime_seconds": 86_401},
            lambda members: members | {"lifetime_seconds": None},
            lambda members: members | {"body": 7},
            lambda members: members | {"body": ""},
            lambda members: members | {"body": "{}"},
            lambda members: members | {"body": '{"keys":[],"keys":[]}'},
        ],
    )
    def test_a_file_that_says_something_else_is_refused(
        self,
        issuer: TestIssuer,
        tmp_path: Path,
        check: Check,
        caplog: pytest.LogCaptureFixture,
        spoil: Callable[[Members], Members],
    ) -> None:
        path = filled(issuer, tmp_path)
        path.write_text(json.dumps(spoil(json.loads(path.read_text()))))
        with verifier(issuer, tmp_path) as restarted, pytest.raises(KeysUnavailable) as raised:
            check(restarted, issuer.token(AUDIENCE))
        assert raised.value.reason == "unreachable"
        assert "reason=stored_keys_refused" in caplog.text

    @pytest.mark.parametrize("cut", [0, 1, 100, -1])
    def test_a_file_that_is_not_whole_is_refused(
        self, issuer: TestIssuer, tmp_path: Path, check: Check, cut: int
    ) -> None:
        path = filled(issuer, tmp_path)
        path.write_bytes(path.read_bytes()[:cut])
        with verifier(issuer, tmp_path) as restarted, pytest.raises(KeysUnavailable):
            check(restarted, issuer.token(AUDIENCE))

    def test_the_file_of_one_issuer_is_none_of_another_s(
        self, issuer: TestIssuer, clock: ManualClock, tmp_path: Path, check: Check
    ) -> None:
        path = filled(issuer, tmp_path)
        other = new_issuer("https://other.example", clock=clock)
        with verifier(other, tmp_path) as first:
            first.prefetch_sync()
        other.is_down = True
        [theirs] = [each for each in tmp_path.iterdir() if each != path]
        theirs.write_bytes(path.read_bytes())
        forged = issuer.token(AUDIENCE, claims={"iss": other.issuer})
        with verifier(other, tmp_path) as restarted, pytest.raises(KeysUnavailable):
            check(restarted, forged)

    @on_posix
    @pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
    def test_a_file_that_others_may_write_is_refused(
        self, issuer: TestIssuer, tmp_path: Path, check: Check, mode: int
    ) -> None:
        filled(issuer, tmp_path).chmod(mode)
        with verifier(issuer, tmp_path) as restarted, pytest.raises(KeysUnavailable):
            check(restarted, issuer.token(AUDIENCE))

    @on_posix
    def test_a_file_of_another_user_is_refused(
        self,
        issuer: TestIssuer,
        tmp_path: Path,
        check: Check,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        path = filled(issuer, tmp_path)
        if os.geteuid() == 0:
            os.chown(path, 12345, -1)
        else:
            monkeypatch.setattr(os, "geteuid", lambda: 12345)
        with verifier(issuer, tmp_path) as restarted, pytest.raises(KeysUnavailable):
            check(restarted, issuer.token(AUDIENCE))
        assert "it belongs to another user" in caplog.text

    @on_posix
    def test_a_link_or_a_pipe_is_no_file_of_ours(
        self, issuer: TestIssuer, tmp_path: Path, check: Check
    ) -> None:
        path = filled(issuer, tmp_path / "store")
        elsewhere = path.rename(tmp_path / "elsewhere")
        path.symlink_to(elsewhere)
        with verifier(issuer, path.parent) as restarted, pytest.raises(KeysUnavailable):
            check(restarted, issuer.token(AUDIENCE))
        path.unlink()
        os.mkfifo(path)
        with verifier(issuer, path.parent) as restarted, pytest.raises(KeysUnavailable):
            check(restarted, issuer.token(AUDIENCE))

    def test_a_file_that_is_too_large_is_refused(
        self, issuer: TestIssuer, tmp_path: Path, check: Check
    ) -> None:
        path = filled(issuer, tmp_path)
        path.write_bytes(path.read_bytes() + b" " * 5_000_000)
        with verifier(issuer, tmp_path) as restarted, pytest.raises(KeysUnavailable):
            check(restarted, issuer.token(AUDIENCE))

    def test_keys_that_can_not_be_written_serve_all_the_same(
        self,
        issuer: TestIssuer,
        tmp_path: Path,
        check: Check,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        with verifier(issuer, tmp_path / "store") as running:
            (tmp_path / "store").rmdir()
            assert check(running, issuer.token(AUDIENCE)).subject == "user-1"
        assert "reason=keys_not_stored" in caplog.text

    def test_hmac_secrets_that_somebody_published_are_not_written(
        self, clock: ManualClock, tmp_path: Path
    ) -> None:
        issuer = new_issuer(clock=clock)
        secret = {"keys": [Key.generate("HS256").to_jwk(private=True)]}

        def careless(url: str, limits: FetchLimits) -> FetchedDocument:
            if url == issuer.jwks_uri:
                return FetchedDocument(200, {}, json.dumps(secret).encode())
            return issuer.fetch(url, limits)

        store = KeyStore(tmp_path)
        with Verifier(ISSUER, AUDIENCE, fetcher=careless, clock=clock, key_store=store) as first:
            first.prefetch_sync()
        assert list(tmp_path.iterdir()) == []

    def test_what_was_configured_elsewhere_is_kept_apart(
        self, issuer: TestIssuer, tmp_path: Path, check: Check
    ) -> None:
        filled(issuer, tmp_path)
        moved = verifier(issuer, tmp_path, jwks_uri=f"{ISSUER}/other-jwks")
        with moved, pytest.raises(KeysUnavailable):
            check(moved, issuer.token(AUDIENCE))

    def test_the_oldest_files_go_when_there_are_too_many(self, tmp_path: Path) -> None:
        store = KeyStore(tmp_path)
        for number in range(MAX_FILES):
            path = tmp_path / f"status_list-{number}.sealwax.json"
            path.touch()
            os.utime(path, (number, number))
        abandoned = tmp_path / "keys-x.y.sealwax.part"
        abandoned.touch()
        os.utime(abandoned, (0, 0))
        begun = tmp_path / "keys-x.z.sealwax.part"
        begun.touch()
        unrelated = tmp_path / "notes.txt"
        unrelated.touch()
        os.utime(unrelated, (0, 0))
        store.save(document(START))
        names = {path.name for path in tmp_path.iterdir()}
        assert len([name for name in names if name.endswith(".sealwax.json")]) == MAX_FILES
        assert "status_list-0.sealwax.json" not in names
        assert abandoned.name not in names
        assert {begun.name, unrelated.name} <= names


def document(fetched_at: int, body: str = '{"keys":[]}') -> StoredDocument:
    return StoredDocument("keys", ISSUER, ISSUER, fetched_at, 300, body)


class TestCrashes:
    def test_a_process_killed_amid_writing_leaves_a_whole_file(self, tmp_path: Path) -> None:
        program = """
            import sys
            from sealwax.resource_server.key_store import KeyStore, StoredDocument

            store = KeyStore(sys.argv[1])
            for number in range(10**9):
                body = str(number) * 20_000
                store.save(StoredDocument("keys", "i", "u", 1, 300, body))
                print(flush=True)
        """
        environment = {"PYTHONPATH": str(REPOSITORY / "src")}
        for pause in range(8):
            with subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)],
                env=environment,
                stdout=subprocess.PIPE,
            ) as writer:
                assert writer.stdout is not None
                writer.stdout.readline()
                time.sleep(pause * 0.003)  # so that each dies at another point
                writer.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else 15)
            found = KeyStore(tmp_path).load("keys", "i", "u", now=START)
            assert found is not None
            assert len(set(found.body.split(found.body[: len(found.body) // 20_000]))) == 1

    def test_writers_and_readers_at_once_never_see_half_a_file(self, tmp_path: Path) -> None:
        jwks = json.dumps(KeySet([Key.generate("ES256")]).to_jwks())
        stores = [KeyStore(tmp_path) for _ in range(4)]
        stores[0].save(document(1, jwks))
        failures: list[BaseException] = []

        def write(store: KeyStore) -> None:
            for number in range(50):
                store.save(document(number, jwks))

        def read(store: KeyStore) -> None:
            try:
                for _ in range(200):
                    found = store.load("keys", ISSUER, ISSUER, now=START)
                    assert found is not None
                    assert found.body == jwks
            except BaseException as error:  # noqa: BLE001 - shown by the thread that looks
                failures.append(error)

        crowd = [
            threading.Thread(target=work, args=(store,))
            for store in stores
            for work in (write, read)
        ]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join(60)
        assert failures == []
        assert [path.suffix for path in tmp_path.iterdir()] == [".json"]

    def test_a_full_disk_leaves_the_earlier_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = KeyStore(tmp_path)
        store.save(document(1))

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(FetchFailed) as failed:
            store.save(document(2))
        assert failed.value.reason == "keys_not_stored"
        found = store.load("keys", ISSUER, ISSUER, now=START)
        assert found is not None
        assert found.fetched_at == 1
        assert len(list(tmp_path.iterdir())) == 1

    def test_what_is_too_large_to_be_read_is_not_written(self, tmp_path: Path) -> None:
        with pytest.raises(FetchFailed, match="too large"):
            KeyStore(tmp_path).save(document(1, "x" * 5_000_000))


class TestSettings:
    def test_a_store_is_a_folder(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.touch()
        with pytest.raises(InvalidConfiguration) as invalid:
            KeyStore(path)
        assert invalid.value.field == "key_store"

    @on_posix
    def test_a_folder_that_anybody_may_write_is_refused(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o777)
        with pytest.raises(InvalidConfiguration, match="anybody"):
            KeyStore(tmp_path)

    @pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root"
    )
    def test_a_folder_that_can_not_be_written_is_refused(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(InvalidConfiguration, match="written"):
            KeyStore(tmp_path)

    def test_a_path_alone_is_no_store(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidConfiguration, match="KeyStore is accepted"):
            Verifier(ISSUER, AUDIENCE, key_store=str(tmp_path))  # type: ignore[call-overload] # a likely mistake
