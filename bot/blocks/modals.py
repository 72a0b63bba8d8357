"""The dialogs in which people decide: approve a plan they have read, or deny it with a reason."""

from typing import Final, assert_never

from pydantic import JsonValue

from bot.blocks import limits
from bot.blocks.message import Block, View
from bot.blocks.mrkdwn import block, bold, clock, code, date_and_clock, foreign, mention, sentence
from bot.blocks.parts import divider, fields, plain, section, sections, small_print
from bot.blocks.pointer import pointer_to
from bot.blocks.progress import way_back_line
from jobs.incidents.clock import most_lost
from jobs.people import People
from jobs.runs.headline import title
from jobs.runs.proofs import ProofKind
from jobs.runs.state import Run
from jobs.runs.statement import backup_of, statement
from playbooks.core.danger import Danger
from playbooks.core.spans import in_words
from playbooks.core.values import Moment

APPROVE: Final = "approve"  # callback_id; private_metadata is the pointer of the run.
DENY: Final = "deny"  # As above; state.values: ["reason"]["reason"]["value"].
GLASS: Final = "break_glass"  # As DENY, and ["confirms"]["confirms"]["value"].
_LONGEST_REASON: Final = 500
_LONGEST_PROOF: Final = 3_000  # A signature by RSA-4096 has about 1,700 letters.
_LONGEST_NAME: Final = 128
_KEPT_FREE: Final = 5  # Blocks of the view that later inputs may take.

_DANGERS: Final[dict[Danger, str]] = {
    Danger.READS: "Nothing that anyone relies on is changed.",
    Danger.DISRUPTS: "Clients notice it, and nothing is lost.",
    Danger.DESTROYS: "What was written since the backup is lost for good.",
}


def approve_modal(run: Run, people: People, now: Moment) -> View:
    """Repeat the whole plan to someone who is about to approve it."""
    blocks = [
        section(f"{bold(sentence(title(run)))}\n{_cost(run, now)}"),
        _facts(run, people),
        section(f"{bold('Reason')} {foreign(run.planned.reason) or 'none was given'}"),
        *_part(":warning: Know before you approve", _tells(run)),
        *_part("Steps", _steps(run)),
        *_proof(run),
        divider(),
        small_print(
            f"{len(run.approvals)} of {run.planned.needs} approvals · whoever asked cannot approve"
            f" · the plan expires {date_and_clock(run.planned.expires_at)}",
            f"You approve exactly this plan, {code(run.planned.digest[:12])}",
        ),
    ]
    return _modal(run, APPROVE, ("Approve this plan", "Approve"), _cut(blocks))


def deny_modal(run: Run) -> View:
    """Ask for the reason of a Deny, which ends the run."""
    blocks = [
        section(f"{bold(sentence(title(run)))}\nThe run ends here, and nothing is changed."),
        reason_input("Why is it denied?", optional=False),
    ]
    return _modal(run, DENY, ("Deny this plan", "Deny"), blocks)


def glass_modal(run: Run) -> View:
    """Ask for the reason and the second confirmation of someone who starts a run alone."""
    planned = run.planned
    warning = (
        f"{bold(sentence(title(run)))}\n:rotating_light: It starts on your word alone, at once."
        " Every approver who was not asked is told, with your reason, and the report shows it."
    )
    blocks = _cut([section(warning), *_part(":warning: Know before you do", _tells(run))])
    if planned.proof is not ProofKind.CLICK:
        words = f"break-glass {planned.run} {planned.cluster} reason WHY"
        blocks.append(
            section(
                "This plan needs your signature, over a text that holds your reason. Use a"
                f" terminal: {code(f'vault-responder command {words}')}"
            )
        )
        return _modal(run, GLASS, ("Break glass", None), blocks)
    blocks.append(reason_input("Why can it not wait for approval?", optional=False))
    confirm = f"Type the cluster's name to confirm: {planned.cluster}"
    blocks.append(_field("confirms", confirm, _LONGEST_NAME, multiline=False))
    return _modal(run, GLASS, ("Break glass", "Break glass"), blocks)


