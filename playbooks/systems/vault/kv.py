"""Reads of KV v2: marks of canaries, and what was written since a moment."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from playbooks.core.backup import Mark
from playbooks.core.values import Moment
from playbooks.core.world.vault import Changes

_SHOWN: Final = 5


def data_path(path: str) -> str:
    """Turn "vps/tenant/key" into the path of its data."""
    mount, _, rest = path.partition("/")
    return f"{mount}/data/{rest}"


def mark_of(key: bytes, path: str, data: dict[str, Any]) -> Mark:
    """Make the HMAC of a secret together with its path, over canonical JSON."""
    text = json.dumps({"path": path, "data": data}, sort_keys=True, separators=(",", ":"))
    return Mark(path=path, hmac=hmac.new(key, text.encode(), hashlib.sha256).hexdigest())


def changes_in(secrets: dict[str, dict[str, Any]], moment: Moment, now: Moment) -> Changes:
    """Count the secrets, path to metadata, that were written or deleted after the moment."""
    late = sorted(
        path
        for path, metadata in secrets.items()
        if any(moment < time for time in _times(metadata, now))
    )
    return Changes(count=len(late), first=tuple(late[:_SHOWN]))


def _times(metadata: dict[str, Any], now: Moment) -> Iterator[Moment]:
    versions = (metadata.get("versions") or {}).values()
    written = [metadata.get("updated_time"), *(each.get("created_time") for each in versions)]
    yield from (datetime.fromisoformat(time) for time in written if time)
    # A soft delete changes nothing but this, which may also lie in the future.
    deleted = [
        datetime.fromisoformat(each["deletion_time"])
        for each in versions
        if each.get("deletion_time")
    ]
    yield from (time for time in deleted if time <= now)
