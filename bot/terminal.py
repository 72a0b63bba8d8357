"""The same words from a shell, for when Slack is down. A terminal asks; it never approves."""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, assert_never

from pydantic import JsonValue

from bot.blocks.message import Message
from bot.commands import (
    AskRun,
    Attest,
    CancelRun,
    OpenRestoreModal,
    Question,
    Wish,
    read_command,
    vocabulary,
)
from bot.desk import Pressed, Wanted
from bot.given import Given, Opened, opened
from bot.questions import answer
from jobs.people import Button, Who
from jobs.records.feed import Feed
from jobs.runs.headline import headline
from jobs.runs.lifecycle import replay
from jobs.runs.state import AwaitsApproval, Ended, NoRun, Run, Stopped
from jobs.runs.story import thread_line
from playbooks.core.trouble import Trouble

_LISTEN: Final = timedelta(seconds=1)
_LOOKED_WITHIN: Final = timedelta(seconds=60)
_LINK: Final = re.compile(r"<([^<>|]+)\|([^<>]*)>")
_EMOJI: Final = re.compile(r":[a-z0-9_+-]+: ?")


async def main(words: str, given: Given, login: str, seed: str) -> int:
    """Do what one line says and print the answer; `seed` is fresh for each call.

    Answers the exit code: 0 if all went well, 1 if a run stopped, was refused or was not planned.
    """
    now = given.now()
    wish = read_command(words, vocabulary(given.playbooks.values()), now)
    who = Who(id=login, standing="terminal")
    async with opened(given) as records:
        return await _grant(wish, who, f"terminal\n{login}\n{seed}", given, records)


async def _grant(wish: Wish, who: Who, seed: str, given: Given, records: Opened) -> int:
    match wish:
        case Question():
            now = given.now()
            print(plain(answer(wish, await records.library.gather(now), now)))
            return 0
        case OpenRestoreModal():
            # There are no dialogs here, so the choices are listed instead.
            now = given.now()
            known = await records.library.gather(now)
            print(plain(answer(Question(topic="backups"), known, now)))
            print("Say which one, as in `restore latest` or `restore NAME`.")
            return 0
        case AskRun(word=word, ask=ask):
            return await _ask(word, ask, who, seed, records)
        case CancelRun(run=run, reason=reason):
            return await _cancel(run, reason, who, seed, records)
        case Attest():
            raise Trouble(
                "A terminal cannot prove who you are",
                left="the checklist is as it was",
                do="attest it in Slack",
            )
        case _:
            assert_never(wish)


async def _ask(word: str, ask: dict[str, JsonValue], who: Who, seed: str, records: Opened) -> int:
    wanted = Wanted(seed=seed, word=word, ask=ask, who=who, channel=None)
    feed = Feed(records.connection)
    since = await feed.last()
    run = await records.desk.ask(wanted)
    print(f"Asked for {word}: run {run}. A worker looks now.")
    await records.desk.drain(_LISTEN)
    return await _follow(run, 0, since, records)


async def _cancel(run: str, reason: str, who: Who, seed: str, records: Opened) -> int:
    history = await records.journal.read(run)
    found = replay(history.events)
    if not isinstance(found, Run):
        raise Trouble(f"There is no run {run}", left="nothing was changed", do="see `runs`")
    feed = Feed(records.connection)
    since = await feed.last()
    pressed = Pressed(
        seed=seed,
        run=run,
        button=Button.CANCEL,
        digest=found.planned.digest,
        who=who,
        reason=reason,
    )
    await records.desk.press(pressed)
    await records.desk.drain(_LISTEN)
    return await _follow(run, len(history.events), since, records)


async def _follow(run: str, told: int, cursor: str, records: Opened) -> int:
    """Print what happens, until the run ends, stops, or waits for people."""
    feed, loop = Feed(records.connection), asyncio.get_running_loop()
    give_up = loop.time() + _LOOKED_WITHIN.total_seconds()
    while True:
        events = (await records.journal.read(run)).events
        for number in range(told + 1, len(events) + 1):
            stands = replay(events[:number])
            said = thread_line(events[number - 1], stands) if stands is not None else None
            if said is not None:
                name = f"{said.who.by} " if said.who else ""
                print(f"{events[number - 1].at:%H:%M:%S} {name}{said.says}", flush=True)
        state = replay(events)
        code = _code(state) if len(events) > told or state is not None else None
        if code is not None and len(events) > told:
            print(_last_word(state))
            return code
        told = max(told, len(events))
        if state is None and loop.time() > give_up:
            raise Trouble(
                f"No worker has looked at run {run} yet",
                left="it stays in the inbox, and nothing was changed",
                do=f"see that the workers run, then `run {run}`",
            )
        lines = await feed.after(cursor, _LISTEN)
        cursor = lines[-1].id if lines else cursor


def _code(state: Run | NoRun | None) -> int | None:
    """The exit code at which nothing more happens by itself; None while it goes on."""
    match state:
        case NoRun():
            return 1
        case Run(stage=Ended(outcome=outcome)):
            return 0 if outcome == "done" else 1
        case Run(stage=Stopped()):
            return 1
        case Run(stage=AwaitsApproval()):
            return 0
        case _:
            return None


def _last_word(state: Run | NoRun | None) -> str:
    match state:
        case Run(stage=AwaitsApproval()):
            return "It waits for approval in Slack; a terminal cannot approve."
        case Run(stage=Stopped(do=do)):
            return f"It stopped. What to do, in Slack: {do}."
        case Run() | NoRun():
            return f"{headline(state)}."
        case None:
            return ""
        case _:
            assert_never(state)


def plain(message: Message) -> str:
    """Show a message without Slack: its texts, one a line."""
    return "\n".join(_plain(text) for block in message.blocks for text in _texts(block))


def _texts(part: JsonValue) -> Sequence[str]:
    match part:
        case {"type": "plain_text" | "mrkdwn", "text": str(text)}:
            return [text]
        case {"type": "button"}:
            return []
        case dict():
            return [text for value in part.values() for text in _texts(value)]
        case list():
            return [text for value in part for text in _texts(value)]
        case _:
            return []


def _plain(text: str) -> str:
    text = _LINK.sub(
        lambda match: f"{match[2]} ({match[1]})" if match[1][:4] == "http" else match[2], text
    )
    text = _EMOJI.sub("", text).replace("*", "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
