"""The thread below a card, and whatever is said in one plain sentence."""

from bot.blocks import limits
from bot.blocks.message import Message
from bot.blocks.mrkdwn import fit, mention, sentence
from bot.blocks.parts import section
from jobs.people import People
from jobs.runs.events import PlanRefused
from jobs.runs.state import Run
from jobs.runs.story import Line, no_plan


def line(said: Line, people: People) -> Message:
    """Draw one line of the thread."""
    who = f"{mention(said.who.by, people)} " if said.who else ""
    return _one(f":{said.icon}: {who}{sentence(said.says)}")


def mention_approvers(run: Run, people: People) -> Message:
    """Mention everyone who may approve, in the thread; a mention notifies them."""
    able = [name for name in people.approvers_of(run.matter) if name != run.planned.requester]
    names = " ".join(mention(name, people) for name in able if people.accounts(name))
    needs = run.planned.needs
    who = "one of you" if needs == 1 else f"{needs} of you"
    return _one(f":raised_hand: {names} {who} must read the plan above, then approve or deny it")


def not_planned(refused: PlanRefused) -> Message:
    """Tell whoever asked, only to them, why there is no plan."""
    return direct(no_plan(refused))


def direct(text: str) -> Message:
    """Draw one plain sentence, such as the answer to a press that did not count."""
    return _one(sentence(text))


def _one(text: str) -> Message:
    fitted = fit(text, limits.SECTION)
    return Message(fitted, [section(fitted)])
