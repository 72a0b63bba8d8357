"""Ed25519 keys that sign what workers write, and the ring of public keys that checks it."""

import base64
import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from playbooks.core.trouble import Trouble

# A looker's key counts for the first event of a run only.
Role: TypeAlias = Literal["worker", "looker"]


@dataclass(frozen=True)
class SigningKey:
    """A private key in the hands of one process; `public` is what the configuration names."""

    id: str
    public: str
    private: Ed25519PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> str:
        return base64.b64encode(self.private.sign(message)).decode()


@dataclass(frozen=True)
class KeyRing:
    """The public keys of all workers and lookers, by their id."""

    keys: Mapping[str, tuple[Role, Ed25519PublicKey]]

    def check(self, key_id: str, message: bytes, signature: str) -> Role | None:
        """Say whose signature this is; None if it is nobody's."""
        if key_id not in self.keys:
            return None
        role, public = self.keys[key_id]
        try:
            public.verify(base64.b64decode(signature, validate=True), message)
        except (InvalidSignature, ValueError):  # Any text may stand there, even none of ASCII.
            return None
        return role


def ring_of(workers: Iterable[str], lookers: Iterable[str]) -> KeyRing:
    """Build the ring from public keys as text. Raises Trouble for one that is none."""
    keys: dict[str, tuple[Role, Ed25519PublicKey]] = {}
    for text in lookers:
        keys[_id_of(text)] = ("looker", _public(text))
    for text in workers:
        keys[_id_of(text)] = ("worker", _public(text))
    return KeyRing(keys)


def make_key(path: Path) -> SigningKey:
    """Make a new key in a file that only its owner can read. Raises FileExistsError."""
    write_private(path, Ed25519PrivateKey.generate().private_bytes_raw())
    return load_key(path)


def load_key(path: Path) -> SigningKey:
    """Read a key. Raises Trouble where the file is missing, no key, or readable by others."""
    try:
        private = Ed25519PrivateKey.from_private_bytes(read_private(path))
    except ValueError as error:
        raise Trouble(
            f"{path} does not hold a signing key",
            left="nothing was signed",
            do="make a new one and add its public key to the configuration",
        ) from error
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    return SigningKey(_id_of(public), public, private)


def write_private(path: Path, data: bytes) -> None:
    """Write a secret into a new file with mode 0600. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def read_private(path: Path) -> bytes:
    """Read a secret's file. Raises Trouble where it is missing, or anyone else may read it."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise Trouble(
            f"{path} does not exist", left="nothing was started", do="make it, with mode 0600"
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise Trouble(
            f"{path} can be read by others than its owner",
            left="nothing was started",
            do=f"run `chmod 600 {path}`, and make a new secret if anyone may have read it",
        )
    return path.read_bytes()


def _id_of(public: str) -> str:
    return hashlib.sha256(public.encode()).hexdigest()[:16]


def _public(text: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise Trouble(
            f"“{text[:60]}” is not a public key",
            left="nothing was started",
            do="copy the text that was printed when the key was made",
        ) from error
