"""Where the share comes from: typed without echo, or a PGP message opened by a key or by gpg."""

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from playbooks.core.trouble import Trouble
from playbooks.custodian import gpg
from playbooks.custodian.desk import Desk
from playbooks.custodian.share import Share, read_share
from playbooks.systems.key_files import read_private

_BEGIN: Final = "-----BEGIN PGP MESSAGE-----"
_END: Final = "-----END PGP MESSAGE-----"
_LINE: Final = 64


@dataclass(frozen=True)
class Opener:
    """What opens the messages of this custodian: a key file, or gpg, or neither."""

    key_file: Path | None = None
    use_gpg: bool = False

    @property
    def is_there(self) -> bool:
        return self.use_gpg or self.key_file is not None

    def open(self, message: bytes, desk: Desk) -> Share:
        """Raises Trouble."""
        if self.use_gpg:
            opened = gpg.decrypt(message)
        else:
            pgp = _load_pgp()

            def passphrase() -> str:
                return desk.ask_hidden(f"Passphrase of {self.key_file}").rstrip("\n")

            opened = pgp.decrypt(message, self._key(), passphrase)
        return read_share(opened.decode("ascii", errors="replace"))

    def mine(self, fingerprints: Iterable[str]) -> str | None:
        """Pick the fingerprint whose private key is here; None: none of them."""
        if self.use_gpg:
            return next((each for each in fingerprints if gpg.holds(each)), None)
        own = _load_pgp().fingerprint(self._key())
        return next((each for each in fingerprints if each.lower() == own), None)

    def _key(self) -> bytes:
        if self.key_file is None:
            raise Trouble(
                "No PGP key is named",
                left="nothing was sent to Vault",
                do="name its file with --pgp-key, or say --gpg where gpg or a card holds it",
            )
        return read_private(self.key_file)


@dataclass(frozen=True)
class Source:
    """Reads the share when it is asked for, and keeps nothing."""

    cluster: str
    opener: Opener
    message_file: Path | None  # None: the person types it.

    def share(self, desk: Desk) -> Share:
        """Raises Trouble."""
        if self.message_file is None:
            return read_share(
                desk.ask_hidden(f"Your share of {self.cluster} (what you type is not shown)")
            )
        desk.say(f"Your share comes from {self.message_file}.")
        return self.opener.open(read_message(self.message_file), desk)


def read_message(file: Path) -> bytes:
    """Read a PGP message: armoured, binary, or as Vault prints it. Raises Trouble."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Trouble(
            f"{file} cannot be read ({error.strerror})",
            left="nothing was sent to Vault",
            do="check the path",
        ) from error
    if raw.lstrip().startswith(b"-----"):
        return raw
    text = b"".join(raw.split())
    for decode in (bytes.fromhex, base64.b64decode):
        try:
            return decode(text.decode("ascii"))
        except (ValueError, binascii.Error):
            continue
    return raw


def armoured(message: bytes) -> str:
    """The text that every PGP program reads; the checksum line is optional and left out."""
    text = base64.b64encode(message).decode("ascii")
    lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
    return "\n".join([_BEGIN, "", *lines, _END, ""])


class Pgp(Protocol):
    """The module `pgp`, which is there only with the extra `custodian`."""

    fingerprint: Callable[[bytes], str]
    decrypt: Callable[[bytes, bytes, Callable[[], str]], bytes]


def _load_pgp() -> Pgp:
    """Raises Trouble where the extra is not installed."""
    try:
        module: Pgp = import_module("playbooks.custodian.pgp")
    except ModuleNotFoundError as error:
        raise Trouble(
            "This installation cannot read PGP key files",
            left="nothing was sent to Vault",
            do="install vault-responder[custodian], or say --gpg",
        ) from error
    return module
