"""Every secret of the demo's world in each way it might be written, and the search for it."""

import base64
import hashlib
import json
import re
import subprocess
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.stories.demo import Demo

_BEGINNING: Final = 16  # So much of a secret is already too much.
_PACKED: Final = rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]"  # How gzip begins, and zlib.
_UNPACKS: Final = 64 << 20
# What Vault and its logins make anew all the time, so that nobody can list it.
SHAPES: Final = {
    "a JWT": rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    "a token of Vault": rb"\b(?:hv[sbr]|[sbr])\.[A-Za-z0-9]{24,}",
    "a token of Slack": rb"xox[bpas]-[0-9a-zA-Z-]{20,}|xapp-[0-9a-zA-Z-]{20,}",
    "a private key": rb"BEGIN (?:[A-Z]+ )?PRIVATE KEY",
}


@dataclass(frozen=True)
class Secret:
    """`owners` are the files that may hold it, each for its owner's eyes alone."""

    name: str
    value: bytes
    owners: frozenset[Path] = frozenset()

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def needles(self) -> Iterator[bytes]:
        """The ways in which it would give itself away, whole or in its beginning."""
        for plain in _written(self.value):
            for written in _escaped(plain):
                yield written[:_BEGINNING]
                yield written[-_BEGINNING:]


def _written(value: bytes) -> Iterator[bytes]:
    if value.isascii() and value.decode("ascii").isprintable():
        yield value
        yield quote(value.decode("ascii"), safe="").encode()
    else:
        yield value
        yield json.dumps(value.decode("latin-1"))[1:-1].encode()
        yield repr(value)[2:-1].encode()
    yield value.hex().encode()
    yield value.hex().upper().encode()
    for skipped in range(3):
        # Base64 of a text that holds the secret somewhere: it looks different at each offset.
        padded = base64.b64encode(b"\0" * skipped + value)
        middle = padded[4 if skipped else 0 :].rstrip(b"=")[:-2]
        yield middle
        yield middle.translate(bytes.maketrans(b"+/", b"-_"))


def _escaped(written: bytes) -> Iterator[bytes]:
    """As it is, and as JSON or a log's quotes may spell it."""
    yield written
    for other in (b"\\/", b"\\u002f"):
        if b"/" in written:
            yield written.replace(b"/", other)
    if b"+" in written:
        yield written.replace(b"+", b"\\u002b")


def of_the_demo(demo: Demo) -> Iterator[Secret]:
    """The secrets that lie in files of their owners."""
    root, house = demo.folder, demo.house
    for share in sorted((root / "cluster" / "custodians").glob("*/share")):
        name = f"the share of {share.parent.name}"
        text = share.read_text(encoding="ascii").strip()
        yield Secret(name, text.encode(), frozenset({share}))
        yield Secret(name, bytes.fromhex(text), frozenset({share}))
    for owner in ("bot", "looker", "scheduler", "worker"):
        password, url = house.secret(owner, "redis.password"), house.secret(owner, "redis.url")
        held = frozenset({password, url})
        yield Secret(f"Redis's password of {owner}", password.read_bytes(), held)
    bells = frozenset((root / "secrets").glob("*/bell.key"))
    yield Secret("the bell key", min(bells).read_bytes(), bells)
    for owner in ("looker", "worker"):
        path = house.secret(owner, "journal.key")
        yield Secret(f"the journal key of {owner}", path.read_bytes(), frozenset({path}))
    backup = house.secret("worker", "backup.key")
    content = json.loads(backup.read_text(encoding="utf-8"))
    yield Secret("the key of canary marks", bytes.fromhex(content["marks"]), frozenset({backup}))
    keyset = content["snapshots"]["key"][0]["keyData"]["value"]
    # The beginning of a serialised key says of which kind it is, which is no secret.
    yield Secret("the backup key", base64.b64decode(keyset)[-32:], frozenset({backup}))
    tokens = house.secret("slack", "tokens.json")
    for name, token in json.loads(tokens.read_text(encoding="utf-8")).items():
        own = house.secret("bot", f"slack-{name}.token")
        value = token.partition("-")[2].encode()
        yield Secret(f"Slack's {name} token", value, frozenset({tokens, own}))
    balancer = root / "balancer" / "token"
    yield Secret("the balancer's token", balancer.read_bytes().strip(), frozenset({balancer}))
    pems = (*(root / "secrets").glob("*/login.key"), root / "writer" / "login.key")
    pems += tuple(sorted((root / "approvers").glob("*/id_ed25519")))
    for pem in (*pems, root / "cluster" / "tls" / "server.key"):
        owner = f"{pem.parent.name}/{pem.name}"
        yield Secret(f"the private key {owner}", private_part(pem.read_bytes()), frozenset({pem}))


