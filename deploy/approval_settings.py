"""How plans are approved, as the configuration says it: who, by how many, proven by what."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from jobs.people import Remit
from jobs.records.signers import NOBODY, AllowedSigners, read_allowed_signers, signers_without_keys
from jobs.runs.planning import ApprovalRules
from jobs.runs.proofs import ProofKind
from playbooks.core.danger import Danger
from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Name

_GROUP: Final = "@"  # Before the name of a group, where a person's name may stand.

Approver = Annotated[str, Field(pattern=r"^@?[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]


class RemitSettings(Frozen):
    """Other approvers for some plans; the first that fits counts."""

    approvers: Annotated[tuple[Approver, ...], Field(min_length=1)]
    clusters: tuple[Name, ...] | None = None  # None: every cluster.
    dangers: tuple[Danger, ...] | None = None  # None: every danger.


class ApprovalSettings(Frozen):
    approvers: Annotated[tuple[Approver, ...], Field(min_length=1)]
    expires_after: timedelta = timedelta(minutes=60)
    needs: Mapping[Danger, Annotated[int, Field(ge=0, le=9)]] = {
        Danger.READS: 0,
        Danger.DISRUPTS: 1,
        Danger.DESTROYS: 2,
    }
    proof: Mapping[Danger, ProofKind] = {
        Danger.READS: ProofKind.CLICK,
        Danger.DISRUPTS: ProofKind.SIGNATURE,
        Danger.DESTROYS: ProofKind.SIGNATURE,
    }
    allowed_signers_file: Path | None = None  # None: nobody can sign.
    groups: Mapping[Name, tuple[Name, ...]] = {}
    remits: tuple[RemitSettings, ...] = ()
    # Playbooks that one approver may start alone, everybody being told: those that contain.
    break_glass: tuple[Name, ...] = ("seal",)

    def members(self, approvers: tuple[str, ...]) -> tuple[str, ...]:
        """Put persons in the place of groups, each person once, in order."""
        named: dict[str, None] = {}
        for one in approvers:
            group = one.removeprefix(_GROUP)
            found = self.groups.get(group, ()) if one.startswith(_GROUP) else (one,)
            named.update(dict.fromkeys(found))
        return tuple(named)

    def known_remits(self) -> tuple[Remit, ...]:
        """The remits as the engine wants them."""
        return tuple(
            Remit(approvers=self.members(one.approvers), clusters=one.clusters, dangers=one.dangers)
            for one in self.remits
        )

    def rules(self) -> ApprovalRules:
        """How plans are approved."""
        return ApprovalRules(
            needs=self.needs,
            proofs={danger: self.proof.get(danger, ProofKind.SIGNATURE) for danger in Danger},
            break_glass=self.break_glass,
            expires_after=self.expires_after,
        )

    def signers(self) -> AllowedSigners:
        """Read whose keys count. Raises Trouble for a file that is missing or wrong."""
        path = self.allowed_signers_file
        if path is None:
            return NOBODY
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Trouble(
                f"The allowed signers in {path} cannot be read ({error})",
                left="nothing was started",
                do="mend `approval.allowed_signers_file`",
            ) from error
        return read_allowed_signers(text, str(path))


def approval_faults(
    approval: ApprovalSettings, accounts: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Find what only shows when parts are compared; `accounts` are everybody's Slack ids."""
    yield from _group_faults(approval, accounts)
    yield from _pool_faults(approval, "approval.approvers", approval.approvers, accounts)
    for place, remit in enumerate(approval.remits):
        yield from _pool_faults(approval, f"approval.remits.{place}", remit.approvers, accounts)
    for danger in Danger:
        yield from _danger_faults(approval, danger)
    if approval.needs.get(Danger.DESTROYS) == 0:
        yield "approval.needs.destroys: 0 would let one person throw data away"
    signed = ProofKind.SIGNATURE in approval.rules().proofs.values()
    if signed and approval.allowed_signers_file is None:
        yield (
            "approval.allowed_signers_file: plans that are approved by a signature need it;"
            " write one, or set approval.proof to `click`"
        )


def _group_faults(
    approval: ApprovalSettings, accounts: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    for group, members in approval.groups.items():
        if not members:
            yield f"approval.groups.{group}: nobody is in it"
        for name in members:
            if name not in accounts:
                yield f"approval.groups.{group}: {name} is no person of this file"


def _pool_faults(
    approval: ApprovalSettings,
    where: str,
    pool: tuple[str, ...],
    accounts: Mapping[str, tuple[str, ...]],
) -> Iterator[str]:
    for one in pool:
        if one.startswith(_GROUP) and one.removeprefix(_GROUP) not in approval.groups:
            yield f"{where}: there is no group {one}"
        elif not one.startswith(_GROUP) and one not in accounts:
            yield f"{where}: {one} is no person of this file"
    for name in approval.members(pool):
        if name in accounts and not accounts[name]:
            yield f"{where}: {name} has no Slack id, so nothing could be approved"


def _danger_faults(approval: ApprovalSettings, danger: Danger) -> Iterator[str]:
    needs = approval.needs.get(danger)
    if needs is None:
        yield f"approval.needs: nothing is said for `{danger}`"
        return
    pools = [("", approval.approvers)]
    pools += [
        (f" for remit {place}", remit.approvers)
        for place, remit in enumerate(approval.remits)
        if remit.dangers is None or danger in remit.dangers
    ]
    for which, pool in pools:
        if needs > len(approval.members(pool)):
            yield f"approval.needs.{danger}: {needs} people, but there are fewer approvers{which}"


def known_signers(settings: ApprovalSettings) -> AllowedSigners:
    """Read whose signatures count. Raises Trouble where an approver who must sign could not."""
    signers = settings.signers()
    everybody = {*settings.members(settings.approvers)}
    for remit in settings.remits:
        everybody |= {*settings.members(remit.approvers)}
    missing = signers_without_keys(signers, everybody)
    if missing and ProofKind.SIGNATURE in settings.rules().proofs.values():
        raise Trouble(
            f"{', '.join(missing)} must sign approvals and has no key in"
            f" {settings.allowed_signers_file}",
            left="nothing was started",
            do="add a line for each, or take them off the approvers",
        )
    return signers
