"""The words after `/vault`, or at a terminal, as a wish, or refused in one sentence. Pure."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

from pydantic import JsonValue

from bot.words import Word, plain, split, unquoted
from jobs.readiness.checklist import item_named
from jobs.readiness.evidence import why_not_attested
from playbooks.core.ask import Ask
from playbooks.core.playbook import Playbook
from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Moment, Name

Topic: TypeAlias = Literal["help", "status", "backups", "runs", "run", "checklist", "docs"]


class AskRun(Frozen):
    """Look, plan, and carry it out once it is approved; `ask` has the shape of the playbooks."""

    word: str
    ask: dict[str, JsonValue]


class Question(Frozen):
    """Answered from what is known already; `about` narrows it."""

    topic: Topic
    about: str = ""


class OpenRestoreModal(Frozen):
    """`restore` alone: show the backups there are, and what each would lose."""

    cluster: Name | None = None  # None: the only cluster of the configuration.


class CancelRun(Frozen):
    run: Name
    reason: str


class Attest(Frozen):
    """A person vouches for a checklist item that no event can prove."""

    item: str
    note: str


Wish: TypeAlias = AskRun | Question | OpenRestoreModal | CancelRun | Attest


@dataclass(frozen=True)
class Spoken:
    """A word that begins a run, as its playbooks bring it."""

    word: str
    usage: str
    ask: type[Ask]


Vocabulary: TypeAlias = Mapping[str, Spoken]

# What each question takes, as `/vault help` and every refusal show it.
USAGES: Final[Mapping[str, str]] = {
    "help": "help [topic]",
    "status": "status [CLUSTER]",
    "backups": "backups [CLUSTER]",
    "runs": "runs",
    "run": "run ID",
    "cancel": "cancel ID [reason]",
    "checklist": "checklist [phase | attest ITEM NOTE]",
    "docs": "docs [topic]",
}
_LONGEST_REASON: Final = 500
_TAIL: Final = frozenset({"on", "since", "reason"})
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_ITEM: Final = re.compile(r"[1-9]\.[1-9][0-9]?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOTHING: Final = "nothing was changed"


def vocabulary(playbooks: Iterable[Playbook[Any, Any]]) -> Vocabulary:
    """Gather the words of the playbooks; those that share a word share the shape of its ask."""
    return {book.word: Spoken(book.word, book.usage, book.ask) for book in playbooks}


def read_command(typed: str, spoken: Vocabulary, now: Moment) -> Wish:
    """Understand one line. Raises Trouble, and never anything else."""
    line = plain(typed)
    words = split(line)
    if not words:
        return Question(topic="help")
    first, rest = words[0].text.lower(), words[1:]
    if first in spoken:
        return _run(spoken[first], line, rest, now)
    match first:
        case "help" | "docs":
            return Question(topic=first, about=" ".join(word.text for word in rest))
        case "status" | "backups":
            named = rest[1:] if rest and rest[0].text.lower() == "on" else rest
            return Question(topic=first, about=_at_most_one(first, named))
        case "runs":
            _at_most(0, "runs", rest)
            return Question(topic="runs")
        case "run":
            return Question(topic="run", about=_run_id("run", rest[:1], rest[1:]))
        case "cancel":
            return CancelRun(run=_run_id("cancel", rest[:1], ()), reason=_reason_after(line, rest))
        case "checklist":
            return _checklist(line, rest)
        case _:
            raise _unknown(words[0].text, spoken)


def _run(word: Spoken, line: str, rest: Sequence[Word], now: Moment) -> Wish:
    positional, tail = _cut_tail(line, rest, now)
    if word.word == "restore" and not positional and tail == Ask(cluster=tail.cluster):
        return OpenRestoreModal(cluster=tail.cluster)
    ask = word.ask.read([each.text for each in positional], tail)
    return AskRun(word=word.word, ask=ask.model_dump(mode="json"))


def _cut_tail(line: str, words: Sequence[Word], now: Moment) -> tuple[list[Word], Ask]:
    """Read `on`, `since` and `reason`, which every word takes; the others stay in their order."""
    positional: list[Word] = []
    said: dict[str, str] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        key = word.text.lower()
        if key not in _TAIL:
            positional.append(word)
            continue
        if key in said:
            raise Trouble(f"`{key}` is there twice", left=_NOTHING, do="say it once")
        if key == "reason":
            said[key] = _reason(line[word.at + len(word.text) :])
            break
        said[key] = _value_of(key, left)
    common = Ask(
        cluster=_cluster(said["on"]) if "on" in said else None,
        since=read_since(said["since"], now) if "since" in said else None,
        reason=said.get("reason", ""),
    )
    return positional, common


def _value_of(key: str, left: list[Word]) -> str:
    if not left:
        example = "on prod" if key == "on" else "since 02:40"
        raise Trouble(f"`{key}` has nothing after it", left=_NOTHING, do=f"say `{example}`")
    value = left.pop(0).text
    if key == "since" and _DAY.fullmatch(value) and left:
        return f"{value} {left.pop(0).text}"
    return value


def read_since(text: str, now: Moment) -> datetime:
    """Read `02:40`, the last such time in UTC, or a day with a time. Raises Trouble."""
    wrong = Trouble(
        f"“{text}” is not a time of the past",
        left=_NOTHING,
        do='say when it began in UTC, as in `since 02:40` or `since "2026-11-25 02:40"`',
    )
    if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", text):
        try:
            clock = datetime.strptime(text, "%H:%M").replace(tzinfo=UTC).timetz()
        except ValueError:
            raise wrong from None
        today = datetime.combine(now.astimezone(UTC).date(), clock)
        return today if today <= now else today - timedelta(days=1)
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    except ValueError:
        raise wrong from None
    if moment > now:
        raise wrong
    return moment


def _cluster(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise Trouble(
            f"“{text}” cannot be the name of a cluster", left=_NOTHING, do="see `/vault status`"
        )
    return text


def _reason(text: str) -> str:
    reason = unquoted(text)
    if not reason:
        raise Trouble("`reason` has nothing after it", left=_NOTHING, do="say why, or leave it out")
    return within_limit(reason)


def within_limit(reason: str) -> str:
    """A reason goes into a plan that people read. Raises Trouble where it is too long."""
    if len(reason) > _LONGEST_REASON:
        raise Trouble(
            f"The reason has {len(reason)} letters",
            left=_NOTHING,
            do=f"say it in at most {_LONGEST_REASON}, the incident channel has room for the rest",
        )
    return reason


def _reason_after(line: str, rest: Sequence[Word]) -> str:
    """What follows a run's id is the reason, with or without the word for it."""
    if len(rest) < 2:  # noqa: PLR2004 -- the id and something after it
        return ""
    word = rest[1]
    start = word.at + len("reason") if word.text.lower() == "reason" else word.at
    return within_limit(unquoted(line[start:]))


