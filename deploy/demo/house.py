"""The folder of the demo: where everything of it lies, and what is made once and kept."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from deploy.demo.signing import keys
from deploy.keys import make_login_key
from deploy.redis_users import USERS
from jobs.records.keys import load_key, make_key, write_private
from playbooks.systems.backup_key import create_key

CARRIERS: Final = ("worker", "looker")


@dataclass(frozen=True)
class House:
    """All paths are derived here; each process's secrets lie in a folder of its own."""

    root: Path

    @property
    def store(self) -> Path:
        """Backups; a destroyed cluster does not take them along."""
        return self.root / "store" / "prod"

    @property
    def records(self) -> Path:
        return self.root / "store" / "records"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def mail(self) -> Path:
        """The mail server's own folder, with its certificate and what it got."""
        return self.root / "mail"

    @property
    def allowed_signers(self) -> Path:
        """Whose signatures approve; public keys only."""
        return self.root / "allowed-signers"

    @property
    def config(self) -> Path:
        return self.root / "vault-responder.toml"

    def secret(self, owner: str, name: str) -> Path:
        """A file that belongs to one process."""
        return self.root / "secrets" / owner / name

    def public_login(self, process: str) -> str:
        """The public key, as PEM, of what a process signs its JWT with."""
        pem = self.secret(process, "login.key").read_bytes()
        key = load_pem_private_key(pem, None).public_key()
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def public_journal(self, carrier: str) -> str:
        """The public key of what a worker or a looker signs events with."""
        return load_key(self.secret(carrier, "journal.key")).public


def furnish(root: Path) -> House:
    """Make the folder and every key in it; what is there already stays as it is."""
    house = House(root.resolve())
    for folder in (house.store, house.records, house.logs, house.redis):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for owner in (*USERS, "slack"):
        (house.root / "secrets" / owner).mkdir(mode=0o700, parents=True, exist_ok=True)
    for carrier in CARRIERS:
        if not house.secret(carrier, "login.key").exists():
            make_login_key(house.secret(carrier, "login.key"))
        if not house.secret(carrier, "journal.key").exists():
            make_key(house.secret(carrier, "journal.key"))
    bell = secrets.token_bytes(32)
    for user in USERS:
        _once(house.secret(user, "bell.key"), bell)
        _once(house.secret(user, "redis.password"), secrets.token_hex(16).encode())
    if not house.secret("worker", "backup.key").exists():
        create_key(house.secret("worker", "backup.key"))
    keys.make(house.root)
    keys.write_allowed_signers(house.root, house.allowed_signers)
    _slack_tokens(house)
    _mail_password(house)
    return house


def _mail_password(house: House) -> None:
    house.mail.mkdir(mode=0o700, exist_ok=True)
    _once(house.mail / "password", secrets.token_hex(16).encode())
    _once(house.secret("scheduler", "mail.password"), (house.mail / "password").read_bytes())


def _slack_tokens(house: House) -> None:
    """New at every start, as nothing of a workspace outlives the demo."""
    bot, app = f"xoxb-{secrets.token_hex(20)}", f"xapp-{secrets.token_hex(20)}"
    written = {
        ("slack", "tokens.json"): json.dumps({"bot": bot, "app": app}),
        ("bot", "slack-bot.token"): bot,
        ("bot", "slack-app.token"): app,
    }
    for (owner, name), text in written.items():
        house.secret(owner, name).unlink(missing_ok=True)
        write_private(house.secret(owner, name), text.encode())


def _once(path: Path, data: bytes) -> None:
    if not path.exists():
        write_private(path, data)
