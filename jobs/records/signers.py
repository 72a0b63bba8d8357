"""Whose SSH signature is on a text: the allowed signers of the configuration, and SSHSIG itself.

The formats are OpenSSH's: PROTOCOL.sshsig for the signature, ssh-keygen(1) "ALLOWED SIGNERS" for
the file. Only what is needed of them is taken, and everything else is refused.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from asyncssh.packet import PacketDecodeError, SSHPacket, String
from asyncssh.public_key import KeyImportError, SSHKey, import_public_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from jobs.runs.proofs import armour_taken_off
from playbooks.core.statement import NAMESPACE
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment

_LONGEST: Final = 8_192  # Letters of a signature; one by RSA-4096 has about 1,700.
_MAGIC: Final = b"SSHSIG"
_HASHES: Final = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_BLANKS: Final = " \t"  # OpenSSH knows no others: to it, another one is part of a word.
_OPTIONS: Final = re.compile(r'(?:[^ \t"]|"[^"]*")+')  # They may hold blanks within quotes.
_OPTION: Final = re.compile(r'[a-z-]+="([^"\\]*)"')
_PERSON: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
# RSA signs with SHA-2 only; `ssh-rsa` as the name of a signature would mean SHA-1.
_KINDS: Final[Mapping[str, frozenset[bytes]]] = {
    "ssh-ed25519": frozenset({b"ssh-ed25519"}),
    "ssh-rsa": frozenset({b"rsa-sha2-256", b"rsa-sha2-512"}),
    "ecdsa-sha2-nistp256": frozenset({b"ecdsa-sha2-nistp256"}),
    "ecdsa-sha2-nistp384": frozenset({b"ecdsa-sha2-nistp384"}),
    "ecdsa-sha2-nistp521": frozenset({b"ecdsa-sha2-nistp521"}),
    # The key sits in a FIDO2 token; the signature must say that it was touched.
    "sk-ssh-ed25519@openssh.com": frozenset({b"sk-ssh-ed25519@openssh.com"}),
    "sk-ecdsa-sha2-nistp256@openssh.com": frozenset({b"sk-ecdsa-sha2-nistp256@openssh.com"}),
}
_SMALLEST_RSA: Final = 2048  # Bits.
# By how many digits there are: strptime alone would read 20261124 as January the 1st. Without Z
# OpenSSH means the machine's own zone, which is not the same on every machine.
_TIMES: Final = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_EARLIEST: Final = datetime.fromtimestamp(0, UTC)  # OpenSSH takes nothing up to it.


@dataclass(frozen=True)
class SignerKey:
    """One line of the file: a key of one person, and when it counts."""

    person: str
    kind: str
    key: SSHKey = field(repr=False)
    after: Moment | None = None  # None: from ever.
    before: Moment | None = None  # None: for ever.

    def counts_at(self, at: Moment) -> bool:
        """Say if a signature made then counts."""
        begun = self.after is None or at >= self.after
        return begun and (self.before is None or at < self.before)


@dataclass(frozen=True)
class AllowedSigners:
    """Public keys only; a key belongs to exactly one person."""

    keys: Mapping[bytes, SignerKey]  # By the key as SSH writes it.

    def persons(self) -> frozenset[str]:
        """Name everybody who can sign."""
        return frozenset(key.person for key in self.keys.values())

    def signer(self, text: str, armoured: str, at: Moment) -> str | None:
        """Name who signed exactly this text; None if nobody did whose key counts at that time."""
        try:
            public, algorithm, data, signature = _opened(armoured, text.encode())
        except (PacketDecodeError, ValueError):
            return None
        known = self.keys.get(public)
        if known is None or not known.counts_at(at) or algorithm not in _KINDS[known.kind]:
            return None
        return known.person if known.key.verify(data, signature) else None


NOBODY: Final = AllowedSigners({})


def read_allowed_signers(text: str, source: str) -> AllowedSigners:
    """Read an allowed-signers file, whose principals are person names. Raises Trouble."""
    keys: dict[bytes, SignerKey] = {}
    faults: list[str] = []
    for number, ended in enumerate(text.split("\n"), 1):
        line = ended.removesuffix("\r")
        if line.strip(_BLANKS)[:1] in {"", "#"}:
            continue
        try:
            key = _line(line)
        except (ValueError, KeyImportError) as error:
            faults.append(f"line {number}: {error}")
            continue
        owner = keys.setdefault(key.key.public_data, key)
        if owner is not key:
            faults.append(f"line {number}: this key is {owner.person}'s already")
    if faults:
        raise Trouble(
            f"{source} cannot be used:{''.join(f'''{chr(10)}  - {fault}''' for fault in faults)}",
            left="nothing was started",
            do="mend it; each line is: person, perhaps options, key type, key",
        )
    return AllowedSigners(keys)


def _line(line: str) -> SignerKey:
    """Raise ValueError for anything that would mean more than one person with one key."""
    person, rest = _cut(line)
    if not _PERSON.fullmatch(person):
        raise ValueError(f"“{person[:60]}” is not the name of one person")
    kind, after = _cut(rest)
    options: dict[str, str] = {}
    if kind not in _KINDS and after:
        given = _OPTIONS.match(rest)
        options = _options(given[0] if given else "")
        kind, after = _cut(rest[given.end() if given else 0 :])
    encoded = _cut(after)[0]  # A comment may follow.
    if not encoded:
        raise ValueError("there is no key")
    if kind not in _KINDS:
        raise ValueError(f"keys of type “{kind[:60]}” are not taken")
    if base64.b64encode(base64.b64decode(encoded, validate=True)).decode() != encoded:
        raise ValueError("the key is no base64, or has something after it")
    key = import_public_key(f"{kind} {encoded}")
    key.set_touch_required(True)  # Of FIDO2 tokens; without it a stolen laptop signs alone.
    if isinstance(key.pyca_key, RSAPublicKey) and key.pyca_key.key_size < _SMALLEST_RSA:
        raise ValueError("an RSA key needs 2048 bits or more")
    begins, ends = (_moment(options.get(name)) for name in ("valid-after", "valid-before"))
    if begins is not None and ends is not None and ends <= begins:
        raise ValueError("valid-before must be later than valid-after")
    return SignerKey(person, kind, key, begins, ends)


def _cut(text: str) -> tuple[str, str]:
    """Take the first word off."""
    first, _, rest = text.strip(_BLANKS).replace("\t", " ").partition(" ")
    return first, rest.lstrip(_BLANKS)


def _options(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for option in text.split(","):
        name = option.partition("=")[0]
        if name not in {"namespaces", "valid-after", "valid-before"}:
            raise ValueError(f"the option “{name[:60]}” is not taken")
        value = _OPTION.fullmatch(option)
        if value is None:
            raise ValueError(f'“{option[:60]}” is not written as {name}="…"')
        if name in found:
            raise ValueError(f"the option “{name}” stands there twice")
        if name == "namespaces" and value[1] != NAMESPACE:
            raise ValueError(f"namespaces must be “{NAMESPACE}”")
        found[name] = value[1]
    return found


def _moment(text: str | None) -> Moment | None:
    if text is None:
        return None
    digits = text.removesuffix("Z")
    is_utc = text.endswith("Z") and digits.isascii() and digits.isdecimal()
    shape = _TIMES.get(len(digits)) if is_utc else None
    try:
        moment = datetime.strptime(digits, shape).replace(tzinfo=UTC) if shape else None
    except ValueError:
        moment = None
    if moment is None or moment <= _EARLIEST:
        raise ValueError(f"“{text[:60]}” is not a time such as 20261231Z")
    return moment


def _opened(armoured: str, message: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Answer key, algorithm, what was signed, and signature. Raises ValueError."""
    inside = armour_taken_off(armoured) if len(armoured) <= _LONGEST else None
    if inside is None:
        raise ValueError("it is no armoured SSH signature")
    try:
        blob = base64.b64decode(inside, validate=True)
    except binascii.Error as error:
        raise ValueError("it is no base64") from error
    if not blob.startswith(_MAGIC):
        raise ValueError("it is no SSH signature")
    packet = SSHPacket(blob[len(_MAGIC) :])
    version, public = packet.get_uint32(), packet.get_string()
    namespace, reserved, name = packet.get_string(), packet.get_string(), packet.get_string()
    signature = packet.get_string()
    packet.check_end()
    if version != 1 or namespace != NAMESPACE.encode() or reserved or name not in _HASHES:
        raise ValueError("it was made for something else")
    digest = _HASHES[name](message).digest()
    data = _MAGIC + b"".join(map(String, (namespace, reserved, name, digest)))
    return public, SSHPacket(signature).get_string(), data, signature


def signers_without_keys(signers: AllowedSigners, persons: Iterable[str]) -> tuple[str, ...]:
    """Name those of these persons who could not sign."""
    return tuple(sorted(set(persons) - signers.persons()))
