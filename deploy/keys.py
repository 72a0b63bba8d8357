"""Makes the key files of an installation, each readable by its owner alone."""

import secrets
from pathlib import Path
from typing import Final, Literal, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from jobs.records.keys import make_key, write_private
from playbooks.core.trouble import Trouble
from playbooks.systems.backup_key import create_key

Kind: TypeAlias = Literal["journal", "login", "bell", "backup"]
_BELL_BYTES: Final = 32


def keygen(kind: Kind, path: Path) -> str:
    """Make one key file; answers what of it is public, with where that goes. Raises Trouble."""
    try:
        match kind:
            case "journal":
                public = make_key(path).public
                return f"Add to worker_keys or looker_keys under [journal]: {public}"
            case "login":
                return f"Give this public key to Vault's JWT auth mount:\n{make_login_key(path)}"
            case "bell":
                write_private(path, secrets.token_bytes(_BELL_BYTES))
                return f"{path} is made; copy it to bot, scheduler, looker and worker."
            case "backup":
                create_key(path)
                return f"{path} is made. Escrow a copy now: without it no backup opens."
    except FileExistsError as error:
        raise Trouble(
            f"{path} exists already",
            left="it is unchanged",
            do="choose another name, or move the old key away first",
        ) from error


def make_login_key(path: Path) -> str:
    """Make the key that signs a JWT for Vault; answers its public half as PEM."""
    key = Ed25519PrivateKey.generate()
    write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
