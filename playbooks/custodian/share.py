"""A share of the unseal key: what it looks like, and a fingerprint that gives nothing away."""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from secrets import token_bytes
from typing import Final

from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Moment

# Bytes of a key that is not split, and of a share of it.
_LENGTHS: Final = {32, 33}
# About 0.1 s and 32 MiB. A share is 256 random bits, so nobody guesses it; the cost is for care.
_SCRYPT_COST: Final = 2**15
_SCRYPT_BLOCK: Final = 8
_SCRYPT_MEMORY: Final = 64 * 2**20


class Share:
    """Held in memory for as long as the ceremony needs it. No model, no repr, no file holds it."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def __repr__(self) -> str:
        return "Share(…)"

    def for_vault(self) -> str:
        """Give the text that Vault takes."""
        return self._raw.hex()

    def hashed_as(self, digest: "Fingerprint") -> str:
        """Hash it as that fingerprint was made."""
        return _scrypt(self._raw, base64.b64decode(digest.salt))


class Fingerprint(Frozen):
    """Tells whether a share is the one that was proven, and is no help to find it."""

    salt: str
    digest: str
    at: Moment
    how: str  # As a sentence goes on after "This is the share that": "opened n1 of prod".


def read_share(text: str) -> Share:
    """Read what a person typed, or what a message held. Raises Trouble, which never quotes it."""
    if not text.strip():
        raise Trouble(
            "No share was given",
            left="nothing was sent to Vault",
            do="run it again and type it, pass it in by a pipe, or name a file with --message",
        )
    raw = _decoded("".join(text.split()))
    if raw is None or len(raw) not in _LENGTHS:
        raise Trouble(
            "That is not a share: a share is 66 letters and digits from 0-9 and a-f, or 44 that"
            " may end in =",
            left="nothing was sent to Vault",
            do="copy it again, whole",
        )
    return Share(raw)


def fingerprint(share: Share, now: datetime, how: str) -> Fingerprint:
    salt = base64.b64encode(token_bytes(16)).decode("ascii")
    blank = Fingerprint(salt=salt, digest="", at=now, how=how)
    return blank.model_copy(update={"digest": share.hashed_as(blank)})


def is_of(share: Share, known: Fingerprint) -> bool:
    return hmac.compare_digest(share.hashed_as(known), known.digest)


def _decoded(text: str) -> bytes | None:
    """Hex first: Vault prints both, and 66 letters of hex would be base64 too."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        pass
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _scrypt(raw: bytes, salt: bytes) -> str:
    made = hashlib.scrypt(
        raw, salt=salt, n=_SCRYPT_COST, r=_SCRYPT_BLOCK, p=1, maxmem=_SCRYPT_MEMORY
    )
    return base64.b64encode(made).decode("ascii")