def _modal(run: Run, callback: str, words: tuple[str, str | None], blocks: list[Block]) -> View:
    """`words` are the title, and the button that sends it off; None: there is nothing to send."""
    drawn: list[JsonValue] = [*blocks]
    title_of_it, submit = words
    sends: View = {} if submit is None else {"submit": plain(submit, limits.MODAL_TITLE)}
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": str(pointer_to(run)),
        "title": plain(title_of_it, limits.MODAL_TITLE),
        **sends,
        "close": plain("Go back", limits.MODAL_TITLE),
        "blocks": drawn,
    }


def _cost(run: Run, now: Moment) -> str:
    lost = most_lost(run, now)
    if lost:
        return f":warning: Up to {bold(in_words(lost))} of writes are lost for good."
    return _DANGERS[run.planned.danger]


def _facts(run: Run, people: People) -> Block:
    planned = run.planned
    backup = backup_of(planned)
    pairs = [("Cluster", code(planned.cluster))]
    if backup is not None:
        pairs.append(("Backup", code(backup)))
    pairs.append(("Asked by", f"{mention(planned.requester, people)} at {clock(planned.at)}"))
    pairs.append(("Run", code(planned.run)))
    return fields(pairs)


def _proof(run: Run) -> list[Block]:
    """Where more than a click is asked for: the text to sign, and a field for what proves it."""
    match run.planned.proof:
        case ProofKind.CLICK:
            return []
        case ProofKind.TOTP:
            return [_field("proof", "The code of your authenticator", _LONGEST_PROOF)]
        case ProofKind.SIGNATURE:
            return [
                section(
                    f"{bold('Sign this text on your own machine')}: copy it, run"
                    " `vault-responder sign --clipboard`, and paste all of what it prints below."
                    " (By hand: `ssh-keygen -Y sign -n vault-responder -f KEY plan.txt`.)"
                ),
                *_text(statement(run.planned).text()),
                _field("proof", "The signature", _LONGEST_PROOF),
            ]
        case _:
            assert_never(run.planned.proof)


def _text(text: str) -> list[Block]:
    """Show it letter for letter; one that is too long for a dialog is signed at a terminal."""
    whole = block(text)
    if len(whole) > limits.SECTION:
        return [section(":warning: It is too long for this dialog: sign it at a terminal")]
    return [section(whole)]


def _part(name: str, lines: list[str]) -> list[Block]:
    return sections([bold(name), *lines]) if lines else []


def _tells(run: Run) -> list[str]:
    ways = [way_back_line(step) for step in run.planned.steps if step.way_back is not None]
    return [*(f"• {sentence(tell)}" for tell in run.planned.tells), *ways]


def _steps(run: Run) -> list[str]:
    return [f"{place}. {sentence(step.says)}" for place, step in enumerate(run.planned.steps, 1)]


def _cut(blocks: list[Block]) -> list[Block]:
    """Nobody approves what they cannot read: a plan that is too long says so at its top."""
    room = limits.VIEW_BLOCKS - _KEPT_FREE
    if len(blocks) <= room:
        return blocks
    too_long = ":warning: This plan is too long to be read here: deny it, and ask for less at once"
    return [section(too_long), *blocks[: room - 2], blocks[-1]]


def reason_input(label: str, *, optional: bool) -> Block:
    """A field for free text, as long as a command's own `reason` may be."""
    return _field("reason", label, _LONGEST_REASON, optional=optional)


def _field(
    name: str, label: str, longest: int, *, optional: bool = False, multiline: bool = True
) -> Block:
    """Its block and its element share one name, by which what was typed is read."""
    return {
        "type": "input",
        "block_id": name,
        "optional": optional,
        "label": plain(label, limits.LABEL),
        "element": {
            "type": "plain_text_input",
            "action_id": name,
            "multiline": multiline,
            "max_length": longest,
        },
    }
