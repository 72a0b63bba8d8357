"""Whose word a run stands on, with the text that they signed, as a record tells an auditor."""

from collections.abc import Iterator
from dataclasses import dataclass

from jobs.records.journal import History
from jobs.records.signers import AllowedSigners
from jobs.runs.events import Approved, GlassBroken, Planned
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

    def holds(self, signers: AllowedSigners) -> bool:
        """Say if the signature is this person's, over exactly this text, with a key that counts."""
        return signers.signer(self.text, self.signature, self.at) == self.by


def endorsements(history: History) -> Iterator[Endorsement]:
    """List them in the order in which they were given, later withdrawn ones included."""
    planned = history.events[0] if history.events else None
    if not isinstance(planned, Planned):
        return
    for number, event in enumerate(history.events, 1):
        if not isinstance(event, Approved | GlassBroken):
            continue
        yield Endorsement(
            number=number,
            by=event.press.by,
            account=event.press.account,
            at=event.at,
            alone=isinstance(event, GlassBroken),
            proof=event.proof,
            text=signed_text(planned, event),
            signature=event.signature,
        )
