"""`python -m deploy.demo.cluster.supervisor DIR`: the sole parent of a cluster's nodes."""

import asyncio
import fcntl
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from deploy.demo.cluster import layout as layouts
from deploy.demo.cluster import processes
from deploy.demo.cluster.control import socket_file
from deploy.demo.cluster.layout import Layout
from deploy.demo.cluster.machine import Machine
from playbooks.core.trouble import Trouble

# 104 bytes on macOS, 108 on Linux, with the byte that ends it.
_LONGEST_SOCKET_PATH: Final = 100
# Longer than a supervisor that is just ending needs to stop its nodes.
_WAIT_FOR_LOCK_SECONDS: Final = 12.0
# Longer than one needs to notice that its parent was killed; who still listens then goes on.
_NOTICES_WITHIN_SECONDS: Final = 3.0
_ASK_AGAIN: Final = 0.1
# The one line on stdout, for whoever started it; otherwise the line says why not.
LISTENS: Final = "listens"


async def supervise(layout: Layout) -> None:
    """Answer requests until told to end, then stop every node."""
    machines = {node.name: Machine(layout, node) for node in layout.nodes}
    for machine in machines.values():
        machine.end_leftover()
    with _place(layout.root) as place:
        server = await asyncio.start_unix_server(partial(_answer, machines), place)
        draft = socket_file(layout.root).with_suffix(".tmp")
        draft.write_text(str(place), encoding="utf-8")
        draft.replace(socket_file(layout.root))
        print(LISTENS, flush=True)
        await processes.until_told_to_end()
        server.close()
        socket_file(layout.root).unlink(missing_ok=True)
        await asyncio.gather(*(machine.stop() for machine in machines.values()))


async def _carry_out(machines: dict[str, Machine], request: dict[str, str]) -> dict[str, object]:
    action, machine = request["action"], machines.get(request["node"])
    if machine is None:
        raise Trouble(
            f"There is no node {request['node']!r}",
            left="nothing was done",
            do=f"name one of {', '.join(machines)}",
        )
    if action == "state":
        return machine.state()
    async with machine.lock:
        match action:
            case "start" | "start-alone":
                await machine.start(alone=action == "start-alone")
            case "stop":
                await machine.stop()
            case "kill":
                await machine.kill()
            case "wipe":
                await machine.wipe()
            case _:
                raise Trouble(
                    f"There is no action {action!r}", left="nothing was done", do="read nodectl"
                )
    return machine.state()


async def _answer(
    machines: dict[str, Machine], requests: asyncio.StreamReader, answers: asyncio.StreamWriter
) -> None:
    try:
        request = json.loads(await requests.readline())
        answer = {"ok": True, **await _carry_out(machines, request)}
    except Trouble as trouble:
        answer = {"ok": False, "error": str(trouble)}
    except (ValueError, KeyError, TypeError):
        answer = {"ok": False, "error": "A request is one JSON line with action and node."}
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.close()


@contextmanager
def _place(root: Path) -> Iterator[Path]:
    """The socket: in the cluster's folder, or in a private one where that path is too long."""
    place = root / "supervisor.sock"
    if len(os.fsencode(place)) < _LONGEST_SOCKET_PATH:
        place.unlink(missing_ok=True)
        yield place
        place.unlink(missing_ok=True)
        return
    folder = Path(tempfile.mkdtemp(prefix="vault-"))
    yield folder / "supervisor.sock"
    shutil.rmtree(folder)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One supervisor a folder: the lock goes with its process, however that ends."""
    with (root / "supervisor.lock").open("w") as file:
        asyncio.run(_take(file.fileno(), root))
        yield


async def _take(descriptor: int, root: Path) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            waited = loop.time() - began
            goes_on = socket_file(root).exists() and waited > _NOTICES_WITHIN_SECONDS
            if goes_on or waited > _WAIT_FOR_LOCK_SECONDS:
                raise Trouble(
                    f"Another supervisor runs the cluster in {root}",
                    left="it is untouched",
                    do="end that one first",
                ) from error
            await asyncio.sleep(_ASK_AGAIN)
        else:
            return


def main(arguments: list[str]) -> int:
    os.umask(0o077)
    try:
        layout = layouts.read(Path(arguments[0]).resolve())
        with _alone(layout.root):
            asyncio.run(supervise(layout))
    except Trouble as trouble:
        print(trouble, flush=True)
        return 1
    except (FileNotFoundError, IndexError):
        print("There is no cluster; name the folder of one.", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
