"""A restore as it goes in real life, at each of its stages, and the longest run there can be."""

from datetime import UTC, datetime, timedelta
from typing import Final

from jobs.people import Button, People, Person, Who
from jobs.runs.events import (
    Answered,
    Approved,
    Broke,
    Cancelled,
    Chosen,
    Event,
    Expired,
    Finished,
    Planned,
    PlannedStep,
    Refused,
    StepDone,
    StepFailed,
    StepStarted,
    StepUndone,
    UndoStarted,
    Waits,
    Withdrawn,
)
from jobs.runs.lifecycle import replay
from jobs.runs.planning import ApprovalRules, plan_run
from jobs.runs.proofs import ProofKind
from jobs.runs.requests import Asked
from jobs.runs.state import Run
from playbooks.backups import restore_backup
from playbooks.core.backup import Backup, SealScheme
from playbooks.core.danger import Danger
from playbooks.core.objective import DATA_CENTRE_LOSS
from playbooks.steps.restoring import RestorePlan

ASKED_AT: Final = datetime(2026, 11, 25, 15, 22, tzinfo=UTC)
PEOPLE: Final = People(
    persons=tuple(
        Person(id=name, name=name.title(), slack=(f"U0{name.upper()}",))
        for name in ("alice", "bob", "carol", "dave", "erin")
    ),
    approvers=("bob", "carol", "dave"),
)
BACKUP: Final = Backup(
    name="vault-snapshot-20261125-020000",
    kind="backup",
    cluster="prod",
    cluster_id="2f0c9f5e-0b63-4d5f-9d0f-0c3c8d1f7a11",
    object_keys=("daily/2026-11-25/vault-snapshot-20261125-020000.enc",),
    taken_at=datetime(2026, 11, 25, 2, 0, tzinfo=UTC),
    vault_version="2.7.2",
    raft_index=18_452,
    generation=1,
    scheme=SealScheme(shares=5, threshold=3),
    archive_bytes=4_812_377,
    archive_sha256="a" * 64,
    object_bytes=4_812_931,
    object_sha256="b" * 64,
    nonce="0" * 32,
    canaries=(),
)
_TO_LIFE: Final = (
    "Comes back to life: old values of 7 secrets written since (vps/tenant-07/admin_ssh,"
    " smtp/tenant-12/admin), and every token and policy of that time, also those revoked"
    " since (nobody can list them)"
)
_WHO_OPENS: Final = (
    "3 of 5 custodians open it (key generation 1: erin, frank, grace, heidi, ivan), if a"
    " node has to be restarted"
)
PLAN: Final = RestorePlan(
    cluster="prod",
    tells=(
        "Lost: everything written after 2026-11-25 02:00 UTC, 13 h 22 min of writes",
        "The backup holds 4.6 MiB of prod at Raft index 18452, Vault 2.7.2",
        "Clients that reach the nodes without the balancer are not cut off",
        _TO_LIFE,
        _WHO_OPENS,
    ),
    loses=timedelta(hours=13, minutes=22),
    backup=BACKUP,
    nodes=("n1", "n2", "n3"),
    copy_name="copy-20261125-152200",
    copy_key="copies/2026-11-25/copy-20261125-152200.enc",
    copy_nonce="1" * 32,
)
RULES: Final = ApprovalRules(
    needs={Danger.READS: 0, Danger.DISRUPTS: 1, Danger.DESTROYS: 2},
    proofs=dict.fromkeys(Danger, ProofKind.CLICK),
)


def restore() -> Planned:
    """The plan that Alice's request leads to."""
    asked = Asked(
        id="q-1",
        run="r-k3x7m2qa",
        word="restore",
        ask=restore_backup.PLAYBOOK.ask(
            reason="every tenant of prod lost its DKIM keys after the 14:50 migration",
            since=ASKED_AT - timedelta(minutes=12),
        ).model_dump(mode="json"),
        who=Who(id="U0ALICE", standing="member"),
        channel="C0INCIDENT",
        at=ASKED_AT,
    )
    return plan_run(restore_backup.PLAYBOOK, PLAN, asked, PEOPLE, RULES)


