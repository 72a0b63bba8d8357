"""Presses on a card. Each becomes a request, or opens the dialog in which people decide."""

import logging
import re
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.blocks.message import Message, View
from bot.blocks.modals import approve_modal, deny_modal, glass_modal
from bot.blocks.pointer import Pointer, button_of, read_pointer
from bot.desk import Pressed, Wanted
from bot.envelope import Click, click, run_id
from bot.listeners.commands import asked_for
from bot.listeners.lobby import Lobby, check_member, check_place, to_one, told
from bot.web import SlackLimitedError, SlackRefusedError, SlackUnsureError
from jobs.people import Button, Who, why_not
from jobs.records.standing import goes_on
from jobs.runs.state import Run
from playbooks.core.trouble import Trouble

_LOG: Final = logging.getLogger(__name__)
_PRESS: Final = re.compile(r"^press:")
_DIALOGS: Final = frozenset({Button.APPROVE, Button.DENY, Button.BREAK_GLASS})
_UNREAD: Final = "unread"  # No plan has this digest, so such a press can only be refused.


def register(app: AsyncApp, lobby: Lobby) -> None:
    @app.action(_PRESS)
    async def on_press(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()
        try:
            message = await _press(click(body), lobby)
        except Trouble as trouble:
            message = told(trouble)
        if message is not None:
            await respond(**to_one(message), replace_original=False)


async def _press(pressed: Click, lobby: Lobby) -> Message | None:
    """Answer the person at once where the bot can; None where a worker will."""
    button, pointer = button_of(pressed.action), read_pointer(pressed.value)
    if button is None or pointer is None:
        raise too_old()
    run = await _run_of_this_card(pressed, pointer, lobby)
    who = await lobby.door.who(pressed.sender)
    if button is Button.ASK_AGAIN:
        return await _ask_again(run, pressed, who, lobby)
    await lobby.check_goes_on(run.id)
    if button in _DIALOGS and _may(run, who, button, lobby):
        check_place(await lobby.door.why_not_here(pressed.channel))
        await _open(pressed, button, pointer, run, lobby)
        return None
    # The worker answers everybody else with the reason, and the journal keeps it.
    dialog = button in _DIALOGS
    await lobby.desk.press(
        Pressed(
            seed=pressed.seed,
            run=pointer.run,
            button=button,
            digest=_UNREAD if dialog else pointer.digest,
            who=who,
        )
    )
    return None


async def _run_of_this_card(pressed: Click, pointer: Pointer, lobby: Lobby) -> Run:
    """Raise Trouble unless this very message is the card of the run that the value names."""
    place = await lobby.shelf.place(pointer.run)
    ours = pressed.bot in {"", lobby.door.home.bot} and not pressed.ephemeral
    if place is None or not ours:
        raise too_old()
    if (place.channel, place.ts) != (pressed.channel, pressed.message_ts):
        link = await lobby.outbox.link(place)
        raise too_old(f"use the card of the run: {link}" if link else "see `/vault runs`")
    run = await lobby.run(pointer.run)
    if run is None:
        raise too_old()
    return run


def too_old(do: str = "see `/vault runs` for what can be pressed now") -> Trouble:
    return Trouble("This button is too old", left="pressing it changed nothing", do=do)


def _may(run: Run, who: Who, button: Button, lobby: Lobby) -> bool:
    """Only a hint that spares people a dialog in vain: the worker decides."""
    return why_not(lobby.people, who, run.matter, button) is None


async def _open(pressed: Click, button: Button, pointer: Pointer, run: Run, lobby: Lobby) -> None:
    if pointer.digest != run.planned.digest:
        raise Trouble(
            "This button belongs to another plan",
            left="pressing it changed nothing",
            do="read the plan that stands now, and press its button",
        )
    view = _dialog(button, run, lobby)
    try:
        await lobby.web.call("views.open", trigger_id=pressed.trigger, view=view)
    except (SlackRefusedError, SlackLimitedError, SlackUnsureError) as error:
        _LOG.warning("a dialog did not open", extra={"why": str(error), "run": run.id})
        raise Trouble(
            "Slack did not open the dialog", left="nothing was approved or denied", do="press again"
        ) from error


def _dialog(button: Button, run: Run, lobby: Lobby) -> View:
    match button:
        case Button.APPROVE:
            return approve_modal(run, lobby.people, lobby.now())
        case Button.BREAK_GLASS:
            return glass_modal(run)
        case _:
            return deny_modal(run)


async def _ask_again(run: Run, pressed: Click, who: Who, lobby: Lobby) -> Message:
    """A new wish with the same words: a new look, plan and card, and approvals of its own."""
    check_member(who)
    check_place(await lobby.door.why_not_here(pressed.channel))
    wanted = Wanted(
        seed=await _seed_of_again(run.id, who, lobby),
        word=run.planned.word,
        ask=run.planned.ask,
        who=who,
        channel=pressed.channel,
        again=run.id,
    )
    name = await lobby.desk.ask(wanted)
    return asked_for(run.planned.word, name, lobby.channels, pressed.channel)


async def _seed_of_again(run: str, who: Who, lobby: Lobby) -> str:
    """Not of the click: pressing twice asks once, until what was asked for is over."""
    seed = f"again\n{run}\n{who.id}"
    before = await lobby.journal.read(run_id(seed))
    if before.events and not goes_on(before):
        return await _seed_of_again(run_id(seed), who, lobby)
    return seed
