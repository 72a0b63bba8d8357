"""`python -m tests.systems.big_streams MEGABYTES FOLDER` seals and opens an archive, measured."""

import asyncio
import hashlib
import json
import random
import sys
import tarfile
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from playbooks.snapshot.archive import ArchiveCheck, checked
from tests.systems.stores import PROD, backups_in

KEY: Final = "daily/2026-11-25/vault-snapshot-20261125-020000.enc"
_BLOCK: Final = random.Random(6).randbytes(1 << 20)  # As incompressible as encrypted values.


def _member(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def _tar(megabytes: int) -> Iterator[bytes]:
    size = megabytes << 20
    meta = json.dumps({"Index": 1, "Term": 1, "Size": size}).encode()
    yield _member("meta.json", len(meta)) + _padded(meta) + _member("state.bin", size)
    state = hashlib.sha256()
    for _ in range(megabytes):
        state.update(_BLOCK)
        yield _BLOCK
    sums = f"{hashlib.sha256(meta).hexdigest()}  meta.json\n{state.hexdigest()}  state.bin\n"
    yield _member("SHA256SUMS", len(sums)) + _padded(sums.encode())
    yield _member("SHA256SUMS.sealed", 185) + _padded(bytes(185)) + bytes(1024)


async def _archive(megabytes: int) -> AsyncIterator[bytes]:
    squeeze = zlib.compressobj(level=0, wbits=31)
    for piece in _tar(megabytes):
        yield squeeze.compress(piece)
    yield squeeze.flush()


async def _measure(megabytes: int, place: Path) -> dict[str, float]:
    backups = backups_in(place)
    began = time.monotonic()
    await backups.seal(KEY, PROD, checked(_archive(megabytes), ArchiveCheck()))
    sealed = time.monotonic()
    async for _ in checked(backups.open(KEY, PROD), ArchiveCheck()):
        pass
    opened = time.monotonic()
    await backups.fingerprint("prod", KEY)
    read = time.monotonic()
    return {
        "seal MB/s": megabytes / (sealed - began),
        "open MB/s": megabytes / (opened - sealed),
        "fingerprint MB/s": megabytes / (read - opened),
        "peak MB": _peak(),
    }


def _peak() -> float:
    # Not getrusage: its peak counts from the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measure(int(sys.argv[1]), Path(sys.argv[2])))))
