"""A custodian's own machine for a test: a folder, and the program as a process of its own."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.cluster.layout import Layout
from deploy.demo.cluster.local import LocalCluster
from tests.check.files import ROOT

_PROGRAM = "from deploy.cli import main; main()"
_WITHIN = 60


@dataclass(frozen=True)
class Ended:
    code: int
    said: str


class Running:
    """Mutable on purpose: lines are read as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""

    def until(self, words: str) -> None:
        assert self.process.stdout is not None
        while words not in self.said:
            line = self.process.stdout.readline()
            assert line, f"it ended without {words!r}: {self.said}"
            self.said += line

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(_WITHIN)

    def end(self) -> Ended:
        assert self.process.stdout is not None
        self.said += self.process.stdout.read()
        return Ended(self.process.wait(_WITHIN), self.said)

    def leaves_no_core(self) -> bool:
        """A crash would write no memory to the disk."""
        limits = (Path("/proc") / str(self.process.pid) / "limits").read_text()
        [line] = [each for each in limits.splitlines() if each.startswith("Max core file size")]
        return line.split()[4:6] == ["0", "0"]

    def arguments_and_environment(self) -> bytes:
        place = Path("/proc") / str(self.process.pid)
        return (place / "cmdline").read_bytes() + (place / "environ").read_bytes()


@dataclass(frozen=True)
class Machine:
    name: str
    folder: Path

    @property
    def memory(self) -> Path:
        return self.folder / "custodian-prod.json"

    def words(self, word: str, *more: str) -> list[str]:
        config = str(self.folder / "custodian.toml")
        return [sys.executable, "-c", _PROGRAM, "custodian", word, "--config", config, *more]

    @contextmanager
    def running(self, word: str, *more: str, typed: str = "") -> Iterator[Running]:
        with subprocess.Popen(
            self.words(word, *more),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdin is not None
            process.stdin.write(typed)
            process.stdin.close()
            try:
                yield Running(process)
            finally:
                process.kill()

    def run(self, word: str, *more: str, typed: str = "") -> Ended:
        with self.running(word, *more, typed=typed) as program:
            return program.end()

    def forget(self) -> None:
        self.memory.unlink(missing_ok=True)


def machine(layout: Layout, name: str, folder: Path, ca_file: Path | None = None) -> Machine:
    place = folder / name
    place.mkdir(mode=0o700, exist_ok=True)
    nodes = "\n".join(f'{node.name} = "{node.address}"' for node in layout.nodes)
    (place / "custodian.toml").write_text(
        f'name = "{name}"\ncluster = "prod"\nca_file = "{ca_file or layout.ca_file}"\n'
        f'login_key_file = "{layout.login_key_file(name)}"\n'
        f'pgp_key_file = "{layout.pgp_key_file(name)}"\n'
        f'keys_folder = "{layout.pgp_public_file(name).parent}"\n[nodes]\n{nodes}\n'
    )
    return Machine(name, place)


@dataclass(frozen=True)
class Starter:
    """Who begins and cancels rotations: with the first token, on the active node."""

    cluster: LocalCluster

    def ask(self, method: str, what: str, body: dict[str, object] | None = None) -> tuple[int, str]:
        leader = self.cluster.active()
        assert leader is not None
        answer = self.cluster.endpoint(leader).call(
            method, f"sys/rotate/root/{what}", body, token=self.cluster.root_token
        )
        data = answer.body.get("data")
        told = data if isinstance(data, dict) else answer.body
        return answer.status, str(told.get("nonce", "")) if told.get("started") else ""

    def begin(self, **changed: object) -> str:
        layout = self.cluster.layout
        keys = [binary(layout.pgp_public_file(name)) for name in layout.custodians]
        body: dict[str, object] = {
            "secret_shares": 5,
            "secret_threshold": 3,
            "require_verification": True,
            "backup": True,
            "pgp_keys": keys,
            **changed,
        }
        status, nonce = self.ask("PUT", "init", body)
        assert status == 200
        return nonce

    def cancel(self) -> None:
        """Copies first, so that whoever finds neither knows that nothing came of it."""
        for what in ("backup", "init", "backup"):
            self.ask("DELETE", what)

    def nothing_is_under_way(self) -> bool:
        return self.ask("GET", "init")[1] == "" and self.ask("GET", "verify")[0] == 400


def forms(share: str) -> tuple[bytes, ...]:
    """A share as hex, as base64 and raw."""
    raw = bytes.fromhex(share)
    return share.encode(), share.upper().encode(), base64.b64encode(raw).rstrip(b"="), raw


def files_with(shares: tuple[str, ...], *places: Path) -> set[Path]:
    wanted = [form for share in shares for form in forms(share)]
    return {
        Path(folder) / name
        for place in places
        for folder, _, names in os.walk(place)
        for name in names
        if _holds(Path(folder) / name, wanted)
    }


def _holds(file: Path, wanted: list[bytes]) -> bool:
    if not file.is_file():
        return False
    data = file.read_bytes()
    return any(form in data for form in wanted)


def binary(file: Path) -> str:
    """A public key as Vault takes it."""
    body = file.read_text().split("\n\n", 1)[1].split("\n=", 1)[0]
    return "".join(body.split())
