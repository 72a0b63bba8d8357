"""The runs there were, newest first."""

from collections.abc import Sequence

from bot.blocks.lists import listed
from bot.blocks.message import Message
from bot.blocks.mrkdwn import BELOW, code, date_and_clock, mention, sentence
from bot.blocks.run import CardContext, card
from jobs.people import People
from jobs.runs.headline import headline, mark
from jobs.runs.state import NoRun, Run


def runs(known: Sequence[Run | NoRun], people: People, altered: Sequence[str] = ()) -> Message:
    """List runs with who asked for each, and where it stands; first those that were altered."""
    if not known and not altered:
        return listed("There was no run yet", ["Take a backup with `/vault backup`"])
    lines = [f":rotating_light: {code(id)} Its journal was altered" for id in altered]
    lines += [_line(run, people) for run in known]
    return listed(f"The last {len(known)} runs", lines, "Read one: `/vault run ID`")


def details(run: Run | NoRun, context: CardContext) -> Message:
    """Show a run as its card does, without buttons: those are pressed on the card alone."""
    drawn = card(run, context)
    return Message(drawn.text, [block for block in drawn.blocks if block["type"] != "actions"])


def _line(run: Run | NoRun, people: People) -> str:
    if isinstance(run, NoRun):
        at, who, id = run.refused.at, people.person(run.refused.who), run.refused.run
    else:
        at, who, id = run.planned.at, run.planned.requester, run.id
    return (
        f":{mark(run)}: {code(id)} {sentence(headline(run))}{BELOW}"
        f"asked by {mention(who, people)}, {date_and_clock(at)}"
    )
