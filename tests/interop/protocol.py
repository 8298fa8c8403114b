"""How the libraries of others are asked: a program around each, one JSON object a line.

A command names what to `do`; bytes are base64url, tokens are text or a JSON document.

    about                                                versions, key_forms
    sign        form signers[key header] payload         token
    verify      form token keys[key alg] which payload   payload
    encrypt     form recipients[key header] header payload additional_data       token
    decrypt     form token keys[key alg] which enc       payload
    export      key alg as private                       key
    thumbprint  key                                      thumbprint

A `key` is {"jwk": object}, {"pem": text, "type": kty} or {"secret": bytes}; `which` is the key
that is asked about, `payload` of verify what travels apart. The answer is {"ok": object},
{"refused": why} or {"not_offered": why}: the last only where the library itself says that it has
no such algorithm, or has no function for such a form.
"""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

REPOSITORY = Path(__file__).resolve().parents[2]
ANSWER_SECONDS = 60


class NotOffered(Exception):
    """The library has no such algorithm, or no such form."""


class Refused(Exception):
    """A library, or ours, did not accept what it was given."""


class Peer:
    """A running program around a library; a context manager that ends it."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            about = self.ask("about")
        except BaseException:
            self.close()
            raise
        self.versions: dict[str, str] = about["versions"]
        self.key_forms: list[str] = about["key_forms"]

    def ask(self, what: str, **command: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
        """Have one command carried out. Raises NotOffered or Refused with what it says."""
        process = self._process
        if process.stdin is None or process.stdout is None or process.poll() is not None:
            raise AssertionError(f"{self.name} is not running")
        patience = threading.Timer(ANSWER_SECONDS, process.kill)
        patience.start()
        try:
            process.stdin.write(json.dumps({"do": what, **command}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        finally:
            patience.cancel()
        if not line:
            raise AssertionError(f"{self.name} ended, or took more than {ANSWER_SECONDS} s: {what}")
        answer = json.loads(line)
        if "not_offered" in answer:
            raise NotOffered(answer["not_offered"])
        if "refused" in answer:
            raise Refused(answer["refused"])
        result: dict[str, Any] = answer["ok"]
        return result

    def close(self) -> None:
        """End the program: it does so by itself when its input ends."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):  # it has ended before its input did
                self._process.stdin.close()
        try:
            self._process.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
