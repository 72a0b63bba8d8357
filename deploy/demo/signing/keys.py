"""Each approver's SSH key, and the file that says whose signatures count."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playbooks.core.statement import NAMESPACE
from playbooks.core.trouble import Trouble

APPROVERS: Final = ("bob", "carol", "dave")


@dataclass(frozen=True)
class Computer:
    """What lies on an approver's own computer; `root` is the demo's folder."""

    root: Path
    name: str

    @property
    def folder(self) -> Path:
        return self.root / "approvers" / self.name

    @property
    def key(self) -> Path:
        return self.folder / "id_ed25519"

    @property
    def memory(self) -> Path:
        """The cluster that was signed for last."""
        return self.folder / "last.json"

    @property
    def allowed(self) -> str:
        """Write the line that makes this key count, as ssh-keygen(1) calls it."""
        kind, key, *_ = self.key.with_suffix(".pub").read_text(encoding="ascii").split()
        return f'{self.name} namespaces="{NAMESPACE}" {kind} {key}'


def make(root: Path) -> None:
    """Make the keys that are missing: the folder may come from an earlier version."""
    for name in APPROVERS:
        computer = Computer(root, name)
        if not computer.key.exists():
            computer.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_key(computer.key)


def write_allowed_signers(root: Path, to: Path) -> None:
    """Write what an approver hands in once: their public key, and nothing else."""
    lines = [Computer(root, name).allowed for name in APPROVERS]
    to.write_text("\n".join([*lines, ""]), encoding="ascii")


def computers(root: Path) -> tuple[Computer, ...]:
    """Find the computers of this folder; none where no keys were made."""
    found = (Computer(root, name) for name in APPROVERS)
    return tuple(computer for computer in found if computer.key.exists())


def _make_key(file: Path) -> None:
    """As everybody makes theirs; a real one has a passphrase, or lives in a token."""
    words = ("-q", "-t", "ed25519", "-N", "", "-C", f"{file.parent.name}@postbox.example")
    try:
        subprocess.run(("ssh-keygen", *words, "-f", str(file)), check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise Trouble(
            f"ssh-keygen made no key in {file}",
            left="nobody could approve by a signature, so the demo was not started",
            do="install OpenSSH's client, and start the demo again",
        ) from error
