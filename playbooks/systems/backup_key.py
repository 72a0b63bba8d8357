"""The backup key: encrypts snapshots as they stream by, and marks canaries. Workers hold it."""

import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import tink
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tink import json_proto_keyset_format, secret_key_access, streaming_aead

from playbooks.core.trouble import Trouble
from playbooks.core.world.backups import Associated
from playbooks.systems.key_files import create_private, read_private
from playbooks.systems.pieces import PIECE

_MARKS_INFO: Final = b"vault-responder canary marks 1"
_BOUND_INFO: Final = b"vault-responder snapshot 1\n"


def create_key(path: Path) -> None:
    """Make a new key file, mode 0600. Raises Trouble where there is one already."""
    streaming_aead.register()
    handle = tink.new_keyset_handle(streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB)
    keyset = json.loads(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
    content = {"snapshots": keyset, "marks": token_hex(32)}
    create_private(path, json.dumps(content, indent=2).encode())


class BackupKey:
    """Read from its file once; nothing here shows it again."""

    def __init__(self, path: Path) -> None:
        streaming_aead.register()
        data = read_private(path)
        try:
            content = json.loads(data)
            handle = json_proto_keyset_format.parse(
                json.dumps(content["snapshots"]), secret_key_access.TOKEN
            )
            aead: streaming_aead.StreamingAead = handle.primitive(streaming_aead.StreamingAead)
            marks = bytes.fromhex(content["marks"])
        except (ValueError, KeyError, TypeError, tink.TinkError):
            fault = Trouble(
                f"The file {path} holds no backup key",
                left="nothing was read or written",
                do="fetch the key from its escrow, or make one with `vault-responder`",
            )
        else:
            self._aead = aead
            derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_MARKS_INFO)
            self.mark_key = derived.derive(marks)
            return
        raise fault  # Outside the handler: the parser's error may quote the key.

    async def encrypt(
        self, bound: Associated, archive: AsyncIterator[bytes]
    ) -> AsyncGenerator[bytes, None]:
        """Turn an archive into its encrypted object, piece by piece."""
        sink = _Sink()
        stream: Any = self._aead.new_encrypting_stream(sink, _bytes_of(bound))
        waiting = bytearray()
        async for piece in archive:
            waiting += piece
            if len(waiting) >= PIECE:
                stream.write(bytes(waiting))
                waiting.clear()
                for part in sink.take():
                    yield part
        stream.write(bytes(waiting))
        stream.close()  # Without this the last megabytes are lost.
        for part in sink.take():
            yield part

    def decrypt(self, bound: Associated, sealed: Iterator[bytes], key: str) -> Iterator[bytes]:
        """Turn an object back into the archive. Raises Trouble where it is not what was written.

        Blocks while `sealed` does. That an object is cut off shows only at its end.
        """
        source = _Source(sealed)
        try:
            stream: Any = self._aead.new_decrypting_stream(source, _bytes_of(bound))
            while piece := stream.read(PIECE):
                yield piece
        except tink.TinkError as error:
            if source.failure is not None:
                raise source.failure from None
            raise Trouble(
                f"The object {key} does not open as a backup of {bound.cluster} under key"
                f" generation {bound.generation}: it is cut off, altered, or made with another key",
                left="nothing of it was loaded",
                do="pick another backup from `/vault backups`, and keep this one as evidence",
            ) from error


def _bytes_of(bound: Associated) -> bytes:
    return _BOUND_INFO + json.dumps(
        bound.model_dump(mode="json"), sort_keys=True, separators=(",", ":")
    ).encode("ascii")


class _Sink(io.RawIOBase):
    """Takes what Tink writes. Closing it changes nothing, since Tink closes it before the end."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        part = bytes(data)
        self._parts.append(part)
        return len(part)

    def close(self) -> None:
        """Keep what was written for `take`."""

    def take(self) -> list[bytes]:
        parts, self._parts = self._parts, []
        return parts


class _Source(io.RawIOBase):
    """Gives Tink an iterator's pieces as a file; keeps an error that Tink would hide."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = memoryview(b"")
        self.failure: Trouble | None = None  # None: whatever fails is the object's own fault.

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if not self._rest:
            try:
                self._rest = memoryview(next(self._pieces, b""))
            except Trouble as trouble:
                self.failure = trouble
                raise
        taken = self._rest[:size] if size >= 0 else self._rest
        self._rest = self._rest[len(taken) :]
        return bytes(taken)
