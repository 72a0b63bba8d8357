"""The thread below a card, and the direct messages that lead to it."""

from bot.blocks import limits
from bot.blocks.message import Message
from bot.blocks.mrkdwn import fit, mention, sentence
from bot.blocks.parts import section
from jobs.people import People
from jobs.runs.state import Run
from jobs.runs.story import Line, call_for_approval, reminder


def line(said: Line, people: People) -> Message:
    """Draw one line of the thread."""
    who = f"{mention(said.who.by, people)} " if said.who else ""
    return _one(f":{said.icon}: {who}{sentence(said.says)}")


def mention_approvers(run: Run, people: People) -> Message:
    """Mention everyone who may approve, in the thread; a mention notifies them."""
    able = [name for name in people.approvers if name != run.planned.requester]
    names = " ".join(mention(name, people) for name in able if people.accounts(name))
    needs = run.planned.needs
    who = "one of you" if needs == 1 else f"{needs} of you"
    return _one(f":raised_hand: {names} {who} must read the plan above, then approve or deny it")


def call(run: Run, people: People, where: str | None) -> Message:
    """Ask an approver in a direct message; `where` leads to the card."""
    return _request(run, people, call_for_approval(run, where))


def call_again(run: Run, people: People, where: str | None) -> Message:
    """Ask an approver once more."""
    return _request(run, people, reminder(run, where))


def _request(run: Run, people: People, text: str) -> Message:
    asks = f":raised_hand: {mention(run.planned.requester, people)} asks."
    said = sentence(text)
    return Message(fit(said, limits.TEXT), [section(f"{asks} {said}")])


def direct(text: str) -> Message:
    """Draw one plain sentence, such as the answer to a press that did not count."""
    return _one(sentence(text))


def _one(text: str) -> Message:
    fitted = fit(text, limits.SECTION)
    return Message(fitted, [section(fitted)])
