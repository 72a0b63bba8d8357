"""The live message of a run: the one thing everybody looks at during a recovery."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.blocks import limits
from bot.blocks.buttons import buttons
from bot.blocks.custodians import custodians_line
from bot.blocks.message import Block, Message
from bot.blocks.mrkdwn import (
    bold,
    clock,
    code,
    date_and_clock,
    fit,
    foreign,
    link,
    mention,
    sentence,
)
from bot.blocks.objective import objective_lines
from bot.blocks.parts import (
    actions,
    header,
    marked,
    section,
    sections,
    size_of,
    small_print,
)
from bot.blocks.progress import how_far, progress, way_back_line
from jobs.incidents.clock import clock as measure
from jobs.people import People
from jobs.runs.events import PlanRefused
from jobs.runs.headline import headline, mark
from jobs.runs.requests import Asked
from jobs.runs.state import AwaitsApproval, Ended, NoRun, Run, Stopped
from jobs.runs.statement import backup_of
from jobs.runs.story import by_order
from playbooks.core.values import Moment

# Room for each part, in letters. A run of ordinary size fills a third of it.
_REASON: Final = 300
_STOP: Final = 1_200
_STEPS: Final = 2_400
_TELLS: Final = 1_800
_WAYS_BACK: Final = 800
_SCALES: Final = (1.0, 0.75, 0.5, 0.25)  # Tried in turn until Slack takes all of it.


@dataclass(frozen=True)
class CardContext:
    """What a card shows besides the run itself."""

    now: Moment
    people: People
    thread_link: str | None = None  # None: the thread has no line yet.
    note: str | None = None  # Such as "the earlier card was deleted". None: nothing to say.
    is_history: bool = False  # Nobody carries it on, so all that can be pressed is Ask again.


def card(run: Run | NoRun, context: CardContext) -> Message:
    """Draw a run as it stands; the same run at the same time gives the same message."""
    if isinstance(run, NoRun):
        return _no_plan(run, context)
    blocks = next(
        drawn
        for scale in _SCALES
        if size_of(drawn := _blocks(run, context, scale)) <= limits.ALL_BLOCKS
        or scale == _SCALES[-1]
    )
    return Message(_notification(run), marked(blocks))


def _blocks(run: Run, context: CardContext, scale: float) -> list[Block]:
    steps = progress(run, int(_STEPS * scale))
    return [
        header(f":{mark(run)}: {headline(run)}"),
        *_stop(run, int(_STOP * scale)),
        _facts(run, context.people),
        *_objective(run, context.now),
        *_warnings(run, scale),
        *sections(custodians_line(run, context.people)),
        *sections([bold(how_far(run)), *steps]),
        *_footer(run.id, [_approvals(run, context.people)], context),
        *_buttons(replace(run, stage=Ended("left")) if _is_left(run, context) else run),
    ]


def looking(asked: Asked, context: CardContext) -> Message:
    """Draw a request that no worker has answered yet."""
    words = f"{asked.word.capitalize()}: a worker is looking at what is there"
    who = mention(context.people.person(asked.who), context.people)
    says = f"{who} asked at {clock(asked.at)}. Nothing is changed before a plan is approved."
    return Message(words, marked([header(f":mag: {words}"), section(says)]))


def _no_plan(run: NoRun, context: CardContext) -> Message:
    refused = run.refused
    reasons = [f"• {sentence(reason)}" for reason in refused.reasons]
    blocks = [
        header(f":{mark(run)}: {headline(run)}"),
        section(f"{_wish(refused, context.people)} Nothing was changed."),
        *sections(_within(reasons, limits.SECTION)),
        *_footer(refused.run, [], context),
    ]
    return Message(fit(sentence(headline(run)), limits.TEXT), marked(blocks))


def _wish(refused: PlanRefused, people: People) -> str:
    word = f"`{foreign(refused.word)}`"
    if refused.who.standing == "schedule":
        return f"It was time for {word} by standing order {code(refused.who.id)}."
    return f"{mention(people.person(refused.who), people)} asked for {word}."


def _stop(run: Run, room: int) -> list[Block]:
    """What happened, what is true now, what to do: first, because that is what people look for."""
    if not isinstance(run.stage, Stopped):
        return []
    stage = run.stage
    each = room // 3
    happened = stage.happened
    if stage.cancelled:  # Who did it is in the log, with a mention.
        happened = f"Cancelled: {run.reason}" if run.reason else "Cancelled halfway"
    return [
        section(
            f"{bold(fit(sentence(happened), each))}\n"
            f"{bold('Now:')} {fit(sentence(stage.true_now), each)}\n"
            f"{bold('What to do:')} {fit(sentence(stage.do), each)}"
        )
    ]


def _facts(run: Run, people: People) -> Block:
    """Two lines and no columns: headline, steps and buttons are to fit on one screen."""
    planned = run.planned
    where = f"{bold('Cluster')} {code(planned.cluster)}"
    backup = backup_of(run.planned)
    if backup is not None:
        where = f"{where} · {bold('Backup')} {code(backup)}"
    reason = fit(foreign(planned.reason), _REASON) if planned.reason else "none was given"
    who = f"{bold('Asked by')} {mention(planned.requester, people)}"
    if planned.standing_order is not None:
        order = f"{bold('By standing order')} {code(planned.standing_order)}"
        who = f"{order} · {bold('In charge')} {mention(planned.requester, people)}"
    return section(f"{where}\n{who} · {bold('Reason')} {reason}")


def _objective(run: Run, now: Moment) -> list[Block]:
    measured = measure(run, now)
    return [section("\n".join(objective_lines(measured)))] if measured else []


def _warnings(run: Run, scale: float) -> list[Block]:
    """Before the start, what approvers must know; at a stop, which steps have a way back."""
    ways = _within(_ways_back(run), int(_WAYS_BACK * scale))
    match run.stage:
        case AwaitsApproval():
            tells = [f"• {sentence(tell)}" for tell in run.planned.tells]
            head = [f":warning: {bold('Know before you approve')}"] if tells or ways else []
            lines = [*head, *_within(tells, int(_TELLS * scale)), *ways]
        case Stopped():
            lines = ways
        case _:
            lines = []
    return sections(lines)


def _ways_back(run: Run) -> list[str]:
    stopped = isinstance(run.stage, Stopped)
    return [
        way_back_line(step)
        for step, state in zip(run.planned.steps, run.steps, strict=True)
        if step.way_back is not None and (state.acts or not stopped)
    ]


def _within(lines: Sequence[str], room: int) -> list[str]:
    kept: list[str] = []
    for place, line in enumerate(lines):
        left = len(lines) - place
        more = f"… and {left} more"
        if sum(map(len, kept)) + len(line) + len(more) > room:
            short = fit(line, max(room - sum(map(len, kept)) - len(more), 0))
            return [*kept, short, more] if not kept and left > 1 else [*kept, more]
        kept.append(line)
    return kept


def _approvals(run: Run, people: People) -> str:
    needs = run.planned.needs
    if not needs:
        return "Needs no approval"
    if run.ordered is not None:
        return f"Order {by_order(run.ordered, lambda name: mention(name, people))}"
    names = ", ".join(mention(given.press.by, people) for given in run.approvals)
    by = f"Approved by {names} · " if names else ""
    count = f"{by}{len(run.approvals)} of {needs} approvals"
    if isinstance(run.stage, AwaitsApproval):
        return f"{count} · expires {date_and_clock(run.planned.expires_at)}"
    if isinstance(run.stage, Ended) and run.reason:
        return f"{count} · reason: {fit(foreign(run.reason), _REASON)}"
    return count


def _footer(run_id: str, lines: Sequence[str], context: CardContext) -> list[Block]:
    ends = [f"Run {code(run_id)}"]
    ends += [link(context.thread_link, "Log in the thread")] if context.thread_link else []
    if context.note is not None:
        ends.append(sentence(context.note))
    return [small_print(*lines, " · ".join(ends))]


def _is_left(run: Run, context: CardContext) -> bool:
    return context.is_history and not isinstance(run.stage, Ended)


def _buttons(run: Run) -> list[Block]:
    offered = buttons(run)
    return [actions(offered)] if offered else []


def _notification(run: Run) -> str:
    words = headline(run)
    if isinstance(run.stage, Stopped):
        words = f"{words}. {run.stage.happened}. What to do: {run.stage.do}"
    return fit(sentence(words), limits.TEXT)
