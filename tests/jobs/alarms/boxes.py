"""A real mail server for the length of a test, and the route to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from deploy.demo import mailbox
from jobs.alarms.mail import Route
from jobs.records.keys import write_private

PASSWORD: Final = "a password of the test"


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Route]:
    mailbox.prepare(folder)
    write_private(folder / "password", PASSWORD.encode())
    server = await mailbox.serve(folder, 0)
    try:
        yield route_to(folder, server.sockets[0].getsockname()[1])
    finally:
        server.close()


def route_to(folder: Path, port: int) -> Route:
    return Route(
        host="127.0.0.1",
        port=port,
        sender="vault-responder@example.net",
        username=mailbox.USER,
        password_file=folder / "password",
        ca_file=folder / "ca.pem",
    )


def inbox(route: Route) -> list[bytes]:
    """What has arrived, in order."""
    folder = route.password_file.parent / "inbox"
    return [path.read_bytes() for path in sorted(folder.glob("*.eml"))]