def private_part(pem: bytes) -> bytes:
    """What of a key file is secret; its beginning and its public half are not."""
    if b"OPENSSH" in pem:
        key: object = serialization.load_ssh_private_key(pem, None)
    else:
        key = serialization.load_pem_private_key(pem, None)
    match key:
        case Ed25519PrivateKey():
            return key.private_bytes_raw()
        case RSAPrivateKey():
            number = key.private_numbers().d
            return number.to_bytes((number.bit_length() + 7) // 8)
        case _:
            number = key.private_numbers().private_value  # type: ignore[attr-defined]  # an EC key
            return int(number).to_bytes((int(number).bit_length() + 7) // 8)


@dataclass(frozen=True)
class Found:
    what: str
    where: str


def look_in(places: Path, secrets: Iterable[Secret]) -> Iterator[Found]:
    """Search a folder with grep, which knows all needles at once."""
    by_needle: dict[bytes, set[Secret]] = {}
    for secret in secrets:
        for needle in secret.needles():
            if b"\n" in needle:  # One pattern a line. The other end of it will do.
                continue
            by_needle.setdefault(needle, set()).add(secret)
    patterns = b"\n".join(sorted(by_needle)) + b"\n"
    answer = subprocess.run(
        ["grep", "--recursive", "--text", "--only-matching", "--fixed-strings", "--with-filename",
         "--null", "--devices=skip", "--file=-", str(places)],
        input=patterns, capture_output=True, check=False, env={"LC_ALL": "C"},
    )  # fmt: skip
    assert answer.returncode in {0, 1}, answer.stderr
    # Not splitlines(): a needle of raw bytes may hold a carriage return.
    for line in {each for each in answer.stdout.split(b"\n") if each}:
        path, _, needle = line.partition(b"\0")
        file = Path(path.decode())
        for secret in by_needle[needle]:
            if file not in secret.owners:
                yield Found(secret.name, str(file))


def unpack(place: Path, into: Path) -> int:
    """Write down what is packed in any file, by gzip or zlib, from any place in it; how many."""
    count = 0
    for file in sorted(each for each in place.rglob("*") if each.is_file()):
        data = file.read_bytes()
        for found in re.finditer(_PACKED, data):
            # 32: of either kind, whose checksum need not be there.
            packed = zlib.decompressobj(zlib.MAX_WBITS | 32)
            try:
                inside = packed.decompress(data[found.start() :], _UNPACKS)
            except zlib.error:
                continue
            if len(inside) >= _BEGINNING:
                (into / f"{count:05}-{file.name}").write_bytes(inside)
                count += 1
    return count


def shaped(file: Path) -> Iterator[Found]:
    """Find what looks like a credential, whoever made it."""
    data = file.read_bytes()
    for what, shape in SHAPES.items():
        if re.search(shape, data):
            yield Found(what, str(file))


def processes(demo: Demo, into: Path) -> int:
    """Write down the arguments and the environment of every process of the demo; how many."""
    family = demo.family()
    for process in family:
        name = hashlib.sha256(str(process.pid).encode()).hexdigest()[:8]
        told = [*process.cmdline(), *(f"{k}={v}" for k, v in process.environ().items())]
        words = "-".join(process.cmdline()[:4]).replace("/", "_")[-60:]
        (into / f"{words}.{name}").write_text("\n".join(told), encoding="utf-8")
    return len(family)


def leaked(value: bytes, form: str) -> bytes:
    """Write a secret down as a careless program might."""
    match form:
        case "hex":
            return b"key=" + value.hex().encode()
        case "base64 of something longer":
            return base64.b64encode(b"user:" + value + b"@host")
        case "its beginning":
            return b"it begins with " + value[:_BEGINNING] + b"..."
        case _:
            return b"got " + value
