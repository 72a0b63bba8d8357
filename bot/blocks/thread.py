"""The thread below a card: the log of the run, one line an event."""

from bot.blocks import limits
from bot.blocks.message import Message
from bot.blocks.mrkdwn import fit, mention, sentence
from bot.blocks.parts import section
from jobs.people import People
from jobs.runs.events import PlanRefused
from jobs.runs.state import Run
from jobs.runs.story import Line


def line(said: Line, people: People) -> Message:
    """Draw one line of the thread."""
    who = f"{mention(said.who.by, people)} " if said.who else ""
    text = f":{said.icon}: {who}{sentence(said.says)}"
    return Message(fit(text, limits.SECTION), [section(text)])


def mention_approvers(run: Run, people: People) -> Message:
    """Mention everyone who may approve, in the thread; a mention notifies them."""
    text = " ".join(f"<@{account}>" for account in people.approver_accounts())
    return Message(text, [section(text)])


def direct(text: str) -> Message:
    """Draw a direct message from a sentence of the story."""
    return Message(fit(sentence(text), limits.SECTION), [section(sentence(text))])


def not_planned(refused: PlanRefused) -> Message:
    """Tell whoever asked, only to them, why there is no plan."""
    return direct("; ".join(refused.reasons))
