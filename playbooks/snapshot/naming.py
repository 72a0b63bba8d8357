"""Names of backups and of their objects in the store, as the guide on backups sets them."""

import re
from datetime import UTC, datetime
from typing import Final, Literal

from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Moment, Name

_STAMP: Final = "%Y%m%d-%H%M%S"
_NAME: Final = re.compile(r"vault-(snapshot|copy)-(\d{8}-\d{6})")
_KEY: Final = re.compile(
    r"(daily/\d{4}-\d{2}-\d{2}|monthly/\d{4}-\d{2}|copies)/(vault-(?:snapshot|copy)-\d{8}-\d{6})[.]enc"
)


class Named(Frozen):
    """What a name or an object's key says of a backup."""

    name: Name
    kind: Literal["backup", "copy"]
    taken_at: Moment


def snapshot_name(at: Moment) -> str:
    """Name the backup taken at a moment, to the second."""
    return f"vault-snapshot-{_utc(at):{_STAMP}}"


def copy_name(at: Moment) -> str:
    """Name the copy that a restore keeps of what it is about to replace."""
    return f"vault-copy-{_utc(at):{_STAMP}}"


def daily_key(at: Moment) -> str:
    """Say where the backup of a moment lies."""
    return f"daily/{_utc(at):%Y-%m-%d}/{snapshot_name(at)}.enc"


def monthly_key(at: Moment) -> str:
    """Say where the first backup of a month lies besides."""
    return f"monthly/{_utc(at):%Y-%m}/{snapshot_name(at)}.enc"


def copy_key(at: Moment) -> str:
    """Say where a copy lies."""
    return f"copies/{copy_name(at)}.enc"


def read_name(name: str) -> Named:
    """Read a name back. Raises Trouble for one that was not made here."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise _foreign(name)
    taken_at = _moment(found[2], name)
    return Named(name=name, kind="backup" if found[1] == "snapshot" else "copy", taken_at=taken_at)


def read_key(key: str) -> Named:
    """Read an object's key back. Raises Trouble for one that was not made here."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise _foreign(key)
    named = read_name(found[2])
    right = {copy_key(named.taken_at)}
    if named.kind == "backup":
        right = {daily_key(named.taken_at), monthly_key(named.taken_at)}
    if key not in right:
        raise _foreign(key)
    return named


def _utc(at: Moment) -> datetime:
    return at.astimezone(UTC)


def _moment(stamp: str, name: str) -> datetime:
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError as error:
        raise _foreign(name) from error


def _foreign(name: str) -> Trouble:
    shown = name if name.isprintable() and len(name) <= 100 else f"{name[:100]!r}"  # noqa: PLR2004 -- a line of text
    return Trouble(
        f"“{shown}” is not the name of a backup",
        left="nothing was read or changed",
        do="see the names in `/vault backups`",
    )
