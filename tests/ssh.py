"""People's SSH keys, made and used by OpenSSH itself."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from playbooks.core.statement import NAMESPACE


@dataclass(frozen=True)
class SshKey:
    """A key file of one person."""

    person: str
    file: Path

    @property
    def allowed(self) -> str:
        """The line that makes this key count, as ssh-keygen(1) calls it."""
        public = self.file.with_suffix(".pub").read_text(encoding="utf-8")
        return f'{self.person} namespaces="{NAMESPACE}" {" ".join(public.split()[:2])}\n'

    def sign(self, text: str, namespace: str = NAMESPACE) -> str:
        """Sign a text; the signature, armoured."""
        return subprocess.run(
            ("ssh-keygen", "-Y", "sign", "-q", "-f", str(self.file), "-n", namespace),
            input=text,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


def make_ssh_key(folder: Path, person: str) -> SshKey:
    """Make an Ed25519 key without a passphrase."""
    file = folder / f"{person}-ssh"
    command = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(file))
    subprocess.run(command, check=True)
    return SshKey(person, file)
