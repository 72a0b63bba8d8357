"""Listens while a story is played: every command at Valkey, every process of this machine."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Final

import psutil
import redis

from tests.stories.demo import Demo, until

_LOOKS_EVERY: Final = 0.3
_EAR: Final = "ear"


@contextmanager
def listening(demo: Demo, into: Path) -> Iterator[None]:
    """Write down, for the length of a block, what arrives at Valkey and how processes are called.

    A process that lived for less than a moment between two looks may be missed.
    """
    server = _may_listen(demo)
    stop = threading.Event()
    hears, sees = into / "heard", into / "seen"
    threads = [
        threading.Thread(target=_hear, args=(server, hears, stop)),
        threading.Thread(target=_see, args=(sees, stop)),
    ]
    for thread in threads:
        thread.start()
    until(lambda: _holds(hears) and _holds(sees), 10, "both ears")
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _holds(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def _may_listen(demo: Demo) -> socket.socket:
    """Let one more user in, which no installation has: it may listen, and nothing else."""
    password = token_hex(16)
    digest = hashlib.sha256(password.encode()).hexdigest()
    file = demo.house.redis / "users.acl"
    others = [line for line in file.read_text().splitlines() if not line.startswith(f"user {_EAR}")]
    mine = f"user {_EAR} on #{digest} resetchannels -@all +monitor"
    file.write_text("\n".join([*others, mine]) + "\n", encoding="utf-8")
    demo.kill("redis")  # It reads who may do what when it starts.
    until(lambda: _answers(demo), 20, "Valkey")
    until(demo.serves, 30, "a cluster that serves")
    port = (demo.house.redis / "port").read_text(encoding="utf-8")
    server = socket.create_connection(("127.0.0.1", int(port)), timeout=_LOOKS_EVERY)
    server.sendall(f"AUTH {_EAR} {password}\r\nMONITOR\r\n".encode())
    return server


def _answers(demo: Demo) -> bool:
    with demo.journals.redis() as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def _hear(server: socket.socket, into: Path, stop: threading.Event) -> None:
    """As Valkey prints each command, and as the bytes that came: it escapes what is no text."""
    raw = into.with_name("heard-raw")
    with server, into.open("wb", buffering=0) as heard:
        while not stop.is_set():
            try:
                came = server.recv(1 << 16)
            except TimeoutError:
                continue
            assert came, "Valkey hung up on the ear"
            heard.write(came)
    raw.write_bytes(b"\n".join(map(_bytes_of, into.read_bytes().splitlines())))


def _bytes_of(line: bytes) -> bytes:
    try:
        return line.decode("unicode_escape").encode("latin-1")
    except ValueError:
        return line


def _see(into: Path, stop: threading.Event) -> None:
    seen: set[str] = set()
    with into.open("w", encoding="utf-8", errors="backslashreplace") as file:
        while True:
            for process in psutil.process_iter():
                for words in _words_of(process) - seen:
                    seen.add(words)
                    file.write(words + "\n")
            file.flush()
            if stop.wait(_LOOKS_EVERY):
                return


def _words_of(process: psutil.Process) -> set[str]:
    try:
        told = (f"{name}={value}" for name, value in process.environ().items())
        return {*process.cmdline(), *told}
    except psutil.Error:
        return set()
