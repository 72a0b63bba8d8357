"""A custodian's part in a rotation of shares: give the old one, take and prove the new one."""

from pathlib import Path
from typing import Final

from playbooks.core.trouble import Trouble
from playbooks.custodian import new_share, notes, safety
from playbooks.custodian.custodian import Custodian
from playbooks.custodian.opening import Opener
from playbooks.custodian.part import Over, Part
from playbooks.custodian.rotation import Proof, Status, find_api
from playbooks.custodian.share import Share, fingerprint

# How many pauses the others have to show that a proof of before a kill did arrive.
_DOUBT: Final = 20
_NOTE_COMES: Final = 10


def rotate_shares(
    custodian: Custodian, opener: Opener, nonce: str, message_file: Path | None
) -> None:
    """Take part from wherever it stands, to the end. Raises Trouble."""
    seen = custodian.look_and_show()
    active = safety.active_node(custodian.cluster, seen)
    api = find_api(custodian.reach, active.name, custodian.reach.role)
    safety.must_not_lose_shares(custodian.cluster, seen, may_be_openbao=api.may_be_openbao)
    part = Part(custodian, api, nonce, opener)
    status = api.status()
    if not status.started:
        _come_late(part, message_file)
        return
    safety.must_be_announced(custodian.cluster, status, nonce)
    own = opener.mine(status.fingerprints)
    safety.must_be_harmless(custodian, status, active, own)
    try:
        if not status.proof_nonce and not part.turn.old_given:
            _give_old(part, status)
        wait_for_the_old(part)
    except Over:
        if not new_share.is_there(part, message_file):
            raise
        _come_late(part, message_file)  # The others completed it between two looks.
        return
    new = new_share.take_new(part, own or "", message_file)
    _prove(part, new)


def _give_old(part: Part, status: Status) -> None:
    cluster = part.custodian.cluster
    part.say(
        f"A rotation of the shares of {cluster} is under way, the one you named:"
        f" {status.given} of {status.required} old shares are given. It makes"
        f" {status.shares} new ones, of which {status.threshold} open {cluster}."
    )
    give_share(part, status)


def give_share(part: Part, status: Status) -> None:
    """Ask for the old share and give it. Its fingerprint counts once enough of them were right."""
    cluster = part.custodian.cluster
    share = part.custodian.own_share()
    how = f"was one of those that opened {cluster}"
    part.remember(old=fingerprint(share, part.custodian.desk.now(), how))
    taken = part.api.give(share, part.nonce, status.fingerprints)
    if taken.is_over:
        raise Over(part)
    if taken.refused and not taken.was_given_before and not taken.came_late:
        raise Trouble(
            f"Vault refused the {part.old}shares it was given: together they do not open {cluster}",
            left="it counts from 0 again, and nothing has changed",
            do="each of you runs `vault-responder custodian check`; then all give theirs again",
        )
    if taken.came_late:
        part.remember(old=None)
        part.say("Enough custodians gave theirs before you: yours was not needed.")
        return
    part.remember(old_given=True)
    if taken.messages and not status.keeps_messages and not part.is_check:
        new_share.hand_out(part, taken.messages)
    part.say(f"Vault has your {part.old}share.")


def wait_for_the_old(part: Part) -> None:
    """Until enough old shares were given, and there are new ones."""
    shown = -1

    def enough() -> bool:
        nonlocal shown
        status = under_way(part)
        if status.proof_nonce:
            _keep_old(part)
            return True
        if status.given < shown:
            part.remember(old_given=False)
            raise Trouble(
                f"Vault started to count the {part.old}shares at 0 again: one of them was wrong",
                left="it does not have yours any more, and nothing has changed",
                do="each of you runs `vault-responder custodian check`; then all give theirs again",
            )
        if status.given != shown:
            part.say(f"{status.given} of {status.required} {part.old}shares are given.")
            shown = status.given
        return False

    part.custodian.desk.wait(enough, f"not enough custodians gave their {part.old}share")


def _keep_old(part: Part) -> None:
    """Enough old shares were right, and if this one was given, it was one of them."""
    if part.turn.old is not None:
        part.custodian.notebook.write(proven=part.turn.old)


