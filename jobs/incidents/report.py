"""The report a run ends with: a Markdown file for the thread and for whoever asks later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jobs.incidents.aftermath import left_to_do
from jobs.incidents.approvals import approvals, broken_glass
from jobs.incidents.clock import clock, rpo_in_words, rto_in_words
from jobs.incidents.ledger import StepRow, step_rows
from jobs.incidents.markdown import cell, inline, table
from jobs.people import People
from jobs.runs.events import (
    Approved,
    Broke,
    Cancelled,
    Chosen,
    Event,
    Finished,
    GlassBroken,
    Refused,
    StepFailed,
    StepStarted,
    UndoStarted,
    Withdrawn,
)
from jobs.runs.headline import headline, title
from jobs.runs.state import Run
from jobs.runs.story import by_order
from playbooks.core.spans import in_words
from playbooks.core.values import Moment


@dataclass(frozen=True)
class Enclosed:
    """What a report holds besides the run: proved items as "2.7 RTO and RPO are recorded"."""

    people: People
    proved: tuple[str, ...]
    score: tuple[int, int]
    head: str  # The hash of the journal's last event.


def write(run: Run, events: Sequence[Event], enclosed: Enclosed) -> str:
    """Write the report of a run that has ended; all times are UTC."""
    parts = [
        f"# {inline(title(run))}",
        _summary(run, enclosed.people),
        *broken_glass(events, enclosed.people),
        "## Objective",
        _objective(run),
        "## What is left to do",
        "\n".join(f"- {inline(line)}" for line in left_to_do(run)),
        "## Steps",
        table(("#", "Step", "Started", "Took", "Outcome"), map(_row, step_rows(run, events))),
        "## What went wrong",
        "\n".join(_stops(events)) or "Nothing.",
        "## Who approved",
        approvals(events, enclosed.people),
        "## Who decided what",
        table(("When", "Who", "What"), _decisions(events, enclosed.people)),
        "## What was known before",
        "\n".join(f"- {inline(tell)}" for tell in run.planned.tells) or "Nothing beyond the steps.",
        "## Checklist",
        _checklist(enclosed),
        "## Evidence",
        _evidence(run, events, enclosed),
    ]
    return "\n\n".join(parts) + "\n"


def file_name(run: Run) -> str:
    """Name the file so that reports sort by day."""
    return f"report-{run.planned.at:%Y-%m-%d}-{run.id}.md"


def _summary(run: Run, people: People) -> str:
    planned = run.planned
    facts = [
        ("Outcome", headline(run)),
        ("Cluster", planned.cluster),
        ("Asked by", f"{people.name_of(planned.requester)}, {_when(planned.at)}"),
        *((("By standing order", order),) if (order := planned.standing_order) else ()),
        ("Reason", planned.reason or "none was given"),
        ("Approved by", _approvers(run, people)),
    ]
    if run.started_at and run.ended_at:
        worked = f"{_when(run.started_at)} to {_when(run.ended_at)}"
        facts.append(("Carried out", f"{worked}, {in_words(run.ended_at - run.started_at)}"))
    if run.reason:
        facts.append(("Ended because", run.reason))
    return table(("", ""), facts)


def _approvers(run: Run, people: People) -> str:
    given = [f"{people.name_of(each.press.by)} at {each.at:%H:%M:%S}" for each in run.approvals]
    if run.ordered is not None:
        return by_order(run.ordered, people.name_of).removeprefix("approved by ")
    if not run.planned.needs:
        return "nobody had to"
    if run.glass is not None:
        who = people.name_of(run.glass.press.by)
        given.append(f"{who} alone, by breaking the glass at {run.glass.at:%H:%M:%S}")
    return ", ".join(given) or f"nobody ({run.planned.needs} were needed)"


def _objective(run: Run) -> str:
    measured = clock(run, run.ended_at or run.planned.at)
    if measured is None:
        return "This run recovers nothing, so no objective applies."
    if measured.rto == "not recovered":
        return (
            f"{measured.objective.name}: this run recovered nothing, so neither objective is met"
            f" by it. The clock had run {in_words(measured.took)} since {_when(measured.since)}."
        )
    rows = [
        ("RTO", rto_in_words(measured), in_words(measured.took)),
        ("RPO", rpo_in_words(measured), in_words(measured.lost) if measured.lost else "nothing"),
    ]
    note = (
        f"Measured against “{measured.objective.name}”. RTO counts from {_when(measured.since)}"
        " to the end of the run. RPO counts from the backup to the first change this run made,"
        " which is the most that can be lost."
    )
    drawn = table(("", "Against the objective", "Measured"), rows)
    return f"{drawn}\n\n{_where_time_went(run)} {note}"


def _where_time_went(run: Run) -> str:
    planned, spent = run.planned, []
    if planned.at > planned.clock_from:
        spent.append(f"{in_words(planned.at - planned.clock_from)} until somebody asked")
    given = [*run.approvals, *((run.glass,) if run.glass is not None else ())]
    if given:
        spent.append(f"{in_words(given[-1].at - planned.at)} until it was approved")
    if run.started_at and run.ended_at:
        since = given[-1].at if given else run.started_at
        spent.append(f"{in_words(run.ended_at - since)} to carry it out")
    return f"Where the time went: {', '.join(spent)}."


def _row(row: StepRow) -> tuple[str, ...]:
    started = f"{row.started_at:%H:%M:%S}" if row.started_at else ""
    return (str(row.place), row.says, started, in_words(row.took) if row.took else "", row.outcome)


def _stops(events: Sequence[Event]) -> Iterable[str]:
    for event in events:
        match event:
            case StepFailed(step=step, happened=happened, left=left, do=do):
                said = f"“{step}”: {happened}. It was true then: {left}. To do: {do}"
            case Broke(step=step, error_id=error_id):
                said = f"“{step or 'between two steps'}”: a fault of the worker, {error_id}"
            case StepStarted(step=step, again=True) | UndoStarted(step=step, again=True):
                said = f"“{step}”: begun once more, since an earlier attempt may have run"
            case _:
                continue
        yield f"- {event.at:%H:%M:%S} {inline(said)}"


def _decisions(events: Sequence[Event], people: People) -> Iterable[tuple[str, ...]]:
    for event in events:
        match event:
            case Approved(press=press):
                what = "approved the plan"
            case Withdrawn(press=press, why=why):
                what = f"approves the plan no longer: {why}"
            case GlassBroken(press=press, reason=reason):
                what = f"broke the glass, to start the run alone: {reason}"
            case Refused(press=press, button=button, why=why):
                what = f"pressed {button.value}, which did not count: {why}"
            case Chosen(press=press, button=button):
                what = f"pressed {button.value}"
            case Cancelled(press=press, button=button, reason=reason):
                what = f"pressed {button.value}{f': {reason}' if reason else ''}"
            case Finished(press=press) if press is not None:
                what = "pressed Leave"
            case _:
                continue
        yield (f"{event.at:%H:%M:%S}", people.name_of(press.by), what)


def _checklist(enclosed: Enclosed) -> str:
    count, total = enclosed.score
    lines = [f"- proved: {inline(item)}" for item in enclosed.proved]
    proved = "\n".join(lines) or "This run proves no item."
    return f"{proved}\n\n{count} of {total} items are proved now."


def _evidence(run: Run, events: Sequence[Event], enclosed: Enclosed) -> str:
    rows = [
        ("Run", run.id),
        ("Playbook", f"{run.planned.playbook}, table {run.planned.table[:16]}"),
        ("Approved plan", run.planned.digest),
        ("Journal", f"{len(events)} events"),
        ("Hash of the last event", enclosed.head),
    ]
    return table(("", ""), [(name, f"`{cell(value)}`") for name, value in rows], raw=True)


def _when(moment: Moment) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
