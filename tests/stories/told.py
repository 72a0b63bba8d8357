"""Writes down all that can be read from outside the demo's processes, for a search."""

import json
import zlib
from pathlib import Path
from typing import Any, Final

import redis
from redis.exceptions import NoPermissionError, ResponseError

from deploy.redis_users import USERS
from tests.stories.demo import Demo

_PACKED: Final = b"x\x9c"  # How zlib begins.


def write_slack(demo: Demo, into: Path) -> None:
    """What arrived at the workspace, and what stands in each of its channels."""
    (into / "log").write_text(json.dumps(demo.people.log()), encoding="utf-8")
    (into / "state").write_text(json.dumps(demo.people.workspace()), encoding="utf-8")
    for channel in demo.people.channels():
        said = demo.people.messages(channel)
        (into / channel).write_text(json.dumps(said), encoding="utf-8")
        for file in (file for each in said for file in each.get("files", [])):
            (into / file["id"]).write_text(demo.people.file(file["id"]), encoding="utf-8")


def write_valkey(demo: Demo, into: Path) -> int:
    """Every key that any user may read, as it is now; how many."""
    values: dict[str, object] = {}
    for user in USERS:
        with redis.Redis.from_url(demo.journals.url(user)) as client:
            for key in client.scan_iter(count=1000):
                try:
                    values.setdefault(_readable(key), _readable(_value(client, key)))
                except (NoPermissionError, ResponseError):
                    continue
    (into / "keys").write_text(json.dumps(values, default=str), encoding="utf-8")
    return len(values)


def _value(client: Any, key: bytes) -> Any:
    match client.type(key).decode():
        case "string":
            return client.get(key)
        case "hash":
            return client.hgetall(key)
        case "set":
            return client.smembers(key)
        case "zset":
            return client.zrange(key, 0, -1, withscores=True)
        case "list":
            return client.lrange(key, 0, -1)
        case "stream":
            return client.xrange(key)
        case _:
            return None


def _readable(value: Any) -> Any:
    """As text; RQ packs what a job holds."""
    match value:
        case bytes() if value.startswith(_PACKED):
            return zlib.decompress(value).decode(errors="backslashreplace")
        case bytes():
            return value.decode(errors="backslashreplace")
        case dict():
            return {_readable(name): _readable(each) for name, each in value.items()}
        case list() | tuple() | set():
            return [_readable(each) for each in value]
        case _:
            return value