class Journal:
    """Builds the events of a run, each a little later than the one before."""

    def __init__(self, planned: Planned) -> None:
        self.events: list[Event] = [planned]
        self.planned = planned
        self.at = planned.at
        self.presses = 0

    def run(self) -> Run:
        run = replay(self.events)
        assert isinstance(run, Run)
        return run

    def add(self, event: Event) -> "Journal":
        self.events.append(event)
        return self

    def later(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at

    def press(self, person: str) -> Answered:
        self.presses += 1
        return Answered(id=f"p-{self.presses}", by=person, account=f"U0{person.upper()}")

    def approve(self, *people: str) -> "Journal":
        for person in people:
            at = self.later(95)
            press = self.press(person)
            self.add(Approved(at=at, press=press, digest=self.planned.digest))
        return self

    def withdraw(self, person: str, why: str = "they withdrew it") -> "Journal":
        return self.add(Withdrawn(at=self.later(20), press=self.press(person), why=why))

    def refuse(self, person: str, why: str) -> "Journal":
        at = self.later(20)
        return self.add(Refused(at=at, press=self.press(person), button=Button.APPROVE, why=why))

    def do(self, count: int, seconds: float = 3) -> "Journal":
        """Carry out the next steps."""
        for _ in range(count):
            step = self.run().next_step()
            assert step is not None
            if self._verb(step.says) == "do":
                self.add(StepStarted(at=self.later(0.4), step=step.says, again=step.acts > 0))
            self.add(StepDone(at=self.later(seconds), step=step.says, already=False))
        return self

    def start(self, *, again: bool = False) -> "Journal":
        step = self.run().next_step()
        assert step is not None
        return self.add(StepStarted(at=self.later(0.4), step=step.says, again=again))

    def already(self) -> "Journal":
        step = self.run().next_step()
        assert step is not None
        return self.add(StepDone(at=self.later(0.3), step=step.says, already=True))

    def wait(self, says: str, seconds: float = 25) -> "Journal":
        step = self.run().next_step()
        assert step is not None
        at = self.later(seconds)
        return self.add(Waits(at=at, step=step.says, since=step.waits_since or at, says=says))

    def fail(self, happened: str, left: str, do: str) -> "Journal":
        step = self.run().next_step()
        assert step is not None
        return self.add(
            StepFailed(at=self.later(2), step=step.says, happened=happened, left=left, do=do)
        )

    def broke(self) -> "Journal":
        step = self.run().next_step()
        return self.add(
            Broke(at=self.later(1), step=step.says if step else None, error_id="e-5f21c7")
        )

    def choose(self, button: Button, person: str = "bob") -> "Journal":
        assert button in {Button.TRY_AGAIN, Button.UNDO}
        at, press = self.later(60), self.press(person)
        if button is Button.TRY_AGAIN:
            return self.add(Chosen(at=at, press=press, button=Button.TRY_AGAIN))
        return self.add(Chosen(at=at, press=press, button=Button.UNDO))

    def take_back(self, says: str) -> "Journal":
        self.add(UndoStarted(at=self.later(0.5), step=says, again=False))
        return self.add(StepUndone(at=self.later(2), step=says, already=False))

    def cancel(self, person: str = "alice", reason: str = "") -> "Journal":
        at, press = self.later(10), self.press(person)
        return self.add(Cancelled(at=at, press=press, button=Button.CANCEL, reason=reason))

    def deny(self, reason: str, person: str = "carol") -> "Journal":
        at, press = self.later(40), self.press(person)
        return self.add(Cancelled(at=at, press=press, button=Button.DENY, reason=reason))

    def expire(self) -> "Journal":
        self.at = self.planned.expires_at
        return self.add(Expired(at=self.at))

    def finish(self) -> "Journal":
        return self.add(Finished(at=self.later(1), outcome="done"))

    def leave(self, person: str = "dave") -> "Journal":
        at, press = self.later(60), self.press(person)
        return self.add(Finished(at=at, outcome="left", press=press))

    def undone(self) -> "Journal":
        return self.add(Finished(at=self.later(1), outcome="undone"))

    def _verb(self, says: str) -> str:
        return next(step.verb for step in self.planned.steps if step.says == says)


def approved() -> Journal:
    return Journal(restore()).approve("bob", "carol")


def stages() -> dict[str, Journal]:
    """The same restore at every stage a card can show."""
    refused = "the balancer refused to let clients back"
    stopped = "Vault on n1 refused the snapshot (HTTP 400)"
    left = "clients are cut off, and the data on prod is as it was"
    do = "press Undo to let clients back, then pick another backup with `/vault backups`"
    return {
        "asked": Journal(restore()),
        "one approval": Journal(restore())
        .refuse("alice", "whoever asked for a run cannot approve it")
        .approve("bob"),
        "running": approved().do(3).start(),
        "waits": approved().do(7).wait("1 of 3 custodians").wait("2 of 3 custodians"),
        "stopped": approved().do(4).start().fail(stopped, left, do),
        "broke": approved().do(4).start().broke(),
        "tried again": approved()
        .do(4)
        .start()
        .fail(stopped, left, do)
        .choose(Button.TRY_AGAIN)
        .start(again=True),
        "cancelled halfway": approved().do(3).cancel(reason="the migration was the cause"),
        "undoing": _undoing(),
        "undone": _undoing().take_back(restore().steps[2].says).undone(),
        "left": approved().do(10).start().fail(refused, "prod serves nobody", do).leave(),
        "denied": Journal(restore()).deny("the DKIM keys are in the old backup too, look first"),
        "expired": Journal(restore()).approve("bob").expire(),
        "done": approved().do(6, 4).already().wait("2 of 3 custodians").do(4, 9).finish(),
    }


def _undoing() -> Journal:
    journal = approved().do(3)
    journal.start().fail("The store is full", "clients are cut off", "make room, or press Undo")
    journal.choose(Button.UNDO)
    return journal.take_back(restore().steps[3].says)


def longest(text: str = "x" * 300) -> Planned:
    """Sixty steps of three hundred letters, forty warnings, names at their maximum."""
    name = "n" * 128
    steps = tuple(
        PlannedStep(says=f"{place} {text}"[:300], verb="do", way_back=text) for place in range(60)
    )
    return restore().model_copy(
        update={
            "run": name,
            "playbook": name,
            "cluster": name,
            "requester": f"slack:{name}",
            "reason": text * 2,
            "plan": {"backup": {"name": name}},
            "steps": steps,
            "tells": (text,) * 40,
            "objective": DATA_CENTRE_LOSS.model_copy(update={"name": text}),
            "loses": timedelta(days=9_999),
        }
    )
