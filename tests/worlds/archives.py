"""Small Raft snapshot archives, whole ones and, where a test asks for it, broken ones."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping

SEALED = b"\0" * 185  # SHA256SUMS.sealed is encrypted; only Vault can read it.


def members(state: bytes, *, index: int = 562, term: int = 3) -> dict[str, bytes]:
    """The four members of an archive, in their order, with true checksums."""
    meta = json.dumps(
        {"Version": 1, "ID": "bolt-snapshot", "Index": index, "Term": term, "Size": len(state)}
    ).encode()
    sums = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n"
        for name, data in (("meta.json", meta), ("state.bin", state))
    )
    return {
        "meta.json": meta,
        "state.bin": state,
        "SHA256SUMS": sums.encode(),
        "SHA256SUMS.sealed": SEALED,
    }


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Make the gzip'd tar of any members."""
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as tar:
        for name, data in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(inner.getvalue(), compresslevel=1, mtime=0)


def archive(state: bytes, *, index: int = 562, term: int = 3) -> bytes:
    """Make a whole archive around a state."""
    return pack(members(state, index=index, term=term))


def state_of(data: bytes) -> bytes:
    """Read the state back out of a whole archive."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        member = tar.extractfile("state.bin")
        if member is None:
            msg = "state.bin is no file"
            raise ValueError(msg)
        return member.read()
