"""A letter goes by STARTTLS, a checked certificate and a login, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP

from deploy.demo import mailbox
from deploy.demo.world.letters import letters
from jobs.alarms.delivery import deliver
from jobs.alarms.mail import Letter, Route
from jobs.records.keys import write_private
from playbooks.core.trouble import Trouble
from tests.jobs.alarms.boxes import PASSWORD, inbox, opened
from tests.jobs.bench import now

LETTER = Letter(once="test-1", to=("bob",), subject="A line\nand another", body="Grüße\n")


@pytest.fixture
async def route(tmp_path: Path) -> AsyncIterator[Route]:
    async with opened(tmp_path / "box") as route:
        yield route


async def test_a_letter_arrives_whole_and_names_itself_alike_each_time(route: Route) -> None:
    for _ in range(2):
        await deliver(route, LETTER, "bob@example.net", now())
    first, second = (message_from_bytes(raw, policy=policy.default) for raw in inbox(route))
    shown = letters(mailbox.inbox_of(route.password_file.parent))
    assert [each["Subject"] for each in shown] == ["A line and another"] * 2
    assert first["Subject"] == "A line and another"
    assert first["To"] == "bob@example.net"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content().splitlines() == ["Grüße"]


async def test_a_wrong_password_sends_nothing_and_is_never_quoted(
    route: Route, tmp_path: Path
) -> None:
    write_private(tmp_path / "wrong", b"not-the-password")
    with pytest.raises(Trouble, match="refused the login") as caught:
        await deliver(
            replace(route, password_file=tmp_path / "wrong"), LETTER, "bob@example.net", now()
        )
    assert "not-the-password" not in str(caught.value)
    assert inbox(route) == []


async def test_a_certificate_that_nobody_vouches_for_gets_no_password(route: Route) -> None:
    with pytest.raises(Trouble, match="certificate cannot be trusted"):
        await deliver(replace(route, ca_file=None), LETTER, "bob@example.net", now())
    assert inbox(route) == []


async def test_a_server_without_starttls_gets_neither_password_nor_mail(route: Route) -> None:
    heard: list[bytes] = []

    class _Plain(SMTP):
        def data_received(self, data: bytes) -> None:
            heard.append(data)
            super().data_received(data)

    server = await asyncio.get_running_loop().create_server(lambda: _Plain(Sink()), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(Trouble, match="offers no STARTTLS; neither the password nor a mail"):
        await deliver(replace(route, port=port), LETTER, "bob@example.net", now())
    server.close()
    said = b"".join(heard)
    assert b"AUTH" not in said
    assert b"MAIL" not in said


async def test_a_server_that_is_away_is_one_sentence(route: Route) -> None:
    with pytest.raises(Trouble, match="does not answer as it should"):
        await deliver(replace(route, port=1), LETTER, "bob@example.net", now())


def test_the_demo_never_makes_its_certificate_anew(tmp_path: Path) -> None:
    mailbox.prepare(tmp_path)
    made = (tmp_path / "ca.pem").read_bytes()
    mailbox.prepare(tmp_path)
    assert (tmp_path / "ca.pem").read_bytes() == made
    assert PASSWORD.encode() not in made
