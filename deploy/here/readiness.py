"""What must be so before anything is started here; every fault is said at once."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from redis.exceptions import RedisError

from deploy.process import redis_address
from deploy.settings import Settings
from jobs.people import Who
from jobs.records.keys import read_private
from playbooks.core.trouble import Trouble


def check_keys(settings: Settings) -> None:
    """See that this account can be bot, looker, worker and scheduler. Raises Trouble."""
    faults = [fault for path in _key_files(settings) if (fault := _fault(path)) is not None]
    if faults:
        raise Trouble(
            f"--here needs the keys of bot, looker, worker and scheduler: {'; '.join(faults)}",
            left="nothing was started",
            do="run it on the worker's machine as an account that may read all of them",
        )


def check_login(settings: Settings, login: str) -> str:
    """See that somebody of the configuration asks, so that they cannot approve it themselves."""
    person = settings.known_people().person(Who(id=login, standing="terminal"))
    if person.startswith("terminal:"):
        raise Trouble(
            f"The login `{login}` belongs to no person of the configuration",
            left="nothing was started",
            do="say `--as LOGIN` with one of your own `logins`",
        )
    return login


def cluster_named(settings: Settings, named: str | None) -> str:
    """Find the cluster to take over; the only one needs no name. Raises Trouble."""
    known = tuple(settings.clusters)
    if named is None and len(known) == 1:
        return known[0]
    if named in known:
        return str(named)
    what = "Nobody said which cluster to take over" if named is None else f"There is no {named}"
    raise Trouble(
        what, left="nothing was started", do=f"say `--take-over` with one of {', '.join(known)}"
    )


def redis_answers(environment: Mapping[str, str]) -> bool:
    """Say if the Redis of the configuration is there after all."""
    with suppress(Trouble, RedisError):
        client = redis_address(environment).connect_sync(patient=False)
        try:
            client.ping()
        finally:
            client.close()
        return True
    return False


def _key_files(settings: Settings) -> list[Path]:
    carriers = (settings.looker, settings.worker)
    found = [settings.bot.bell_key_file, settings.scheduler.bell_key_file]
    for carrier in carriers:
        found += [carrier.bell_key_file, carrier.signing_key_file, carrier.login_key_file]
    found += [cluster.backup_key_file for cluster in settings.clusters.values()]
    return list(dict.fromkeys(found))


def _fault(path: Path) -> str | None:
    try:
        read_private(path)
    except Trouble as trouble:
        return trouble.happened
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
    return None
