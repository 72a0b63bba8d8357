"""Public OpenPGP keys in files, armoured or binary, as base64 and with their fingerprints."""

import base64
import binascii
import hashlib
import re
from pathlib import Path
from typing import Final

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.clusters import CustodianKey

_ARMOUR: Final = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:[^\r\n]+\r?\n)*\r?\n"
    rb"([A-Za-z0-9+/=\r\n]+?)(?:\r?\n=[A-Za-z0-9+/]{4})?\r?\n-----END PGP PUBLIC KEY BLOCK-----"
)
_PUBLIC_KEY: Final = 6  # The tag of a packet that holds a primary public key.
_VERSION: Final = 4  # The version of keys whose fingerprints Vault shows.
_LARGEST: Final = 1 << 16


def read_key(custodian: Name, file: Path) -> CustodianKey:
    """Read one custodian's key. Raises Trouble that names the custodian and the fault."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
    except OSError as error:
        raise _unusable(custodian, file, f"cannot be read ({error.strerror})") from error
    if len(data) > _LARGEST:
        raise _unusable(custodian, file, "is too large for a public key")
    if b"PRIVATE KEY BLOCK" in data:
        raise _unusable(custodian, file, "holds a private key, which nobody else may have")
    try:
        binary = _without_armour(data)
        fingerprint = _fingerprint(binary)
    except (ValueError, IndexError) as error:
        raise _unusable(custodian, file, "is no OpenPGP public key of version 4") from error
    key = base64.b64encode(binary).decode("ascii")
    return CustodianKey(custodian=custodian, fingerprint=fingerprint, key=key)


def _without_armour(data: bytes) -> bytes:
    found = _ARMOUR.search(data)
    if found is None:
        return data
    try:
        return base64.b64decode(b"".join(found[1].split()), validate=True)
    except binascii.Error as error:
        raise ValueError(data) from error


def _fingerprint(binary: bytes) -> str:
    """Digest the primary key's packet, by RFC 4880, 12.2."""
    body = _first_packet(binary)
    if body[0] != _VERSION:
        raise ValueError(body[0])
    framed = b"\x99" + len(body).to_bytes(2, "big") + body
    return hashlib.sha1(framed, usedforsecurity=False).hexdigest()


def _first_packet(binary: bytes) -> bytes:
    """Take the first packet's body, by RFC 4880, 4.2: an old or a new header before it."""
    first = binary[0]
    if first & 0x40:
        tag, rest = first & 0x3F, binary[1:]
        size, skip = _new_length(rest)
    else:
        octets = 1 << (first & 3)
        tag, rest = (first >> 2) & 0xF, binary[1:]
        size, skip = int.from_bytes(rest[:octets], "big"), octets
    body = rest[skip : skip + size]
    if not first & 0x80 or tag != _PUBLIC_KEY or len(body) != size:
        raise ValueError(tag)
    return body


def _new_length(rest: bytes) -> tuple[int, int]:
    if rest[0] < 192:  # noqa: PLR2004 -- by the RFC
        return rest[0], 1
    if rest[0] < 224:  # noqa: PLR2004 -- as above
        return ((rest[0] - 192) << 8) + rest[1] + 192, 2
    return int.from_bytes(rest[1:5], "big"), 5


def _unusable(custodian: Name, file: Path, why: str) -> Trouble:
    return Trouble(
        f"The OpenPGP key of {custodian}, {file}, {why}",
        left="nothing was changed",
        do="ask them for what `gpg --export` prints of it",
    )
