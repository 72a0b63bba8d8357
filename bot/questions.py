"""Answers from what is known already: nobody is asked while the person waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.blocks.message import Message
from bot.blocks.parts import section
from bot.commands import Question
from jobs.people import People
from jobs.readiness.evidence import Tick
from jobs.runs.state import NoRun, Run
from jobs.runs.views import ClusterView
from playbooks.core.playbook import Playbook
from playbooks.core.values import Moment


@dataclass(frozen=True)
class Knowledge:
    """What the bot knows: last answers of the looker, the runs newest first, and the ticks."""

    views: tuple[ClusterView, ...]
    runs: tuple[Run | NoRun, ...]
    ticks: tuple[Tick, ...]
    playbooks: Mapping[str, Playbook[Any, Any]]
    people: People


def answer(question: Question, knowledge: Knowledge, now: Moment) -> Message:
    """Answer one question. Raises Trouble where it names something that is not there."""
    return Message(question.topic, [section(question.topic)])
