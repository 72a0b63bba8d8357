"""Whose word a run stands on, with the text that they signed, as a record tells an auditor."""

from collections.abc import Iterator
from dataclasses import dataclass

from jobs.records.journal import History
from jobs.records.signers import AllowedSigners
from jobs.runs.events import Approved, GlassBroken, Ordered, Planned
from jobs.runs.proofs import ProofKind
from jobs.runs.statement import signed_text
from playbooks.core.values import Moment


@dataclass(frozen=True)
class Endorsement:
    """One approval, or one who started a plan alone; `text` is what a signature must be over."""

    number: int  # Of its event.
    by: str
    account: str
    at: Moment
    alone: bool
    proof: ProofKind
    text: str
    signature: str  # Nothing for a click or a code.
    order: str | None = None  # The standing order that was signed. None: this very plan was.

    def holds(self, signers: AllowedSigners) -> bool:
        """Say if the signature is this person's, over exactly this text, with a key that counts."""
        return signers.signer(self.text, self.signature, self.at) == self.by


def endorsements(history: History) -> Iterator[Endorsement]:
    """List them in the order in which they were given, later withdrawn ones included."""
    planned = history.events[0] if history.events else None
    if not isinstance(planned, Planned):
        return
    for number, event in enumerate(history.events, 1):
        match event:
            case Approved() | GlassBroken():
                yield _given(number, planned, event)
            case Ordered():
                yield from _ordered(number, event)
            case _:
                continue


def _given(number: int, planned: Planned, event: Approved | GlassBroken) -> Endorsement:
    return Endorsement(
        number=number,
        by=event.press.by,
        account=event.press.account,
        at=event.at,
        alone=isinstance(event, GlassBroken),
        proof=event.proof,
        text=signed_text(planned, event),
        signature=event.signature,
    )


def _ordered(number: int, event: Ordered) -> Iterator[Endorsement]:
    for signed in event.signatures:
        yield Endorsement(
            number=number,
            by=signed.by,
            account="",
            at=event.at,
            alone=False,
            proof=ProofKind.SIGNATURE,
            text=event.text,
            signature=signed.signature,
            order=event.order,
        )
