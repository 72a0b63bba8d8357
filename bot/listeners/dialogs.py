"""Dialogs that were sent off: an approval, a denial, or a wish to restore."""

import asyncio
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks.message import View
from bot.blocks.modals import APPROVE, DENY, GLASS
from bot.blocks.parts import plain, section
from bot.blocks.pointer import read_pointer
from bot.blocks.restore_modal import RESTORE
from bot.blocks.thread import direct
from bot.commands import read_since, within_limit
from bot.desk import Pressed, Wanted
from bot.envelope import Submitted, submitted
from bot.listeners.buttons import too_old
from bot.listeners.lobby import Lobby, check_member, check_place, in_time
from bot.words import tidy
from jobs.people import Button
from playbooks.core.ask import Ask
from playbooks.core.trouble import Trouble

_BUTTONS: Final = {
    APPROVE: Button.APPROVE,
    DENY: Button.DENY,
    GLASS: Button.BREAK_GLASS,
}
_RESTORE_WORD: Final = "restore"


class _FieldError(Exception):
    """One field of the dialog must be filled in differently."""

    def __init__(self, field: str, says: str) -> None:
        super().__init__(says)
        self.field = field


def register(app: AsyncApp, lobby: Lobby) -> None:
    async def on_decision(ack: AsyncAck, body: dict[str, Any]) -> None:
        await _acknowledged(ack, _decide(submitted(body), lobby))

    async def on_restore(ack: AsyncAck, body: dict[str, Any]) -> None:
        await _acknowledged(ack, _restore(submitted(body), lobby))

    app.view(APPROVE)(on_decision)
    app.view(DENY)(on_decision)
    app.view(GLASS)(on_decision)
    app.view(RESTORE)(on_restore)


async def _acknowledged(ack: AsyncAck, work: Any) -> None:  # noqa: ANN401 -- a coroutine of this file
    try:
        async with in_time():
            await work
    except _FieldError as fault:
        await ack(response_action="errors", errors={fault.field: str(fault)})
    except Trouble as trouble:
        await ack(response_action="update", view=_notice(trouble))
    else:
        await ack()


async def _decide(sent: Submitted, lobby: Lobby) -> None:
    pointer, button = read_pointer(sent.metadata), _BUTTONS[sent.callback]
    if pointer is None:
        raise too_old()
    reason = _reason(sent)
    if button in {Button.DENY, Button.BREAK_GLASS} and not reason:
        raise _FieldError("reason", "Say why, so that whoever asked knows what to change")
    await lobby.check_goes_on(pointer.run)
    who, _ = await asyncio.gather(
        lobby.door.who(sent.sender), _who_else_stands(pointer.run, button, lobby)
    )
    await lobby.desk.press(
        Pressed(
            seed=sent.seed,
            run=pointer.run,
            button=button,
            digest=pointer.digest,
            who=who,
            reason=reason,
            proof=sent.value("proof"),
            confirms=sent.value("confirms"),
        )
    )


async def _who_else_stands(name: str, button: Button, lobby: Lobby) -> None:
    """Before one of two approves: whoever left since must not be the other one."""
    run = await lobby.run(name) if button is Button.APPROVE else None
    if run is not None:
        await lobby.departures.look_at(run)


async def _restore(sent: Submitted, lobby: Lobby) -> None:
    channel, _, cluster = sent.metadata.partition(":")
    who = await lobby.door.who(sent.sender)
    check_member(who)
    check_place(await lobby.door.why_not_here(channel))
    since = sent.value("since")
    try:
        began = read_since(tidy(since), lobby.now()) if since else None
    except Trouble as trouble:
        raise _FieldError("since", f"{trouble.happened}; {trouble.do}") from trouble
    common = Ask(cluster=cluster or None, since=began, reason=_reason(sent))
    chosen = sent.choice("backup") or "latest"
    ask = lobby.vocabulary[_RESTORE_WORD].ask.read([chosen], common)
    await lobby.desk.ask(
        Wanted(
            seed=sent.seed,
            word=_RESTORE_WORD,
            ask=ask.model_dump(mode="json"),
            who=who,
            channel=channel,
        )
    )


def _reason(sent: Submitted) -> str:
    try:
        return within_limit(" ".join(tidy(sent.value("reason")).split()))
    except Trouble as trouble:
        raise _FieldError("reason", f"{trouble.happened}; {trouble.do}") from trouble


def _notice(trouble: Trouble) -> View:
    """Tell in the dialog itself why nothing came of it."""
    return {
        "type": "modal",
        "title": plain("Nothing was changed", 24),
        "close": plain("Close", 24),
        "blocks": [*direct(str(trouble)).blocks] or [section(str(trouble))],
    }
