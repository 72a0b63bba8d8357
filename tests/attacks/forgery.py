"""Journal entries as somebody writes them who knows the format and has no worker's key."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

Entry = dict[str, str]


def with_approvals(run: str, entries: list[Entry]) -> list[Entry]:
    """Add two approvals, chained as they should be, under a worker's name."""
    for person in ("bob", "carol"):
        planned = json.loads(entries[0]["body"])
        event = {
            "kind": "approved",
            "at": datetime.now(UTC).isoformat(),
            "press": {"id": f"q-{person}", "by": person, "account": f"U0{person.upper()}"},
            "digest": planned["digest"],
        }
        entries = [*entries, _chained(run, entries[-1], json.dumps(event))]
    return entries


def needing_nobody(run: str, entries: list[Entry]) -> list[Entry]:
    """Leave the plan as it was signed, but for how many must approve it."""
    planned = json.loads(entries[0]["body"]) | {"needs": 0}
    altered = {**entries[0], "body": json.dumps(planned)}
    return [altered | {"hash": _hash(run, altered)}]


def read(client: Any, run: str) -> list[Entry]:
    """Read a whole journal as it lies in Redis."""
    return [dict(fields) for _, fields in client.xrange(f"journal:{run}")]


def write(client: Any, run: str, entries: list[Entry]) -> None:
    """Put a whole journal in place of another, as whoever has a worker's password can."""
    with client.pipeline() as pipe:
        pipe.delete(f"journal:{run}")
        for entry in entries:
            pipe.xadd(f"journal:{run}", entry)
        pipe.hset(f"run:{run}", mapping={"length": len(entries), "head": entries[-1]["hash"]})
        pipe.sadd("runs:open", run)
        pipe.xadd("feed", {"run": run, "number": len(entries), "kind": "approved"})
        pipe.execute()


def _chained(run: str, last: Entry, body: str) -> Entry:
    entry = {
        "number": str(int(last["number"]) + 1),
        "previous": last["hash"],
        "key": last["key"],
        "epoch": last["epoch"],
        "signature": last["signature"],
        "body": body,
    }
    return entry | {"hash": _hash(run, entry)}


def _hash(run: str, entry: Entry) -> str:
    fields: list[Any] = [run, int(entry["number"]), entry["previous"], entry["key"]]
    whole = json.dumps([*fields, int(entry["epoch"]), entry["body"]], separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()
