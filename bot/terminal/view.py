"""The live view of a run: what the card shows in Slack, in the lines of a terminal. Pure."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

from bot.blocks.custodians import summoned, what_they_run
from bot.terminal.console import Size
from bot.terminal.plain import here, visible
from bot.terminal.words import word_of
from jobs.incidents.clock import clock as measure
from jobs.incidents.clock import rpo_in_words, rto_in_words
from jobs.people import Button, People
from jobs.runs.headline import current_step, headline
from jobs.runs.state import AwaitsApproval, NoRun, Run, Running, StepState, Stopped
from jobs.runs.story import by_order, took_in_words
from playbooks.core.spans import in_words
from playbooks.core.values import Moment

Style: TypeAlias = Literal["", "bold", "faint", "alarm"]

_LEAST: Final = Size(columns=40, rows=12)
_LAST_LINES: Final = 4  # Of the log, where there is room for more than the steps.
_LEAST_SAID: Final = 2  # Of the log, before steps are folded for more of it.
_FEWEST_STEPS: Final = 4  # What is over in one line, two for the step in hand, the rest in one.
_STOP_LINES: Final = 5
_FOOTER: Final = "Ctrl-C leaves this view, not the run."


@dataclass(frozen=True)
class Drawn:
    """One line, as wide as the window at most."""

    text: str
    style: Style = ""


@dataclass(frozen=True)
class Seen:
    """What is known of a run. `said` are the lines of its log, the newest last."""

    name: str
    run: Run | NoRun | None  # None: no worker has looked yet.
    said: tuple[str, ...] = ()
    note: str | None = None  # Why workers leave it alone. None: they do not.


def draw(seen: Seen, people: People, now: Moment, size: Size) -> list[Drawn]:
    """Draw a run in at most `size`; the step in hand and what to do are never left out."""
    columns = max(size.columns, _LEAST.columns) - 1  # A full last column makes some of them wrap.
    rows = max(size.rows, _LEAST.rows) - 1  # The last row is the cursor's.
    first, facts, to_do = _top(seen, people, now, columns)
    note = _wrapped(here(f"Note: {seen.note}"), columns, 2, "alarm") if seen.note else []
    steps = _steps(seen.run, columns)
    room = _share(
        rows - 2 - len(to_do) - len(note), facts=len(facts), steps=len(steps), said=len(seen.said)
    )
    empty = [Drawn("")] * room.empty
    said = [Drawn(line, "faint") for line in seen.said[len(seen.said) - room.said :]]
    drawn = [first, *facts[: room.facts], *to_do[:rows], *empty, *_folded(steps, room.steps)]
    drawn = [*drawn, *note, *empty, *said][: rows - 1]
    return [_cut(line, columns) for line in [*drawn, Drawn(_FOOTER, "faint")]]


@dataclass(frozen=True)
class _Room:
    """How many lines each part gets."""

    facts: int
    steps: int
    said: int
    empty: int  # Between two parts.


def _share(room: int, *, facts: int, steps: int, said: int) -> _Room:
    """Give each part what it wants; where that is too much, first the log goes, the facts last."""
    least = min(steps, _FEWEST_STEPS)
    for empty in (1, 0):
        for lines in range(min(said, _LAST_LINES), -1, -1):
            left = room - facts - lines - 2 * empty
            wanted = steps if lines > _LEAST_SAID else least
            if left >= wanted:
                return _Room(facts, min(steps, left), lines, empty)
    return _Room(max(room - least, 0), least, 0, 0)


def _top(
    seen: Seen, people: People, now: Moment, columns: int
) -> tuple[Drawn, list[Drawn], list[Drawn]]:
    """Say where it stands, the facts of it, and what somebody has to do now."""
    match seen.run:
        case None:
            says = f"Run {seen.name}: a worker is looking at what is there"
            return Drawn(says, "bold"), [], []
        case NoRun() as run:
            why = _wrapped(here("; ".join(run.refused.reasons)), columns, _STOP_LINES, "alarm")
            return Drawn(headline(run), "bold"), [], why
        case Run() as run:
            return (
                Drawn(headline(run), "bold"),
                _facts(run, people, now),
                _to_do(run, people, columns),
            )
        case _:
            assert_never(seen.run)


def _facts(run: Run, people: People, now: Moment) -> list[Drawn]:
    planned = run.planned
    who = people.name_of(planned.requester)
    reason = f" · {planned.reason}" if planned.reason else ""
    order = planned.standing_order
    asked = f"asked by {who}" if order is None else f"by standing order {order} · in charge {who}"
    lines = [Drawn(f"Run {run.id} · {asked}{reason}")]
    measured = measure(run, now)
    if measured is not None and measured.rto != "not recovered":
        since = f"since {measured.since:%H:%M} UTC"
        lines.append(Drawn(f"RTO {rto_in_words(measured)} · {measured.objective.name}, {since}"))
        lines.append(Drawn(f"RPO {rpo_in_words(measured)}"))
    if planned.needs:
        lines.append(Drawn(_approvals(run, people)))
    return lines


def _approvals(run: Run, people: People) -> str:
    names = ", ".join(people.name_of(given.press.by) for given in run.approvals)
    count = f"Approvals {len(run.approvals)} of {run.planned.needs}"
    count = f"{count}: {names}" if names else count
    if run.ordered is not None:
        return f"Order {by_order(run.ordered, people.name_of)}"
    if run.glass is not None:
        count = f"{people.name_of(run.glass.press.by)} broke the glass: {run.glass.reason}"
    if isinstance(run.stage, AwaitsApproval):
        return f"{count} · expires {run.planned.expires_at:%H:%M} UTC"
    return count


def _to_do(run: Run, people: People, columns: int) -> list[Drawn]:
    """Say what somebody has to do now, and how."""
    match run.stage:
        case AwaitsApproval() if run.planned.standing_order is not None:
            return []
        case AwaitsApproval():
            lost = f"; loses {in_words(run.planned.loses)} of writes" if run.planned.loses else ""
            tells = _wrapped(f"Waits for approval{lost}. To read and sign it:", columns, 2, "alarm")
            return [*tells, Drawn(f"  {word_of(Button.APPROVE)} {run.id}", "bold")]
        case Stopped() as stopped:
            what = f"{stopped.happened}. Now: {stopped.true_now}. What to do: {here(stopped.do)}."
            words = ", ".join(f"{word_of(button)} {run.id}" for button in _offered(run, stopped))
            return [*_wrapped(what, columns, _STOP_LINES, "alarm"), Drawn(f"  {words}", "bold")]
        case Running() if custodians := summoned(run, people):
            names = ", ".join(person.name for person in custodians)
            how = what_they_run(run).replace("`", "")
            return _wrapped(f"Whom to call next: {names}. Each runs {how}.", columns, 2, "bold")
        case _:
            return []


def _offered(run: Run, stopped: Stopped) -> tuple[Button, ...]:
    again = () if stopped.cancelled else (Button.TRY_AGAIN,)
    undo = (Button.UNDO,) if run.why_no_undo() is None else ()
    return (*again, *undo, Button.LEAVE)


def _steps(run: Run | NoRun | None, columns: int) -> list[Drawn]:
    if not isinstance(run, Run):
        return []
    now = current_step(run)
    lines: list[Drawn] = []
    for place, step in enumerate(run.steps, 1):
        line = _step(place, step, run)
        if now is not None and now.says == step.says:
            lines += _in_hand(line, _meanwhile(step), columns)
        else:
            lines.append(line)
    return lines


def _in_hand(line: Drawn, meanwhile: str, columns: int) -> list[Drawn]:
    """What happens now is what people look for, so it gets a line where it would be cut off."""
    if len(line.text) + len(meanwhile) + 3 <= columns:
        return [Drawn(f"{line.text} · {meanwhile}", line.style)]
    return [line, Drawn(f"        {meanwhile}", line.style)]


def _step(place: int, step: StepState, run: Run) -> Drawn:
    says = f"{place:>2}. {step.says}"
    now = current_step(run)
    if now is not None and now.says == step.says:
        return Drawn(f"[>] {says}", "bold")
    match step.status:
        case "todo":
            return Drawn(f"[ ] {says}")
        case "done":
            return Drawn(f"[x] {says}{_outcome(step)}")
        case "failed":
            return Drawn(f"[!] {says} · failed", "alarm")
        case "undone":
            return Drawn(f"[<] {says} · taken back")
        case "undo started":
            return Drawn(f"[<] {says} · is being taken back", "bold")
        case "started" | "waits":
            return Drawn(f"[>] {says} · {_meanwhile(step)}")
        case _:
            assert_never(step.status)


def _meanwhile(step: StepState) -> str:
    if step.status == "waits" and step.waits_since is not None:
        return f"{step.note}, since {step.waits_since:%H:%M:%S}"
    since = f" since {step.started_at:%H:%M:%S}" if step.started_at else ""
    repeats = f", begun {step.acts} times" if step.acts > 1 else ""
    return f"now{since}{repeats}"


def _outcome(step: StepState) -> str:
    if step.already:
        return " · was so already"
    took = took_in_words(step)
    return f" · {took}" if took else ""


def _folded(steps: list[Drawn], room: int) -> list[Drawn]:
    """Fold what is over, then what is far ahead; never the step in hand."""
    if len(steps) <= room:
        return steps
    in_hand = next((place for place, line in enumerate(steps) if line.style), 0)
    hidden = min(in_hand, len(steps) - room + 1)
    if hidden > 1:
        steps = [Drawn(f"[x] steps 1 to {hidden}"), *steps[hidden:]]
    more = len(steps) - room + 1
    return steps if more == 1 else [*steps[: room - 1], Drawn(f"[ ] … and {more} steps more")]


def _wrapped(text: str, columns: int, most: int, style: Style) -> list[Drawn]:
    lines = textwrap.wrap(visible(text), columns, max_lines=most, placeholder=" …")
    return [Drawn(line, style) for line in lines]


def _cut(line: Drawn, columns: int) -> Drawn:
    text = visible(line.text)
    short = text if len(text) <= columns else f"{text[: columns - 1]}…"
    return Drawn(short, line.style)


def ansi(lines: Sequence[Drawn], drawn_before: int) -> str:
    """Write a drawing over the one before, which had so many lines."""
    up = f"\x1b[{drawn_before}F" if drawn_before else ""
    return up + "".join(f"\x1b[2K{_styled(line)}\n" for line in lines) + "\x1b[J"


def _styled(line: Drawn) -> str:
    match line.style:
        case "":
            return line.text
        case "bold":
            return f"\x1b[1m{line.text}\x1b[0m"
        case "faint":
            return f"\x1b[2m{line.text}\x1b[0m"
        case "alarm":
            return f"\x1b[1;31m{line.text}\x1b[0m"
        case _:
            assert_never(line.style)
