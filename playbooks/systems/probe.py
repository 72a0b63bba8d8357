"""A probe through a balancer's port, to see whether anything of Vault answers there."""

import asyncio
import ssl
from contextlib import suppress
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from playbooks.core.values import Address

_WITHIN: Final = timedelta(seconds=3)
_REQUEST: Final = b"GET /v1/sys/health HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n"


async def is_refused(address: Address) -> bool:
    """True if nothing answers. Silence is no refusal: whoever hangs now may serve in a moment."""
    url = urlsplit(address if "://" in address else f"https://{address}")
    tls = _any_certificate() if url.scheme == "https" else None
    try:
        async with asyncio.timeout(_WITHIN.total_seconds()):
            reader, writer = await asyncio.open_connection(url.hostname, url.port, ssl=tls)
            try:
                if tls is not None:
                    return False  # Vault itself speaks TLS, so it has been reached.
                writer.write(_REQUEST)
                return not (await reader.read(1))
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    except TimeoutError:
        return False
    except OSError:  # Refused, reset, or closed within the handshake; ssl.SSLError is one too.
        return True


def _any_certificate() -> ssl.SSLContext:
    """Whoever answers counts, also one with a wrong certificate; nothing secret is sent."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
