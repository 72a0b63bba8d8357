"""Somebody runs code of their own with all that the bot holds: it can lie, and begin nothing."""

import re
from pathlib import Path
from typing import Final

import pytest
from redis.exceptions import RedisError

from jobs.people import Button
from jobs.runs.state import AwaitsApproval
from playbooks.core.danger import Danger
from playbooks.core.statement import read_statement
from playbooks.core.trouble import Trouble
from playbooks.custodian.sign import Signer
from tests.attacks.room import Room
from tests.attacks.thief import Thief
from tests.jobs.bench import now
from tests.jobs.work.hands import RUN

_OTHER: Final = "run-2"
# Events, who drives, what is held and signed, what is known, and names that are nobody's.
_WRITES: Final = (
    ("XADD", f"journal:{RUN}", "*", "body", "{}"),
    ("XDEL", f"journal:{RUN}", "0-1"),
    ("DEL", f"journal:{RUN}"),
    ("RENAME", "bot:mine", f"journal:{RUN}"),
    ("COPY", "bot:mine", f"journal:{RUN}", "REPLACE"),
    ("RESTORE", f"journal:{RUN}", "0", "nonsense"),
    ("HSET", f"run:{RUN}", "length", "1"),
    ("XADD", "feed", "*", "run", RUN, "number", "2", "kind", "approved"),
    ("SREM", "runs:open", RUN),
    ("ZREM", "runs", RUN),
    ("HSET", f"lease:{RUN}", "epoch", "9", "until", "9999999999999"),
    ("SET", "lock:cluster:toy", RUN),
    ("HSET", "attested", "a-1", "{}"),
    ("SET", "generation", "mine"),
    ("SET", "board:cluster:toy", "{}"),
    ("HSET", "scheduler", "epoch", "9"),
    ("SET", "people:bob", "U0MALLORY"),
    ("EVAL", f"return redis.call('SET', 'lease:{RUN}', 'mine')", "0"),
    ("EVAL", "return redis.call('DEL', KEYS[1])", "1", f"journal:{RUN}"),
    ("PUBLISH", "rq:pubsub:worker", '{"command": "kill-horse"}'),
    ("CONFIG", "SET", "aclfile", ""),
    ("ACL", "SETUSER", "bot", "+@all", "~*"),
    ("FLUSHALL",),
)


async def test_a_stolen_bot_writes_no_event_no_lease_and_no_people(
    room: Room, thief: Thief
) -> None:
    await room.plan()
    await room.approve("bob")
    await room.drive()
    thief.client.set("bot:mine", "1")
    before = room.records()
    for command in _WRITES:
        with pytest.raises(RedisError, match=r"(?i)no permissions|can't access"):
            thief.client.execute_command(*command)
    assert room.records() == before
    await room.approve("carol")
    assert await room.drive()
    assert room.effects()


async def test_what_a_stolen_bot_asks_and_presses_in_others_names_begins_nothing(
    room: Room, thief: Thief
) -> None:
    (room.place.folder / "work" / RUN).mkdir()
    ask = {"place": str(room.place.folder / "work"), "run": RUN, "danger": Danger.DESTROYS}
    thief.asks(RUN, ask)
    await room.look()
    text = await room.text()
    forged = room.keys["mallory"].sign(text)
    for proof, who, why in (
        ("", {"id": "U0BOB", "standing": "member"}, "and none came with it"),
        ("", {"id": "U0CAROL", "standing": "member"}, "and none came with it"),
        ("123456", {"id": "U0BOB", "standing": "member"}, "no authenticator is known for you"),
        (forged, {"id": "U0BOB", "standing": "member"}, "by nobody whose key counts"),
        ("", {"id": "bob-unix", "standing": "terminal"}, "a terminal alone cannot prove who you"),
        ("", {"id": "bob", "standing": "schedule"}, "a schedule presses nothing"),
    ):
        await thief.presses(room, proof=proof, who=who)
        await room.refuses(why)
    room.break_glass = ("toy",)
    await thief.presses(room, button=Button.BREAK_GLASS, confirms="toy")
    await room.refuses("the glass cannot be broken for toy")
    assert room.effects() == []


async def test_a_stolen_bot_rings_for_nothing_but_a_look_at_the_record(
    room: Room, thief: Thief
) -> None:
    await room.plan()
    await room.approve("bob")
    await room.drive()
    before = await room.trace()
    assert isinstance((await room.state()).stage, AwaitsApproval)
    for name in ("act", "act", "history", "attest"):
        thief.rings(name)
    for _ in range(3):
        await room.drive()
    assert await room.trace() == before


@pytest.mark.parametrize("mixed", [False, True])
async def test_who_is_shown_plan_a_approves_nothing_of_plan_b(
    room: Room, thief: Thief, *, mixed: bool
) -> None:
    """Bob signs what he is shown: the true text of another run, or one with B's digest in it."""
    await room.plan()
    await room.plan(_OTHER, breaks=True)
    shown, asked_for = await room.text(_OTHER), await room.text()
    if mixed:
        shown = _with_line(_with_line(shown, "Digest", asked_for), "Run", asked_for)
    assert read_statement(shown).text() == shown != asked_for
    for name in ("bob", "carol"):
        who = {"id": f"U0{name.upper()}", "standing": "member"}
        await thief.presses(room, proof=room.keys[name].sign(shown), who=who)
        await room.refuses("this signature is not over the text of this plan as it stands")
    assert room.effects() == []


async def test_the_program_that_signs_shows_what_is_signed_whatever_slack_shows(
    room: Room, tmp_path: Path
) -> None:
    """The card is about dev; the text that the bot puts beside it is about toy."""
    await room.plan()
    signer = Signer(room.keys["bob"].file, tmp_path / "memory.json", now())
    seen = []

    def reads(shown: str, question: str) -> str:
        seen.append(shown)
        assert "(toy)" in question
        return "dev"

    with pytest.raises(Trouble, match="You did not confirm it; nothing was signed"):
        signer.sign(read_statement(await room.text()), reads)
    assert "Cluster: toy" in seen[0]
    assert not (tmp_path / "memory.json").exists()


def _with_line(text: str, name: str, of: str) -> str:
    """Put a line of one text in the place of another's."""
    line = next(line for line in of.splitlines() if line.startswith(f"{name}: "))
    return re.sub(rf"^{name}: .*$", line, text, flags=re.MULTILINE)
