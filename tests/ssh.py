"""People's SSH keys, made and used by OpenSSH itself."""

import subprocess
import tomllib
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


def who_can_sign(config: Path, to: Path, login: str) -> dict[str, SshKey]:
    """Copy a configuration in which the approvers have SSH keys, and Alice has this login."""
    read = tomllib.loads(config.read_text(encoding="utf-8"))
    keys = {name: make_ssh_key(to.parent, name) for name in read["approval"]["approvers"]}
    allowed = to.with_name("allowed-signers")
    allowed.write_text("".join(key.allowed for key in keys.values()), encoding="utf-8")
    lines = []
    for line in config.read_text(encoding="utf-8").splitlines():
        if line.split(" =")[0] not in {"allowed_signers_file", "logins"}:
            lines.append(line)
        if line == "[approval]":
            lines.append(f'allowed_signers_file = "{allowed}"')
        if line == "[people.alice]":
            lines.append(f'logins = ["{login}"]')
    to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return keys
