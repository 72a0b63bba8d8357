"""The dialog of `/vault restore` without words: which backup, and what it would lose."""

from typing import Final

from bot.blocks import limits
from bot.blocks.message import View
from bot.blocks.modals import reason_input
from bot.blocks.parts import plain
from jobs.runs.views import ClusterView
from playbooks.core.values import Moment

# callback_id; private_metadata is CHANNEL:CLUSTER. state.values:
# ["backup"]["backup"]["selected_option"]["value"] is a name, or "latest";
# ["since"]["since"]["value"] is HH:MM, a day with a time, or None; ["reason"]["reason"]["value"].
RESTORE: Final = "restore"


def restore_modal(view: ClusterView | None, now: Moment, channel: str) -> View:
    """Offer the backups of one cluster; a view of None means that nobody has looked yet."""
    return {
        "type": "modal",
        "callback_id": RESTORE,
        "private_metadata": f"{channel}:{view.cluster if view else ''}",
        "title": plain("Restore a backup", limits.MODAL_TITLE),
        "close": plain("Go back", limits.MODAL_TITLE),
        "submit": plain("Make a plan", limits.MODAL_TITLE),
        "blocks": [reason_input("Why?", optional=True)],
    }
