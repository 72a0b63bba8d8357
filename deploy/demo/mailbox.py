"""`python -m deploy.demo.mailbox FOLDER`: a real SMTP server that keeps what it gets as files.

It offers STARTTLS, takes a login only after it, and mail only after the login.
"""

import asyncio
import os
import ssl
import sys
from pathlib import Path
from typing import Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from deploy.demo.cluster import certificates, loopback, processes
from deploy.demo.cluster.layout import HOST, free_ports
from jobs.records.keys import read_private

USER: Final = "vault-responder"


class Mailbox:
    """What aiosmtpd asks: may they log in, and what becomes of a letter."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._password = read_private(folder / "password").strip()

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _kind: str, login: object
    ) -> AuthResult:
        known = isinstance(login, LoginPassword) and login == LoginPassword(
            USER.encode(), self._password
        )
        return AuthResult(success=known, handled=False)

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's own name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        inbox = inbox_of(self._folder)
        number = len([*inbox.iterdir()]) + 1
        data = envelope.content if isinstance(envelope.content, bytes) else b""
        part = self._folder / "arriving"
        part.write_bytes(data)
        part.rename(inbox / f"{number:06d}.eml")
        return "250 OK"


def prepare(folder: Path) -> None:
    """Make the certificate and the inbox, once; `password` is put there by whoever knows it."""
    inbox_of(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "ca.pem").exists():
        certificates.make(folder / "ca.pem", folder / "certificate.pem", folder / "private.pem")


def inbox_of(folder: Path) -> Path:
    """Where letters are, in the order in which they came."""
    return folder / "inbox"


def port(folder: Path) -> int:
    """The port of this folder's server, chosen once: the configuration names it."""
    file = folder / "port"
    if not file.exists():
        file.write_text(str(free_ports(1)[0]), encoding="utf-8")
    return int(file.read_text(encoding="utf-8"))


async def serve(folder: Path, at: int) -> asyncio.Server:
    """Serve on this machine alone. Port 0: a free one."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "private.pem")
    box = Mailbox(folder)

    def one() -> SMTP:
        return SMTP(
            box,
            hostname="mailbox",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            auth_require_tls=True,
            authenticator=box.authenticate,
        )

    return await asyncio.get_running_loop().create_server(one, HOST, at)


async def _main(folder: Path) -> None:
    prepare(folder)
    server = await serve(folder, port(folder))
    loopback.announce({"port": server.sockets[0].getsockname()[1]})
    await processes.until_told_to_end()
    server.close()


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(_main(Path(sys.argv[1])))
