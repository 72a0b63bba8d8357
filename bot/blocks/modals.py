"""The dialogs in which people decide: approve a plan they have read, or deny it with a reason."""

from typing import Final

from bot.blocks import limits
from bot.blocks.message import View
from bot.blocks.parts import plain, section
from bot.blocks.pointer import pointer_to
from jobs.people import People
from jobs.runs.state import Run
from jobs.runs.story import headline
from playbooks.core.values import Moment

APPROVE: Final = "approve"  # callback_id; private_metadata is the pointer of the run.
DENY: Final = "deny"  # As above; state.values: ["reason"]["reason"]["value"].


def approve_modal(run: Run, people: People, now: Moment) -> View:
    """Repeat the whole plan to someone who is about to approve it."""
    return {
        "type": "modal",
        "callback_id": APPROVE,
        "private_metadata": str(pointer_to(run)),
        "title": plain("Approve this plan", limits.MODAL_TITLE),
        "submit": plain("Approve", limits.MODAL_TITLE),
        "close": plain("Go back", limits.MODAL_TITLE),
        "blocks": [section(headline(run))],
    }


def deny_modal(run: Run) -> View:
    """Ask for the reason of a Deny, which ends the run."""
    return {
        "type": "modal",
        "callback_id": DENY,
        "private_metadata": str(pointer_to(run)),
        "title": plain("Deny this plan", limits.MODAL_TITLE),
        "submit": plain("Deny", limits.MODAL_TITLE),
        "close": plain("Go back", limits.MODAL_TITLE),
        "blocks": [reason_input("Why is it denied?", optional=False)],
    }


def reason_input(label: str, *, optional: bool) -> View:
    return {
        "type": "input",
        "block_id": "reason",
        "optional": optional,
        "label": plain(label, limits.OPTION),
        "element": {
            "type": "plain_text_input",
            "action_id": "reason",
            "multiline": True,
            "max_length": 500,
        },
    }
