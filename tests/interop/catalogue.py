"""The libraries by others: how the program around each is built and run, or why it can't be."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.interop.npm_packages import why_node_is_missing
from tests.interop.protocol import REPOSITORY, Peer

PEERS = Path(__file__).parent / "peers"
BUILT = REPOSITORY / ".cache" / "interop"
BUILD_SECONDS = 1800


@dataclass(frozen=True)
class Library:
    """One library: the folder of its program, its title in the tables, and its language.

    What has no `tool` is run as it is. `build` makes of the folder what `start` runs.
    """

    name: str
    title: str
    language: str
    start: tuple[str, ...]
    tool: str = ""
    build: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def why_not(self) -> str | None:
        """Say why it can't be run now; None when it can."""
        if self.language == "JavaScript":
            return why_node_is_missing()
        if self.tool and self._stamp() != self._sources():
            return f"the program around {self.title} is not built ('make interop')"
        if shutil.which(self.start[0]) is None:
            return f"{self.start[0]} is not on the path"
        return None

    def make(self) -> str | None:
        """Build the program, unless it is there; gives the reason when that can't be done."""
        if not self.tool or self._stamp() == self._sources():
            return None
        if shutil.which(self.tool) is None:
            return f"{self.tool} is not on the path"
        BUILT.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            self.build,
            cwd=PEERS / self.name,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            last = (done.stdout.strip().splitlines() or ["no output"])[-1]
            return f"building with {self.tool} failed: {last}"
        self._stamp_file().write_text(self._sources(), encoding="ascii")
        return None

    def run(self) -> Peer:
        """Start the program."""
        return Peer(self.title, list(self.start))

    def _stamp_file(self) -> Path:
        return BUILT / f"{self.name}.sources"

    def _stamp(self) -> str:
        return self._stamp_file().read_text("ascii") if self._stamp_file().exists() else ""

    def _sources(self) -> str:
        """Name what it is built from, so that a build of something else is not taken for it."""
        digest = hashlib.sha256()
        for path in sorted((PEERS / self.name).rglob("*")):
            if path.is_file() and "target" not in path.parts:  # where cargo builds by itself
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()


def _python(name: str, title: str) -> Library:
    start = (sys.executable, "-m", f"tests.interop.peers.{name}.peer")
    return Library(name, title, "Python", start)


def _go(name: str, title: str, *options: str) -> Library:
    program = str(BUILT / name)
    build = ("go", "build", *options, "-o", program, ".")
    return Library(name, title, "Go", (program,), "go", build)


LIBRARIES = (
    _python("joserfc", "joserfc"),
    _python("jwcrypto", "jwcrypto"),
    _python("pyjwt", "PyJWT"),
    Library("jose", "jose", "JavaScript", ("node", str(PEERS / "jose" / "peer.mjs"))),
    _go("golang-jwt", "golang-jwt"),
    _go("jwx", "lestrrat-go/jwx", "-tags", "jwx_es256k"),
    Library(
        "nimbus",
        "Nimbus JOSE+JWT",
        "Java",
        (
            "java",
            "-cp",
            os.pathsep.join(
                [str(BUILT / "nimbus" / "classes"), str(BUILT / "nimbus" / "lib" / "*")]
            ),
            "Peer",
        ),
        "mvn",
        (
            "mvn",
            *("-q", "-B", "-C", f"-Dinterop.build={BUILT / 'nimbus'}"),
            *("compiler:compile", "dependency:copy-dependencies"),
        ),
    ),
    Library(
        "jsonwebtoken",
        "jsonwebtoken",
        "Rust",
        (str(BUILT / "jsonwebtoken" / "release" / "peer"),),
        "cargo",
        ("cargo", "build", "--release", "--locked", "--quiet"),
        {"CARGO_TARGET_DIR": str(BUILT / "jsonwebtoken")},
    ),
)
