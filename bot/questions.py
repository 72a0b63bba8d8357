"""Answers from what is known already: nobody is asked while the person waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, assert_never

from bot.blocks import backups, checklist, docs, runs, status
from bot.blocks.help import ABOUT, of_buttons, of_word, overview
from bot.blocks.message import Message
from bot.blocks.run import CardContext
from bot.commands import USAGES, Question
from jobs.people import People
from jobs.readiness.checklist import phases
from jobs.readiness.evidence import Tick
from jobs.runs.bots import Bots
from jobs.runs.state import NoRun, Run
from jobs.runs.views import ClusterView
from playbooks.core.playbook import Playbook
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment

_NOTHING: Final = "nothing was changed"


@dataclass(frozen=True)
class Knowledge:
    """What the bot knows: last answers of the looker, the runs newest first, and the ticks.

    `altered` says of runs whose journals cannot be believed, why.
    """

    views: tuple[ClusterView, ...]
    runs: tuple[Run | NoRun, ...]
    ticks: tuple[Tick, ...]
    playbooks: Mapping[str, Playbook[Any, Any]]
    people: People
    altered: Mapping[str, Trouble] = field(default_factory=dict)
    bots: Bots | None = None  # None: nobody asked them.


def answer(question: Question, knowledge: Knowledge, now: Moment) -> Message:
    """Answer one question. Raises Trouble where it names something that is not there."""
    about = question.about
    match question.topic:
        case "status":
            views = (_view(about, knowledge),) if about else knowledge.views
            return status.status(views, knowledge.runs, now, knowledge.bots)
        case "backups":
            return backups.backups(_view(about, knowledge), now)
        case "runs":
            return runs.runs(knowledge.runs, knowledge.people, tuple(knowledge.altered))
        case "run":
            return runs.details(_run(about, knowledge), CardContext(now, knowledge.people))
        case "checklist":
            return _checklist(about, knowledge, now)
        case "docs":
            return _docs(about)
        case "help":
            return _help(about, knowledge)
        case _:
            assert_never(question.topic)


def _view(cluster: str, knowledge: Knowledge) -> ClusterView:
    names = [view.cluster for view in knowledge.views]
    if not names:
        raise Trouble(
            "No cluster was looked at yet", left=_NOTHING, do="ask again in a few seconds"
        )
    if not cluster and len(names) == 1:
        return knowledge.views[0]
    if not cluster:
        raise Trouble(
            f"There are {len(names)} clusters",
            left=_NOTHING,
            do=f"name one: {', '.join(names)}",
        )
    for view in knowledge.views:
        if view.cluster == cluster:
            return view
    raise Trouble(
        f"There is no cluster named {cluster}", left=_NOTHING, do=f"name one: {', '.join(names)}"
    )


def _run(id: str, knowledge: Knowledge) -> Run | NoRun:
    if id in knowledge.altered:
        raise knowledge.altered[id]
    for run in knowledge.runs:
        if id == (run.refused.run if isinstance(run, NoRun) else run.id):
            return run
    raise Trouble(f"There is no run {id}", left=_NOTHING, do="pick one from `/vault runs`")


def _checklist(about: str, knowledge: Knowledge, now: Moment) -> Message:
    if not about:
        return checklist.overview(knowledge.ticks)
    wanted = about.casefold()
    for number, phase in enumerate(phases(), 1):
        if wanted == str(number) or wanted in phase.name.casefold():
            return checklist.one_phase(phase, knowledge.ticks, knowledge.people, now)
    names = ", ".join(f"{number} {phase.name}" for number, phase in enumerate(phases(), 1))
    raise Trouble(f"“{about}” is no phase of the checklist", left=_NOTHING, do=f"name one: {names}")


def _docs(about: str) -> Message:
    if not about:
        return docs.all_topics()
    topic = next((name for name in docs.TOPICS if name.startswith(about.casefold())), None)
    if topic is None:
        raise Trouble(
            f"Nothing is known about “{about}”",
            left=_NOTHING,
            do=f"name a topic: {', '.join(docs.TOPICS)}",
        )
    return docs.one_topic(topic)


def _help(about: str, knowledge: Knowledge) -> Message:
    spoken: dict[str, list[str]] = {}
    usages = dict(USAGES)
    for book in knowledge.playbooks.values():
        spoken.setdefault(book.word, []).append(book.about)
        usages[book.word] = f"{book.word} {book.usage}".strip()
    word = about.casefold()
    if not word:
        return overview(spoken, usages)
    if word in {"buttons", "approve", "press"}:
        return of_buttons()
    if word in usages:
        return of_word(word, usages[word], spoken.get(word) or [ABOUT[word]])
    raise Trouble(
        f"There is no help on “{about}”",
        left=_NOTHING,
        do=f"name one of these: {', '.join([*usages, 'buttons'])}",
    )
