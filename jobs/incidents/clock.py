"""The two clocks of a recovery: how long it takes, and how much written data it loses."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from jobs.runs.state import Ended, Run
from playbooks.core.objective import Objective
from playbooks.core.spans import in_words
from playbooks.core.values import Moment

# `not recovered`: the run ended and recovered nothing, so the incident's clock is not stopped.
Verdict: TypeAlias = Literal["counting", "met", "missed", "not recovered"]


@dataclass(frozen=True)
class Clock:
    """`took` counts from when the incident began, `lost` is the most that can be lost."""

    objective: Objective
    since: Moment
    took: timedelta
    lost: timedelta
    rto: Verdict
    rpo: Verdict

    def rto_share(self) -> int:
        """How much of the allowed time is used, in percent."""
        return _percent(self.took, self.objective.rto)

    def rpo_share(self) -> int | None:
        """How much of the allowed loss is used, in percent; None where none is allowed."""
        return _percent(self.lost, self.objective.rpo) if self.objective.rpo else None


def clock(run: Run, now: Moment) -> Clock | None:
    """Measure a run against its objective; None for a run that recovers nothing."""
    objective = run.planned.objective
    if objective is None:
        return None
    until = run.ended_at or now
    took = until - run.planned.clock_from
    lost = most_lost(run, until)
    return Clock(
        objective=objective,
        since=run.planned.clock_from,
        took=took,
        lost=lost,
        rto=_verdict(run, met=took <= objective.rto),
        rpo=_verdict(run, met=lost <= objective.rpo),
    )


def most_lost(run: Run, until: Moment) -> timedelta:
    """What the plan loses, and what clients may have written since, up to its first act.

    It is the most that can be lost: clients of a cluster that was down wrote nothing meanwhile.
    """
    if run.planned.loses is None:
        return timedelta(0)
    acts = [step.started_at for step in run.steps if step.acts and step.started_at]
    return run.planned.loses + max(min([*acts, until]) - run.planned.at, timedelta(0))


def _verdict(run: Run, *, met: bool) -> Verdict:
    match run.stage:
        case Ended(outcome="done"):
            return "met" if met else "missed"
        case Ended():
            return "not recovered"
        case _:
            return "counting" if met else "missed"


def _percent(part: timedelta, whole: timedelta) -> int:
    return int(part / whole * 100)


def rto_in_words(clock: Clock) -> str:
    """Say such as "7 min 12 s of 6 h (2 %)", and at the end if the objective was met."""
    share = _share_in_words(clock.rto_share())
    of = f"{in_words(clock.took)} of {_allowed(clock.objective.rto)} ({share})"
    return f"{of}{_ending(clock.rto)}"


def rpo_in_words(clock: Clock) -> str:
    """Say how much is lost, of how much may be."""
    if not clock.lost:
        return f"nothing is lost{_ending(clock.rpo)}"
    share = clock.rpo_share()
    allowed = _allowed(clock.objective.rpo)
    limit = "none may be" if share is None else f"of {allowed} ({_share_in_words(share)})"
    return f"up to {in_words(clock.lost)} of writes lost, {limit}{_ending(clock.rpo)}"


def _share_in_words(percent: int) -> str:
    return f"{percent} %" if percent else "under 1 %"


def _allowed(span: timedelta) -> str:
    """Objectives are known by their hours: RPO is 24 h to everyone, not one day."""
    hours, rest = divmod(span, timedelta(hours=1))
    return in_words(span) if rest else f"{hours} h"


def _ending(verdict: Verdict) -> str:
    return "" if verdict == "counting" else f", {verdict}"
