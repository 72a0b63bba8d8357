"""Streams of snapshots, out of the active node and into it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Final

import requests
import urllib3

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.systems.pieces import PIECE, InThread
from playbooks.systems.vault.calls import Call, Calls

SNAPSHOT: Final = "sys/storage/raft/snapshot"
BETWEEN_PIECES: Final = timedelta(seconds=60)
# The time to connect is also the library's limit for sending one piece.
_SEND_ONE: Final = timedelta(seconds=120)
_TAKE_IT_IN: Final = timedelta(minutes=10)


def pieces_of(answer: requests.Response, where: str) -> Iterator[bytes]:
    """Read a snapshot's answer piece by piece. Raises Trouble where the connection breaks."""
    got = 0
    try:
        while piece := answer.raw.read(PIECE, decode_content=False):
            got += len(piece)
            yield piece
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Trouble(
            f"The snapshot from {where} broke off after {got} bytes",
            left="nothing of it was entered in the catalogue",
            do="look at the node and the network, then press Try again",
        ) from error
    finally:
        answer.close()


async def upload(
    calls: Calls, node: Name, archive: AsyncIterator[bytes], *, path: str, token: str
) -> requests.Response:
    """Stream an archive into a node; an error of the archive rises and Vault refuses the rest."""
    pieces = InThread(archive)
    call = Call(
        "post",
        path,
        token=token,
        upload=iter(pieces),
        connect=_SEND_ONE,
        within=_TAKE_IT_IN,
    )
    try:
        return await asyncio.to_thread(calls.ask, node, call)
    finally:
        pieces.stopped.set()
