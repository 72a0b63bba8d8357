"""Signatures and codes that must not count: refused with the reason, and nothing changed."""

from base64 import b32encode
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from jobs.people import Button
from jobs.records.keys import write_private
from jobs.runs.proofs import ProofKind
from jobs.runs.statement import glass_statement
from tests.attacks.room import Room

_OTHER = "run-2"
_ANOTHER_TEXT = "this signature is not over the text of this plan as it stands"


async def test_a_stolen_slack_session_signs_nothing(room: Room) -> None:
    """The thief may press and paste as Bob, whose key stays on Bob's own machine."""
    await room.plan()
    await room.press("bob")
    await room.refuses("this plan is approved by a signature over its text, and none came with it")
    await room.press("bob", room.keys["mallory"].sign(await room.text()))
    await room.refuses("by nobody whose key counts")


async def test_a_signature_for_another_plan_counts_for_nothing(room: Room) -> None:
    await room.plan()
    await room.plan(_OTHER)
    await room.press("bob", await room.signature("bob", _OTHER))
    await room.refuses(_ANOTHER_TEXT)


async def test_a_signature_for_another_cluster_counts_for_nothing(room: Room) -> None:
    await room.plan()
    text = (await room.text()).replace("Cluster: toy", "Cluster: dev")
    await room.press("bob", room.keys["bob"].sign(text))
    await room.refuses(_ANOTHER_TEXT)


async def test_a_signature_for_something_else_than_this_program_counts_for_nothing(
    room: Room,
) -> None:
    """Such as one that a Git host asked for, over a text which somebody made up."""
    await room.plan()
    await room.press("bob", room.keys["bob"].sign(await room.text(), namespace="git"))
    await room.refuses(_ANOTHER_TEXT)


async def test_a_signature_that_comes_too_late_counts_for_nothing(room: Room) -> None:
    await room.plan()
    await room.approve("bob")
    room.ahead = timedelta(minutes=61)
    await room.refuses("the plan has expired; press Ask again for a fresh look")


async def test_one_signature_is_one_approval_whoever_hands_it_in(room: Room) -> None:
    await room.plan()
    signature = await room.signature("bob")
    await room.press("bob", signature)
    await room.drive()
    await room.press("bob", signature)
    await room.refuses("you have approved this already, and one person counts once")
    await room.press("carol", signature)
    await room.refuses("the signature is by bob, and this account belongs to carol")


@pytest.mark.parametrize("button", [Button.APPROVE, Button.BREAK_GLASS])
async def test_a_signature_that_was_withdrawn_cannot_be_replayed(
    room: Room, button: Button
) -> None:
    """It stands in the journal, where whoever took over the bot reads it."""
    room.break_glass = ("toy",)
    planned = await room.plan()
    signature = await room.signature("bob")
    more = {}
    if button is Button.BREAK_GLASS:
        signature = room.keys["bob"].sign(glass_statement(planned, "because").text())
        more = {"confirms": planned.cluster}
    await room.press("bob", signature, button, **more)
    await room.press("bob", button=Button.WITHDRAW)
    await room.drive()  # Both are read before the first step.
    await room.press("bob", signature, button, **more)
    await room.refuses("you withdrew your signature of this plan")
    await room.approve("carol")
    await room.drive()
    assert await room.approved_by() == ["carol"]
    assert room.effects() == []


async def test_a_code_counts_once_on_all_plans_together(room: Room) -> None:
    """Whoever reads it in Slack, or over a shoulder, has half a minute for another plan."""
    code = _codes(room, "bob")
    await room.plan()
    await room.plan(_OTHER)
    await room.press("bob", code)
    await room.drive()
    assert await room.approved_by() == ["bob"]
    await room.place.press(_OTHER, Button.APPROVE, "bob", proof=code)
    await room.refuses("this code was used already", run=_OTHER)


async def test_codes_are_not_guessed_by_asking_for_many_plans(room: Room) -> None:
    code = _codes(room, "bob")
    wrong = [f"{number:06d}" for number in range(10) if f"{number:06d}" != code][:5]
    for number, guess in enumerate(wrong):
        await room.plan(f"run-{number}")
        await room.place.press(f"run-{number}", Button.APPROVE, "bob", proof=guess)
        await room.refuses("this code is wrong or too old", run=f"run-{number}")
    await room.plan("run-last")
    await room.place.press("run-last", Button.APPROVE, "bob", proof=code)
    await room.refuses("5 wrong codes were given for you within this hour", run="run-last")


def _codes(room: Room, name: str) -> str:
    """Let codes be enough; the present one of this person."""
    secret = b"0123456789abcdefghij"
    room.proof = ProofKind.TOTP
    room.codes[name] = room.place.folder / f"{name}.totp"
    write_private(room.codes[name], b32encode(secret))
    totp = TOTP(secret, 6, SHA1(), 30)  # noqa: S303 -- as authenticators do
    return totp.generate(int(room.now().timestamp())).decode()
