"""The tables `[mail]` and `[on_call]`: who is told, without Slack, that no bot answers."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from jobs.alarms.mail import Route
from playbooks.core.values import Frozen, Name


class MailSettings(Frozen):
    """One SMTP server that offers STARTTLS; without it neither password nor mail is sent."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    sender: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", alias="from")]
    username: str
    password_file: Path
    ca_file: Path | None = None  # None: the authorities that the system trusts.

    def route(self) -> Route:
        """The same as the scheduler wants it."""
        return Route(**self.model_dump())


class OnCallSettings(Frozen):
    """All of them are written to at once: a letter cannot be acknowledged, so none goes first."""

    who: Annotated[tuple[Name, ...], Field(min_length=1)]


def alarm_faults(
    mail: MailSettings | None, on_call: OnCallSettings | None, emails: Mapping[str, str | None]
) -> Iterator[str]:
    """Find what keeps a letter from anyone; `emails` are those of all persons."""
    if (mail is None) != (on_call is None):
        yield "mail and on_call: one is useless without the other"
    for name in on_call.who if on_call else ():
        if name not in emails:
            yield f"on_call.who: {name} is no person of this file"
        elif not emails[name]:
            yield f"on_call.who: {name} has no email"
