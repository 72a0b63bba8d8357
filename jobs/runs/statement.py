"""What people sign about a run, written from the worker's own record of it. Pure."""

from jobs.people import Button
from jobs.runs.events import Approved, GlassBroken, Planned
from jobs.runs.state import Run
from playbooks.core.spans import in_words
from playbooks.core.statement import Statement, expiry


def statement(planned: Planned) -> Statement:
    """Say what an approval of this plan approves."""
    return Statement(
        kind="approval", facts=(*_facts(planned), *_last(planned)), parts=_parts(planned)
    )


def glass_statement(planned: Planned, reason: str) -> Statement:
    """Say what somebody takes upon themselves who starts this plan alone."""
    why = (("Approvals skipped", str(planned.needs)), ("Why it cannot wait", reason))
    facts = (*_facts(planned), *why, *_last(planned))
    return Statement(kind="break-glass", facts=facts, parts=_parts(planned))


def press_statement(run: Run, button: Button, reason: str) -> Statement:
    """Say what another press means; it counts only while the run stands where it stands now."""
    return Statement(
        kind="press",
        facts=(
            ("Button", button.value),
            ("Cluster", run.planned.cluster),
            ("What", what(run.planned)),
            ("Run", run.id),
            ("Where it stands", f"after move {run.moves}"),
            ("Reason", reason),
            ("Digest", run.planned.digest),
        ),
    )


def to_be_signed(run: Run, button: Button, reason: str) -> Statement:
    """Say what a signature that comes with a press of this button must be over."""
    match button:
        case Button.APPROVE:
            return statement(run.planned)
        case Button.BREAK_GLASS:
            return glass_statement(run.planned, reason)
        case _:
            return press_statement(run, button, reason)


def signed_text(planned: Planned, given: Approved | GlassBroken) -> str:
    """Write the text that the signature of a kept approval must be over."""
    if isinstance(given, GlassBroken):
        return glass_statement(planned, given.reason).text()
    return statement(planned).text()


def what(planned: Planned) -> str:
    """Name what a plan does, such as "Restore backup on prod"."""
    return f"{planned.playbook.replace('_', ' ').capitalize()} on {planned.cluster}"


def backup_of(planned: Planned) -> str | None:
    """Find the backup that a plan reads or makes; None if it has none."""
    backup = planned.plan.get("backup")
    name = backup.get("name") if isinstance(backup, dict) else planned.plan.get("name")
    return name if isinstance(name, str) else None


def _facts(planned: Planned) -> tuple[tuple[str, str], ...]:
    backup = backup_of(planned)
    return (
        ("Cluster", planned.cluster),
        ("What", what(planned)),
        *((("Backup", backup),) if backup else ()),
        *((("Data lost", f"up to {in_words(planned.loses)} of writes"),) if planned.loses else ()),
        ("Asked by", planned.requester),
        ("Reason", planned.reason or "none was given"),
        ("Approvals needed", f"{planned.needs}, each by {planned.proof}"),
    )


def _last(planned: Planned) -> tuple[tuple[str, str], ...]:
    return (expiry(planned.expires_at), ("Run", planned.run), ("Digest", planned.digest))


def _parts(planned: Planned) -> tuple[tuple[str, tuple[str, ...]], ...]:
    will = tuple(step.says for step in planned.steps if step.verb == "do")
    ways = tuple(
        f"{step.says}. {step.way_back}" for step in planned.steps if step.way_back is not None
    )
    parts = (("It will", will), ("What cannot simply be undone", ways), ("Know", planned.tells))
    return tuple((name, entries) for name, entries in parts if entries)