def under_way(part: Part) -> Status:
    """Read how far it is. Raises Over, or Trouble where its node does not lead any more."""
    safety.must_lead(part.custodian, part.api.node)
    status = part.api.status()
    if status.started and status.nonce == part.nonce:
        return status
    raise Over(part)


def _prove(part: Part, new: Share) -> None:
    """Prove the new share, again wherever Vault starts the proof anew, until it is over."""
    proving = _Proving(part, new)
    part.custodian.desk.wait(proving.is_over, "not enough custodians proved their new share")
    _end(part, new, complete=proving.complete)


class _Proving:
    """Mutable on purpose: what was sent, what was shown, and how it ended."""

    def __init__(self, part: Part, new: Share) -> None:
        self.complete = False
        self._part = part
        self._new = new
        self._sent_to = ""  # The proof that this very process gave the share to.
        self._doubt = 0
        self._shown = -1

    def is_over(self) -> bool:
        part = self._part
        safety.must_lead(part.custodian, part.api.node)
        proof = part.api.proof()
        if proof is not None and self._is_to_be_sent(proof):
            part.remember(proof_nonce=proof.nonce, proofs_before=proof.proven)
            self._sent_to, self._doubt = proof.nonce, 0
            self.complete = part.api.prove(self._new, proof.nonce).complete
            proof = part.api.proof()
        if proof is not None and proof.proven != self._shown:
            part.say(f"{proof.proven} of {proof.required} new shares are proven.")
            self._shown = proof.proven
        return proof is None

    def _is_to_be_sent(self, proof: Proof) -> bool:
        """Never twice in one proof: Vault counts it twice, and then starts the proof anew."""
        turn = self._part.turn
        if proof.nonce != turn.proof_nonce:
            return True
        if self._sent_to == proof.nonce:
            return False
        # An earlier process sent it, or died just before. Who is in doubt waits for the others: at
        # worst Vault starts anew, and then everybody who waits gives theirs again.
        self._doubt += 1
        return proof.proven <= turn.proofs_before or self._doubt > _DOUBT


def _come_late(part: Part, message_file: Path | None) -> None:
    """It is over, or was never there; whoever did not take theirs takes it now."""
    cluster = part.custodian.cluster
    if not new_share.is_there(part, message_file):
        raise Trouble(
            f"No rotation with the nonce {part.nonce} is under way on {cluster}, and Vault keeps"
            " no new share of it",
            left="your share stays what it was",
            do="compare the nonce with the one you were told; if it was cancelled, wait for a new"
            " one",
        )
    part.say(f"The rotation on {cluster} is over.")
    kept = part.api.messages()
    own = part.opener.mine(kept.by_fingerprint if kept else ()) or ""
    _end(part, new_share.take_new(part, own, message_file), complete=False)


def _end(part: Part, new: Share, *, complete: bool) -> None:
    cluster, notebook = part.custodian.cluster, part.custodian.notebook
    if complete:
        notes.say_complete(part.api, part.custodian, part.nonce)
    else:
        complete = notes.was_completed(part.api, part.custodian, part.nonce, _NOTE_COMES)
    file = part.turn.message_file
    if not complete:
        part.say(
            f"The rotation is over, and this program did not see how: the new shares of {cluster}"
            f" count if it was completed, the old ones if it was cancelled. Keep both, the new one"
            f" is in {file}. The one who started it knows."
        )
        return
    notes.say_taken(part.api, part.custodian, part.nonce)
    was_proven = bool(part.turn.proof_nonce)
    how = "was proven in the rotation" if was_proven else "came, unproven, out of the rotation"
    made = part.custodian.proven(new, f"{how} {part.nonce[:8]}")
    notebook.write(message_file=file, turn=None, given={})
    part.say(
        f"Done: {cluster} opens with the new shares now. Yours is in {file}; keep it and your PGP"
        " key, it is not stored anywhere else."
    )
    part.say(
        f"Keep your old share too, and write on it: {cluster}, until {made.at:%Y-%m-%d %H:%M} UTC."
        " Backups from before open only with the old shares. Destroy it when the last of those"
        " backups is deleted."
    )
