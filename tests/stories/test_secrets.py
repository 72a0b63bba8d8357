"""After the whole story no secret is anywhere but in the one file of its owner."""

import json
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import redis
from redis.exceptions import NoPermissionError, ResponseError

from deploy.redis_users import USERS
from tests.stories import secrets
from tests.stories.demo import Demo, until
from tests.stories.secrets import Found, Secret, look_in, of_the_demo, shaped
from tests.stories.vault_root import tenants_secrets

_PACKED: Final = b"x\x9c"  # How zlib begins.


@pytest.fixture(scope="module")
def world(shared_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> tuple[Demo, Path]:
    """A run to its end, then all that can be read from outside its processes, written down."""
    demo = shared_demo
    demo.settle()
    run = demo.people.ask("backup reason one more before we look")
    demo.journals.wait(run, "finished")
    until(lambda: "outcome" in demo.people.keys(run), 60, "the outcome")
    into = tmp_path_factory.mktemp("told")
    for folder in ("slack", "processes", "valkey"):
        (into / folder).mkdir()
    _write_slack(demo, into / "slack")
    assert secrets.processes(demo, into / "processes") > 15
    assert _write_valkey(demo, into / "valkey") > 20
    return demo, into


@pytest.fixture(scope="module")
def known(world: tuple[Demo, Path]) -> tuple[Secret, ...]:
    """Collected last, so that the collecting itself leaves no trace in what was written down."""
    demo, _ = world
    found = (*of_the_demo(demo), *tenants_secrets(demo))
    assert len(found) > 250
    return found


def test_no_secret_is_in_what_anyone_can_read(
    world: tuple[Demo, Path], known: tuple[Secret, ...]
) -> None:
    _, into = world
    assert _told(look_in(into, known)) == []


def test_no_secret_is_in_a_file_of_somebody_else(
    world: tuple[Demo, Path], known: tuple[Secret, ...]
) -> None:
    """Logs, Valkey's data, journals, store, configuration: the whole folder of the demo."""
    demo, _ = world
    assert _told(look_in(demo.folder, known)) == []


def test_a_secrets_own_file_is_its_owners_alone(known: tuple[Secret, ...]) -> None:
    for secret in known:
        for path in secret.owners:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_nothing_that_looks_like_a_credential_was_written(world: tuple[Demo, Path]) -> None:
    """Logins and tokens are made all the time; nobody can list them, but all look alike."""
    demo, into = world
    places = [into, demo.house.logs, demo.house.redis, demo.house.records]
    places += [demo.house.store / name for name in ("catalogue", "drafts", "clusters")]
    files = [file for place in places for file in place.rglob("*") if file.is_file()]
    files += (demo.folder / "cluster" / "nodes").glob("*/*.log")
    assert len(files) > 50
    assert _told(found for file in files for found in shaped(file)) == []


@pytest.mark.parametrize("form", ["plain", "hex", "base64 of something longer", "its beginning"])
def test_the_search_finds_what_it_should(
    known: tuple[Secret, ...], tmp_path: Path, form: str
) -> None:
    """A search that never finds anything proves nothing."""
    share = next(secret for secret in known if secret.value.isascii())
    (tmp_path / "leak").write_bytes(secrets.leaked(share.value, form))
    assert {found.what for found in look_in(tmp_path, known)} == {share.name}


def _told(found: Iterator[Found]) -> list[str]:
    return sorted({f"{each.what} in {each.where}" for each in found})


def _write_slack(demo: Demo, into: Path) -> None:
    (into / "log").write_text(json.dumps(demo.people.log()), encoding="utf-8")
    (into / "state").write_text(json.dumps(demo.people.workspace()), encoding="utf-8")
    for channel in demo.people.channels():
        said = demo.people.messages(channel)
        (into / channel).write_text(json.dumps(said), encoding="utf-8")
        for file in (file for each in said for file in each.get("files", [])):
            (into / file["id"]).write_text(demo.people.file(file["id"]), encoding="utf-8")


def _write_valkey(demo: Demo, into: Path) -> int:
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
