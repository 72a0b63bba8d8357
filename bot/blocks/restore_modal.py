"""The dialog of `/vault restore` without words: which backup, and what it would lose."""

from typing import Final

from pydantic import JsonValue

from bot.blocks import limits
from bot.blocks.message import Block, View
from bot.blocks.modals import reason_input
from bot.blocks.mrkdwn import bold, code, sentence
from bot.blocks.parts import plain, section, small_print
from jobs.runs.views import ClusterView
from playbooks.core.backup import Backup
from playbooks.core.spans import in_words, size_in_words
from playbooks.core.values import Moment

# callback_id; private_metadata is CHANNEL:CLUSTER. state.values:
# ["backup"]["backup"]["selected_option"]["value"] is the name of a backup;
# ["since"]["since"]["value"] is what may follow `since`, or None; ["reason"]["reason"]["value"].
RESTORE: Final = "restore"


def restore_modal(view: ClusterView | None, now: Moment, channel: str) -> View:
    """Offer the backups of one cluster; a view of None means that nobody has looked yet."""
    backups = (view.backups or ()) if view else ()
    blocks = _form(view, backups, now) if view and backups else _nothing(view, now)
    drawn: list[JsonValue] = [*blocks]
    modal: View = {
        "type": "modal",
        "callback_id": RESTORE,
        "private_metadata": f"{channel}:{view.cluster if view else ''}",
        "title": plain("Restore a backup", limits.MODAL_TITLE),
        "close": plain("Go back", limits.MODAL_TITLE),
        "blocks": drawn,
    }
    if backups:
        modal["submit"] = plain("Make a plan", limits.MODAL_TITLE)
    return modal


def _form(view: ClusterView, backups: tuple[Backup, ...], now: Moment) -> list[Block]:
    age = f"The catalogue was read {in_words(now - view.at)} ago."
    unsure = f" {bold('That is old')}: newer backups may exist." if view.is_stale(now) else ""
    intro = (
        f"A restore of {code(view.cluster)} loses everything that was written after the backup."
        " You get a plan first; nothing is changed before other people approve it."
    )
    newest = next((backup for backup in backups if backup.kind == "backup"), backups[0])
    return [
        section(intro),
        _choice(backups, newest, now),
        _since(),
        reason_input("Why? Approvers read it", optional=True),
        small_print(f"{age}{unsure}", _left_out(backups)),
    ]


def _choice(backups: tuple[Backup, ...], newest: Backup, now: Moment) -> Block:
    shown = backups[: limits.OPTIONS]
    options: list[JsonValue] = [_option(backup, now) for backup in shown]
    first = _option(newest, now) if newest in shown else options[0]
    return {
        "type": "input",
        "block_id": "backup",
        "label": plain("Backup: age, and so what would be lost", limits.LABEL),
        "element": {
            "type": "static_select",
            "action_id": "backup",
            "options": options,
            "initial_option": first,
        },
    }


def _option(backup: Backup, now: Moment) -> JsonValue:
    kind = "copy " if backup.kind == "copy" else ""
    text = (
        f"{backup.taken_at:%Y-%m-%d %H:%M} {kind}· loses {in_words(now - backup.taken_at)}"
        f" · {size_in_words(backup.archive_bytes)}"
    )
    return {
        "text": plain(text, limits.OPTION),
        "value": backup.name,
        "description": plain(backup.name, limits.OPTION),
    }


def _since() -> Block:
    return {
        "type": "input",
        "block_id": "since",
        "optional": True,
        "label": plain("When did the incident begin, in UTC?", limits.LABEL),
        "hint": plain("The objective's clock starts then. Empty: it starts now.", limits.LABEL),
        "element": {
            "type": "plain_text_input",
            "action_id": "since",
            "placeholder": plain("02:40 or 2026-11-25 02:40", limits.OPTION),
            "max_length": 16,
        },
    }


def _left_out(backups: tuple[Backup, ...]) -> str:
    left = len(backups) - limits.OPTIONS
    if left > 0:
        return f"{left} older ones are not listed; restore them by name: `/vault restore NAME`"
    return "A copy is what an earlier restore found and kept."


def _nothing(view: ClusterView | None, now: Moment) -> list[Block]:
    if view is None:
        return [section("No cluster was looked at yet. See `/vault status` in a few seconds.")]
    if view.backups is None:
        why = sentence("; ".join(view.trouble)) or "the store did not answer"
        return [section(f"The backups of {code(view.cluster)} are unknown: {why}.")]
    return [
        section(
            f"The catalogue of {code(view.cluster)} was empty {in_words(now - view.at)} ago."
            " It is read again every few seconds: ask once more, or take a backup with"
            " `/vault backup`."
        )
    ]
