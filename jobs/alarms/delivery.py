"""Sends a letter by SMTP: STARTTLS with a checked certificate first, or nothing at all."""

import asyncio
import hashlib
import smtplib
import ssl
import threading
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from jobs.alarms.mail import Letter, Route
from jobs.records.keys import read_private
from playbooks.core.foreign import one_line
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment

_PATIENCE: Final = timedelta(seconds=15)
_NO_MAIL: Final = "no mail was sent"


async def deliver(route: Route, letter: Letter, address: str, at: Moment) -> None:
    """Send it to one address. Raises Trouble where the server does not take it."""
    message = _message(route, letter, address, at)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Trouble | None] = loop.create_future()

    def settle(trouble: Trouble | None) -> None:
        if not done.done():
            done.set_result(trouble)

    def work() -> None:
        trouble = _sent(route, message)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, trouble)

    # A thread of its own: the pool's would hold up the end of this process.
    threading.Thread(target=work, daemon=True).start()
    trouble = await done
    if trouble is not None:
        raise trouble


def _message(route: Route, letter: Letter, address: str, at: Moment) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = one_line(letter.subject)
    message["From"] = route.sender
    message["To"] = address
    message["Date"] = format_datetime(at)
    # The same at a second try, so that a mailbox can tell a letter it has already.
    digest = hashlib.sha256(f"{letter.once}\n{address}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@vault-responder.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message


def _sent(route: Route, message: EmailMessage) -> Trouble | None:
    """Say why it was not taken; None if it was. Never what the server said: it may quote us."""
    server = f"The mail server {route.host}:{route.port}"
    try:
        _send(route, message)
    except Trouble as trouble:
        return trouble
    except ssl.SSLError as error:
        why = "its certificate cannot be trusted" if _is_untrusted(error) else "TLS failed"
        return Trouble(f"{server}: {why}", left=_NO_MAIL, do="set mail.ca_file or mail.host right")
    except smtplib.SMTPAuthenticationError as error:
        return Trouble(
            f"{server} refused the login ({error.smtp_code})",
            left=_NO_MAIL,
            do="see mail.username and the file of its password",
        )
    except smtplib.SMTPResponseException as error:
        why = f"refused the mail ({error.smtp_code})"
        return Trouble(f"{server} {why}", left=_NO_MAIL, do="read the server's log")
    except smtplib.SMTPRecipientsRefused:
        return Trouble(
            f"{server} refused the recipient", left=_NO_MAIL, do="see `email` of this person"
        )
    except (smtplib.SMTPException, OSError, ValueError) as error:
        why = f"does not answer as it should ({type(error).__name__})"
        return Trouble(f"{server} {why}", left=_NO_MAIL, do="see if it can be reached from here")
    return None


def _send(route: Route, message: EmailMessage) -> None:
    context = ssl.create_default_context(
        cafile=None if route.ca_file is None else str(route.ca_file)
    )
    with smtplib.SMTP(route.host, route.port, timeout=_PATIENCE.total_seconds()) as server:
        server.ehlo()
        if not server.has_extn("starttls"):
            raise Trouble(
                f"The mail server {route.host}:{route.port} offers no STARTTLS",
                left="neither the password nor a mail was sent",
                do="use a server or a port that offers it",
            )
        server.starttls(context=context)
        server.ehlo()
        server.login(route.username, read_private(route.password_file).decode().strip())
        server.send_message(message)


def _is_untrusted(error: ssl.SSLError) -> bool:
    return isinstance(error, ssl.SSLCertVerificationError)
