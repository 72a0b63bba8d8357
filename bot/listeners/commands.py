"""`/vault …`: read the words, answer or put a request, and say at once what happens next."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, assert_never

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.blocks.message import Message, View
from bot.blocks.restore_modal import restore_modal
from bot.blocks.thread import direct
from bot.commands import (
    AskRun,
    Attest,
    CancelRun,
    OpenRestoreModal,
    Question,
    Wish,
    read_command,
)
from bot.desk import Pressed, Wanted
from bot.envelope import Typed, typed
from bot.listeners.lobby import Lobby, check_member, check_place, in_time, to_one, told
from bot.questions import answer
from bot.web import SlackLimitedError, SlackRefusedError, SlackUnsureError
from jobs.people import Button, Who
from playbooks.core.trouble import Trouble

_LOG: Final = logging.getLogger(__name__)
# The watch tells the person itself a little later, if this bot does not live that long.
_LINK_WITHIN: Final = timedelta(seconds=5)
_LOOK_EVERY: Final = timedelta(milliseconds=200)


def register(app: AsyncApp, lobby: Lobby) -> None:
    @app.command("/vault")
    async def on_command(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        command = typed(body)
        try:
            async with in_time():
                wish = read_command(command.text, lobby.vocabulary, lobby.now())
                who = await _checked(command, wish, lobby)
                answered = await _grant(wish, command, who, lobby)
        except Trouble as trouble:
            await ack(**to_one(told(trouble)))
            return
        match answered:
            case Dialog(view=view):
                await ack()
                await _open(command, view, lobby)
            case Said(message=message, run=run):
                await ack(**to_one(message))
                if run and command.channel not in lobby.channels:
                    await _show_the_way(run, respond, lobby)


async def _checked(command: Typed, wish: Wish, lobby: Lobby) -> Who:
    """Raise Trouble for a person or a place where nothing is answered."""
    who, why_not_here = await asyncio.gather(
        lobby.door.who(command.sender), lobby.door.why_not_here(command.channel)
    )
    check_member(who)
    # What a question tells goes to this one person; a private channel that the bot cannot see
    # is no place to begin a recovery, but it may be asked from.
    shared = "shared with another organisation" in why_not_here
    if shared or not isinstance(wish, Question):
        check_place(why_not_here)
    return who


@dataclass(frozen=True)
class Said:
    """An answer, and the run that was asked for, or nothing."""

    message: Message
    run: str = ""


@dataclass(frozen=True)
class Dialog:
    view: View


async def _grant(wish: Wish, command: Typed, who: Who, lobby: Lobby) -> Said | Dialog:
    """Answer, or put a request."""
    match wish:
        case Question():
            now = lobby.now()
            return Said(answer(wish, await lobby.library.gather(now), now))
        case AskRun(word=word, ask=ask):
            wanted = Wanted(seed=command.seed, word=word, ask=ask, who=who, channel=command.channel)
            run = await lobby.desk.ask(wanted)
            return Said(asked_for(word, run, lobby.channels, command.channel), run)
        case CancelRun(run=run, reason=reason):
            return Said(await _cancel(run, reason, command, who, lobby))
        case Attest(item=item, note=note):
            await lobby.desk.attest(command.seed, item, note, who)
            says = f"Your word for item {item} is noted; it counts once a worker has signed it"
            return Said(direct(f"{says}. See `/vault checklist`"))
        case OpenRestoreModal():
            return Dialog(await _restore_view(wish, command, lobby))
        case _:
            assert_never(wish)


def asked_for(word: str, run: str, channels: tuple[str, ...], typed_in: str) -> Message:
    """Say what happens next."""
    where = "here" if typed_in in channels else f"in <#{channels[0]}>"
    says = f"Asked for {word}: run `{run}`. A worker looks now, and the card appears {where}."
    return Message(says, [{"type": "section", "text": {"type": "mrkdwn", "text": says}}])


async def _cancel(run: str, reason: str, command: Typed, who: Who, lobby: Lobby) -> Message:
    found = await lobby.run(run)
    if found is None:
        raise Trouble(
            f"There is no run {run}", left="nothing was changed", do="pick one from `/vault runs`"
        )
    await lobby.check_goes_on(run)
    pressed = Pressed(
        seed=command.seed,
        run=run,
        button=Button.CANCEL,
        digest=found.planned.digest,
        who=who,
        reason=reason,
    )
    await lobby.desk.press(pressed)
    return direct(f"Asked to cancel run {run}; its card and its thread show the answer.")


async def _restore_view(wish: OpenRestoreModal, command: Typed, lobby: Lobby) -> View:
    """Draw the dialog from what is known: the trigger lives for 3 s, so nobody is asked first."""
    known = {view.cluster: view for view in await lobby.board.clusters()}
    if wish.cluster is None and len(known) > 1:
        raise Trouble(
            f"There are {len(known)} clusters",
            left="nothing was changed",
            do=f"say which one, as in `/vault restore on {min(known)}`",
        )
    if wish.cluster is not None and wish.cluster not in known:
        raise Trouble(
            f"No cluster {wish.cluster} was looked at yet",
            left="nothing was changed",
            do="see `/vault status` for the clusters there are",
        )
    chosen = wish.cluster or next(iter(known), "")
    return restore_modal(known.get(chosen), lobby.now(), command.channel)


async def _open(command: Typed, view: View, lobby: Lobby) -> None:
    try:
        await lobby.web.call("views.open", trigger_id=command.trigger, view=view)
    except (SlackRefusedError, SlackLimitedError, SlackUnsureError) as error:
        _LOG.warning("the restore dialog did not open", extra={"why": str(error)})


async def _show_the_way(run: str, respond: AsyncRespond, lobby: Lobby) -> None:
    """Link the card for someone who asked in another channel, once there is a card."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _LINK_WITHIN.total_seconds()
    while loop.time() < until:
        place = await lobby.shelf.place(run)
        if place is not None:
            link = await lobby.outbox.link(place)
            await lobby.shelf.is_shown(run, "link")
            says = f"Run `{run}` is shown in <#{place.channel}>: {link or ''}"
            await respond(**to_one(Message(says, [_section(says)])), replace_original=False)
            return
        await asyncio.sleep(_LOOK_EVERY.total_seconds())


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
