"""Laws of the Redis users: what each process cannot do, whoever got hold of its password."""

import pytest
import redis
from redis.exceptions import NoPermissionError

from tests.jobs.bench import Place

# What each user may write, by one key of every kind.
KEYS = {
    "asked": {"bot"},
    "inbox:run-1": {"bot"},
    "bot:cursor": {"bot"},
    "journal:run-1": {"worker", "looker"},
    "run:run-1": {"worker", "looker"},
    "runs": {"worker", "looker"},
    "runs:open": {"worker", "looker"},
    "feed": {"worker", "looker"},
    "board:cluster:prod": {"worker", "looker"},
    "generation": {"worker", "looker"},
    "lease:run-1": {"worker"},
    "lock:cluster:prod": {"worker"},
    "attested": {"worker"},
    "scheduler": {"scheduler"},
    "letters:silence": {"scheduler"},
    "bot:heartbeats": {"bot"},
    "rq:queue:act": {"bot", "looker", "worker", "scheduler"},
    "anything else": set(),
}
USERS = ("bot", "looker", "worker", "scheduler")


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("key", KEYS)
async def test_a_user_writes_its_own_keys_and_no_others(place: Place, user: str, key: str) -> None:
    client = redis.Redis.from_url(place.urls[user])
    inside = f"return redis.call('SET', '{key}', 'forged')"
    if user in KEYS[key]:
        client.set(key, "1")
        client.eval(inside, 0)
        return
    with pytest.raises(NoPermissionError):
        client.set(key, "forged")
    with pytest.raises(redis.ResponseError, match=r"(?i)permission|no access|ACL"):
        client.eval(inside, 0)


@pytest.mark.parametrize("key", ["journal:run-1", "feed"])
async def test_the_bot_cannot_change_a_stream_that_workers_wrote(place: Place, key: str) -> None:
    redis.Redis.from_url(place.urls["worker"]).xadd(key, {"body": "true"})
    bot = redis.Redis.from_url(place.urls["bot"])
    for command in (
        ("XADD", key, "*", "body", "forged"),
        ("XTRIM", key, "MAXLEN", "0"),
        ("XDEL", key, "0-1"),
        ("DEL", key),
        ("RENAME", key, "bot:mine"),
        ("COPY", "bot:mine", key),
        ("EVAL", "return redis.call('XADD', KEYS[1], '*', 'body', 'forged')", "1", key),
    ):
        with pytest.raises(NoPermissionError):
            bot.execute_command(*command)
    assert bot.xlen(key) == 1


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",),
        ("CONFIG", "GET", "*"),
        ("KEYS", "*"),
        ("ACL", "LIST"),
        ("SHUTDOWN",),
        ("SCRIPT", "FLUSH"),
        ("FUNCTION", "LIST"),
        ("MONITOR",),
        ("REPLICAOF", "NO", "ONE"),
        ("CLIENT", "KILL", "TYPE", "normal"),
    ],
    ids=" ".join,
)
async def test_no_process_may_use_dangerous_commands(
    place: Place, user: str, command: tuple[str, ...]
) -> None:
    with pytest.raises(NoPermissionError):
        redis.Redis.from_url(place.urls[user]).execute_command(*command)


async def test_nobody_gets_in_without_a_password(place: Place) -> None:
    bare = redis.Redis.from_url(place.urls["bot"].split("//")[0] + "//127.0.0.1:" + _port(place))
    with pytest.raises(redis.AuthenticationError):
        bare.ping()


def _port(place: Place) -> str:
    return place.urls["bot"].rsplit(":", 1)[1]
