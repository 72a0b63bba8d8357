"""The live message of a run: the one thing everybody looks at during a recovery."""

from dataclasses import dataclass

from bot.blocks import limits
from bot.blocks.message import Message
from bot.blocks.mrkdwn import fit, sentence
from bot.blocks.parts import header, marked
from jobs.people import People
from jobs.runs.requests import Asked
from jobs.runs.state import NoRun, Run
from jobs.runs.story import headline
from playbooks.core.values import Moment


@dataclass(frozen=True)
class CardContext:
    """What a card shows besides the run itself."""

    now: Moment
    people: People
    thread_link: str | None = None  # None: the thread has no line yet.
    note: str | None = None  # Such as "the earlier card was deleted". None: nothing to say.


def card(run: Run | NoRun, context: CardContext) -> Message:
    """Draw a run as it stands; the same run at the same time gives the same message."""
    words = headline(run)
    return Message(fit(sentence(words), limits.TEXT), marked([header(words)], 0))


def looking(asked: Asked, context: CardContext) -> Message:
    """Draw a request that no worker has answered yet."""
    words = f"{asked.word.capitalize()}: a worker is looking"
    return Message(words, marked([header(words)], 0))