def _run_id(word: str, found: Sequence[Word], beyond: Sequence[Word]) -> str:
    if len(found) == 1 and not beyond and _NAME.fullmatch(found[0].text):
        return found[0].text
    raise Trouble(
        f"`{word}` needs the id of one run",
        left=_NOTHING,
        do=f"pick it from `/vault runs`, as in `/vault {word} r-k3x7m2qa`",
    )


def _checklist(line: str, rest: Sequence[Word]) -> Wish:
    if rest and rest[0].text.lower() == "attest":
        return _attest(line, rest[1:])
    return Question(topic="checklist", about=_at_most_one("checklist", rest))


def _attest(line: str, rest: Sequence[Word]) -> Attest:
    if len(rest) < 2 or not _ITEM.fullmatch(rest[0].text):  # noqa: PLR2004 -- item and note
        raise Trouble(
            "`checklist attest` needs an item and a note",
            left=_NOTHING,
            do="say what you saw, as in `/vault checklist attest 2.1 restored into staging today`",
        )
    item = item_named(rest[0].text)
    why_not = why_not_attested(item) if item else f"the checklist has no item {rest[0].text}"
    if why_not is not None:
        raise Trouble(
            f"Nobody can vouch for this: {why_not}",
            left="the checklist is as it was, and nothing was changed",
            do="see `/vault checklist` for what proves each item",
        )
    return Attest(item=rest[0].text, note=within_limit(unquoted(line[rest[1].at :])))


def _at_most_one(word: str, rest: Sequence[Word]) -> str:
    _at_most(1, word, rest)
    return rest[0].text if rest else ""


def _at_most(most: int, word: str, rest: Sequence[Word]) -> None:
    if len(rest) > most:
        raise Trouble(
            f"“{rest[most].text}” means nothing after `{word}`",
            left=_NOTHING,
            do=f"say `/vault {USAGES[word]}`",
        )


def _unknown(word: str, spoken: Vocabulary) -> Trouble:
    known = {**{each.word: f"{each.word} {each.usage}" for each in spoken.values()}, **USAGES}
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    shown = word if len(word) <= 40 else f"{word[:40]}…"  # noqa: PLR2004 -- fits one line
    if not near:
        return Trouble(f"“{shown}” is no command", left=_NOTHING, do="see `/vault help`")
    usage = known[near[0]].strip()
    return Trouble(
        f"“{shown}” is no command",
        left=_NOTHING,
        do=f"did you mean `/vault {near[0]}`? It goes `/vault {usage}`",
    )
