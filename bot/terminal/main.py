"""What one line at a terminal leads to: the words of Slack, and each button of a card."""

from typing import assert_never

from pydantic import JsonValue

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
from bot.desk import Wanted
from bot.given import Given, Opened, opened
from bot.questions import answer
from bot.terminal.console import Console
from bot.terminal.follow import Following, follow
from bot.terminal.plain import here, plain
from bot.terminal.pressing import RINGS, known_run, press
from bot.terminal.words import ABOUT, Order, PressRun, WatchRun, meant, read_order
from jobs.people import Button, Who
from playbooks.core.trouble import Trouble


async def main(words: str, given: Given, console: Console) -> int:
    """Do what one line says and print the answer. Raises Trouble.

    Answers the exit code: 0 if all went well, 1 if a run stopped, was refused or was not planned,
    or if a press did not count.
    """
    try:
        wanted = _read(words, given)
        async with opened(given) as records:
            if isinstance(wanted, PressRun | WatchRun):
                return await _carry_out(wanted, given, records, console)
            return await _grant(wanted, given, records, console)
    except Trouble as trouble:
        raise Trouble(
            here(trouble.happened), left=here(trouble.left), do=here(trouble.do)
        ) from trouble


def _read(words: str, given: Given) -> Order | Wish:
    order = read_order(words)
    if order is not None:
        return order
    try:
        wish = read_command(words, vocabulary(given.playbooks.values()), given.now())
    except Trouble as trouble:
        guess = meant(words)
        if guess is None:
            raise
        raise Trouble(
            trouble.happened, left=trouble.left, do=f"did you mean `{guess}`?"
        ) from trouble
    if isinstance(wish, CancelRun):
        return PressRun(run=wish.run, button=Button.CANCEL, reason=wish.reason)
    return wish


async def _carry_out(order: Order, given: Given, records: Opened, console: Console) -> int:
    match order:
        case WatchRun(run=name):
            await known_run(name, records)
            following = Following(run=name, until="it ends")
            return await follow(following, given, records, console)
        case PressRun(run=name, button=Button.ASK_AGAIN):
            planned = (await known_run(name, records)).planned
            wanted = _wanted(planned.word, planned.ask, console, again=name)
            return await _ask(wanted, given, records, console)
        case PressRun():
            return await press(order, given, records, console)
        case _:
            assert_never(order)


async def _grant(wish: Wish, given: Given, records: Opened, console: Console) -> int:
    match wish:
        case Question():
            await _answer(wish, given, records)
            return 0
        case OpenRestoreModal():
            # There are no dialogs here, so the choices are listed instead.
            await _answer(Question(topic="backups"), given, records)
            print("Say which one, as in `restore latest` or `restore NAME`.")
            return 0
        case AskRun(word=word, ask=ask):
            return await _ask(_wanted(word, ask, console), given, records, console)
        case Attest():
            raise Trouble(
                "A terminal cannot prove who you are",
                left="the checklist is as it was",
                do="attest it in Slack",
            )
        case CancelRun():
            msg = "cancelling is a press here"
            raise TypeError(msg)
        case _:
            assert_never(wish)


async def _answer(question: Question, given: Given, records: Opened) -> None:
    now = given.now()
    print(plain(answer(question, await records.library.gather(now), now), given.people))
    if question == Question(topic="help"):
        print("At a terminal, besides:")
        print(*(f"  {usage}: {about}" for usage, about in ABOUT.items()), sep="\n")


def _wanted(
    word: str, ask: dict[str, JsonValue], console: Console, again: str | None = None
) -> Wanted:
    who = Who(id=console.login, standing="terminal")
    seed = f"terminal\n{console.login}\n{console.seed}"
    return Wanted(seed=seed, word=word, ask=ask, who=who, channel=None, again=again)


async def _ask(wanted: Wanted, given: Given, records: Opened, console: Console) -> int:
    run = await records.desk.ask(wanted)
    print(f"Asked for {wanted.word}: run {run}. A worker looks now.", flush=True)
    await records.desk.drain(RINGS)
    following = Following(run=run, until=console.until)
    return await follow(following, given, records, console)
