"""The catalogue of a cluster: each backup with its age, its size and what it would lose."""

from bot.blocks.lists import listed
from bot.blocks.message import Message
from bot.blocks.mrkdwn import BELOW, bold, clock, code, date_and_clock, sentence
from jobs.runs.views import ClusterView
from playbooks.core.backup import Backup
from playbooks.core.spans import in_words, size_in_words
from playbooks.core.values import Moment


def backups(view: ClusterView, now: Moment) -> Message:
    """List what can be restored, newest first."""
    if view.backups is None:
        why = [f":warning: {sentence(trouble)}" for trouble in view.trouble]
        return listed(f"The backups of {view.cluster} are unknown", why, *_age(view, now))
    if not view.backups:
        title = f"There is no backup of {view.cluster}"
        return listed(title, ["Take one with `/vault backup`"], *_age(view, now))
    count = sum(backup.kind == "backup" for backup in view.backups)
    copies = len(view.backups) - count
    also = f", copies: {copies}" if copies else ""
    lines = [_line(backup, now) for backup in view.backups]
    hint = "Restore one: `/vault restore NAME`, or `/vault restore` to choose"
    return listed(f"Backups of {view.cluster}: {count}{also}", lines, hint, *_age(view, now))


def _line(backup: Backup, now: Moment) -> str:
    kind = " · a copy that a restore kept" if backup.kind == "copy" else ""
    return (
        f"{code(backup.name)} · {date_and_clock(backup.taken_at)}{kind}{BELOW}"
        f"loses {bold(in_words(now - backup.taken_at))} of writes"
        f" · {size_in_words(backup.archive_bytes)} · Vault {sentence(backup.vault_version)}"
        f" · {_keys(backup)}"
    )


def _keys(backup: Backup) -> str:
    if backup.generation:
        return f"key generation {backup.generation}"
    return (
        "its shares are recorded nowhere: run"
        f" {code(f'vault-responder adopt {backup.cluster}')} on a worker"
    )


def _age(view: ClusterView, now: Moment) -> tuple[str, ...]:
    if view.is_stale(now):
        return (f":warning: Unknown since {clock(view.at)}: newer backups may exist",)
    return (f"Read {in_words(now - view.at)} ago",)
