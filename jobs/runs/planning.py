"""Turn what a look found into the plan that people approve, sealed by one digest. Pure."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from pydantic import JsonValue

from jobs.people import People
from jobs.runs.events import Planned, PlannedStep
from jobs.runs.orders import StandingOrder, order_named
from jobs.runs.proofs import ProofKind
from jobs.runs.requests import Asked
from playbooks.core.danger import Danger
from playbooks.core.plan import Plan
from playbooks.core.playbook import Playbook, way_back
from playbooks.core.step import Do, Prove
from playbooks.core.values import Frozen, Name


class ApprovalRules(Frozen):
    """How many people each danger needs, and how long a plan stays approvable."""

    needs: Mapping[Danger, int]
    proofs: Mapping[Danger, ProofKind]  # The least that an approval must bring.
    break_glass: tuple[Name, ...] = ()  # Playbooks that one approver may start alone.
    expires_after: timedelta = timedelta(minutes=60)
    orders: tuple[StandingOrder, ...] = ()  # What runs by schedule, approved beforehand.

    def needed_by_order(self, danger: Danger) -> int:
        """How many people sign a standing order: what runs unasked needs one in any case."""
        return max(1, self.needs[danger])


def plan_run(
    book: Playbook[Any, Any], plan: Plan, asked: Asked, people: People, rules: ApprovalRules
) -> Planned:
    """Write down everything about a run before it begins; `at` is when it was asked for."""
    danger = book.danger(plan)
    requester = _requester(asked, people, rules)
    dumped = plan.model_dump(mode="json")
    since = asked.ask.get("since")
    needs, proof, may_break_glass = _approval(book.name, danger, asked, rules)
    return Planned(
        at=asked.at,
        run=asked.run,
        word=asked.word,
        playbook=book.name,
        ask=asked.ask,
        who=asked.who,
        requester=requester,
        reason=str(asked.ask.get("reason", "")),
        cluster=plan.cluster,
        channel=asked.channel,
        plan=dumped,
        table=book.table_digest(),
        steps=tuple(
            PlannedStep(says=says, verb=_verb(step), way_back=way_back(step, plan))
            for says, step in book.steps_of(plan)
        ),
        danger=danger,
        needs=needs,
        proof=proof,
        break_glass=may_break_glass,
        holds=book.holds(plan),
        tells=(*plan.tells, *_weakness(proof)),
        loses=plan.loses,
        objective=book.objective,
        clock_from=asked.at if since is None else book.ask.model_validate(asked.ask).since,
        expires_at=asked.at + rules.expires_after,
        digest=digest_of(requester, str(asked.ask.get("reason", "")), book, dumped),
        again=asked.again,
    )


def _requester(asked: Asked, people: People, rules: ApprovalRules) -> str:
    """Whoever is in charge of an order counts as who asked."""
    by_schedule = asked.who.standing == "schedule"
    order = order_named(rules.orders, asked.who.id) if by_schedule else None
    return people.person(asked.who) if order is None else order.in_charge


def _approval(
    book: Name, danger: Danger, asked: Asked, rules: ApprovalRules
) -> tuple[int, ProofKind, bool]:
    """Say how many approve it, by what at least, and whether one may start it alone."""
    if asked.who.standing == "schedule":
        return rules.needed_by_order(danger), ProofKind.SIGNATURE, False
    needs = rules.needs[danger]
    return needs, rules.proofs[danger], book in rules.break_glass and needs > 0


def _weakness(proof: ProofKind) -> tuple[str, ...]:
    if proof is not ProofKind.TOTP:
        return ()
    return ("This plan is approved by codes, and a code is not bound to what it approves",)


def digest_of(
    requester: str, reason: str, book: Playbook[Any, Any], plan: Mapping[str, JsonValue]
) -> str:
    """Name exactly what is approved: who asks, why, which playbook with which table, which plan."""
    whole = {
        "requester": requester,
        "reason": reason,
        "playbook": book.name,
        "table": book.table_digest(),
        "plan": plan,
    }
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _verb(step: object) -> Literal["prove", "do", "wait until"]:
    if isinstance(step, Prove):
        return "prove"
    return "do" if isinstance(step, Do) else "wait until"
