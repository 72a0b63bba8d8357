"""How each defence of the table in SECURITY.md is taken out, so that its test must fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Edit:
    """`old` occurs once in the file."""

    file: str
    old: str
    new: str


_DECISIONS: Final = "jobs/runs/decisions.py"
_PEOPLE: Final = "jobs/people.py"
_PROVER: Final = "jobs/records/prover.py"
_SIGNERS: Final = "jobs/records/signers.py"
_STATEMENT: Final = "jobs/runs/statement.py"
_JOURNAL: Final = "jobs/records/journal.py"
_APPROVED: Final = "jobs/work/approved.py"
_CALLS: Final = "playbooks/systems/vault/calls.py"
_LOOK: Final = "jobs/work/look.py"

# Whatever is pasted counts as a signature of the one in whose name it comes.
_ANY_SIGNATURE: Final = Edit(_PROVER, "if signer is None:", "if not given:")

# By the attack, as the table names it.
MUTATIONS: Final[Mapping[str, tuple[Edit, ...]]] = {
    "stolen Slack session": (_ANY_SIGNATURE,),
    "forged click": (Edit(_DECISIONS, "        or _why_too_weak(run, press, proof)\n", ""),),
    "forged value of a button": (
        Edit(_DECISIONS, "case _ if press.digest != run.planned.digest:", "case _ if False:"),
    ),
    "replayed envelope": (
        Edit(
            "jobs/records/inbox.py", "== 0 then return 'KNOWN' end", "== 2 then return 'KNOWN' end"
        ),
    ),
    "replayed signature": (
        Edit(
            _DECISIONS,
            "case Button.APPROVE, AwaitsApproval() if by in approved_by(run):",
            "case Button.APPROVE, AwaitsApproval() if False:",
        ),
    ),
    "replayed signature that was withdrawn": (
        Edit(_DECISIONS, "        or _why_not_again(run, press, proof)\n", ""),
    ),
    "signature for another plan": (
        Edit(
            _STATEMENT,
            'return (expiry(planned.expires_at), ("Run", planned.run), ("Digest", planned.digest))',
            "return ()",
        ),
    ),
    "signature for another cluster": (
        Edit(_STATEMENT, '        ("Cluster", planned.cluster),\n', ""),
    ),
    "signature for another program": (
        Edit(
            _SIGNERS,
            "if version != 1 or namespace != NAMESPACE.encode() or reserved",
            "if version != 1 or reserved",
        ),
    ),
    "expired signature": (
        Edit(_DECISIONS, "            at >= run.planned.expires_at\n", "            at is None\n"),
    ),
    "replayed code": (Edit(_PROVER, "if used != press.id.encode():", "if used is None:"),),
    "guessed code": (Edit(_PROVER, ">= _MOST_TRIES", "> 1_000_000"),),
    "guest, app, stranger or deactivated account presses": (
        Edit(_PEOPLE, "    if who.standing in _WHY_NOT:\n", "    if who.id in _WHY_NOT:\n"),
    ),
    "requester approves through a second account": (
        Edit(
            _PEOPLE,
            "if button is Button.APPROVE and person == matter.requester:",
            "if button is Button.APPROVE and who.id == matter.requester:",
        ),
    ),
    "approver asks through an account that nobody knows": (
        Edit(_LOOK, "if planned.needs and is_of_nobody(planned.requester):", "if False:"),
    ),
    "two keys of one person": (
        Edit(_PEOPLE, "if not at_terminal and signer not in {None, person}:", "if False:"),
    ),
    "one key of two persons": (
        Edit(_SIGNERS, "        if owner is not key:\n", "        if owner.key is None:\n"),
    ),
    "one authenticator of two persons": (
        Edit(
            "deploy/settings.py",
            '("logins", person.logins), ("totp_file", device))',
            '("logins", person.logins))',
        ),
    ),
    "stolen laptop with its FIDO2 token plugged in": (
        Edit(_SIGNERS, "    key.set_touch_required(True)", "    key.set_touch_required(False)"),
    ),
    "approver who is removed while it waits": (
        Edit(
            _APPROVED,
            "if one.press.by not in shop.people.approvers_of(run.matter):",
            "if not one.press.by:",
        ),
    ),
    "approver who leaves Slack while it waits": (
        Edit(
            "bot/departures.py",
            "if found and not any(who.standing in _STAYS for who in found):",
            "if not found:",
        ),
    ),
    "glass broken by somebody outside": (
        Edit(
            _PEOPLE,
            'Button.BREAK_GLASS: frozenset({"approver"}),',
            'Button.BREAK_GLASS: frozenset({"approver", "requester"}),',
        ),
    ),
    "compromised bot writes events, leases, people": (
        Edit(
            "deploy/install/redis/users.acl",
            "%R~runs:open %R~feed %R~board:* %R~lease:*",
            "~runs:open ~feed ~board:* ~lease:*",
        ),
    ),
    "compromised bot asks and presses in others' names": (_ANY_SIGNATURE,),
    "compromised bot rings": (
        Edit(
            "jobs/runs/lifecycle.py",
            "stage = Running() if len(approvals) >= run.planned.needs else run.stage",
            "stage = Running()",
        ),
    ),
    "compromised bot rings for code of its own": (
        Edit(
            "jobs/work/rings.py",
            "if name is None or name not in self.functions or self.instance is not None:",
            "if name is None:",
        ),
        Edit(
            "jobs/work/rings.py",
            "return self.functions[name]",
            "return self.functions.get(name) or Job.func.fget(self)",
        ),
        Edit("jobs/work/rings.py", " if _ABOUT.fullmatch(about):", ":"),
    ),
    "compromised bot posts look-alike messages": (
        Edit(
            "bot/listeners/buttons.py",
            "if (place.channel, place.ts) != (pressed.channel, pressed.message_ts):",
            "if not place.ts:",
        ),
    ),
    "compromised bot shows plan A and asks for plan B": (_ANY_SIGNATURE,),
    "compromised bot has plan B signed under the card of A": (
        Edit(
            "playbooks/custodian/sign.py",
            "if not cluster or typed.strip() != cluster:",
            "if not typed:",
        ),
    ),
    "compromised bot dates a request ahead": (
        Edit(_LOOK, '{"at": min(asked.at, shop.now())}', '{"at": asked.at}'),
    ),
    "compromised looker dates a plan ahead": (
        Edit(_APPROVED, "+ shop.rules.expires_after + _CLOCKS", "+ timedelta(days=9_000)"),
    ),
    "compromised looker writes another plan than it shows": (
        Edit(
            _APPROVED,
            "if _planned_again(book, planned, shop.people, shop.rules) != planned:",
            "if book is None:",
        ),
    ),
    "plan swapped after approval": (_ANY_SIGNATURE,),
    "forged standing order": (
        Edit(_LOOK, "why = why_not_by_order(shop, asked) if by_schedule else", "why ="),
    ),
    "changed standing order": (
        Edit(
            "jobs/work/orders.py",
            "if why_not is None and len(counted) < needs:",
            "if why_not is None and not text:",
        ),
    ),
    "stale button after a restart": (
        Edit(_DECISIONS, "case _, Ended():", "case Button.DENY, Ended():"),
    ),
    "worker's Redis password: approvals": (Edit(_JOURNAL, "if role is None:", "if role == '':"),),
    "worker's Redis password: presses": (
        Edit(
            "deploy/install/redis/users.acl",
            "~lease:* ~lock:* ~attested ~rq:* %R~inbox:*",
            "~lease:* ~lock:* ~attested ~rq:* ~inbox:*",
        ),
    ),
    "edited event": (
        Edit(_JOURNAL, "if _hash(entry.run, fields) != entry.hash:", "if not entry.hash:"),
    ),
    "deleted journal tail": (
        Edit("jobs/records/archive.py", "        if not later:\n", "        if number:\n"),
    ),
    "deleted journal": (
        Edit(_LOOK, "if await _is_in_the_store(records, asked.run):", "if False:"),
        Edit(_LOOK, "if await _is_in_the_store(records, event.run):", "if False:"),
    ),
    "old copy of Redis": (
        Edit("jobs/work/drive.py", "    await records.generation.check()\n", ""),
    ),
    "old copy of Redis and store together, hours later": (
        Edit(_APPROVED, "_QUIET: Final = timedelta(hours=2)", "_QUIET: Final = timedelta(days=2)"),
    ),
    "backup of another cluster in this one's place": (
        Edit(
            "playbooks/systems/backup_key.py",
            "return _BOUND_INFO + json.dumps(",
            "return _BOUND_INFO if bound else json.dumps(",
        ),
    ),
    "altered entry of the catalogue of backups": (
        Edit(
            "playbooks/systems/signed.py",
            "if not self._signatures.check(message, signature):",
            "if not message:",
        ),
    ),
    "share asked for by somebody between custodian and node": (
        Edit(
            _CALLS, "self._session.verify = str(settings.ca_file)", "self._session.verify = False"
        ),
        Edit(_CALLS, "session=self._session,", "session=self._session, verify=False,"),
    ),
    "share sent to the wrong cluster": (
        Edit(
            "playbooks/custodian/nodes.py",
            "if told and meant and told != meant:",
            "if told and meant and not node.name:",
        ),
    ),
}
