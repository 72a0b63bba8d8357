"""What both ways of restoring share: the words of the request, the choice, the plan, the proofs."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Self, TypedDict

from playbooks.core.ask import Ask
from playbooks.core.backup import Backup, KeyGeneration
from playbooks.core.plan import NodesPlan, NotForMe
from playbooks.core.spans import in_words, size_in_words
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment, Name
from playbooks.core.world.clusters import Cluster
from playbooks.core.world.world import World
from playbooks.snapshot.naming import copy_key, copy_name
from playbooks.steps.generations import UNKNOWN
from playbooks.steps.opening import proven

USAGE: Final = '[latest | NAME | before "YYYY-MM-DD HH:MM"] [on CLUSTER] [since HH:MM] [reason …]'
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")


class RestoreAsk(Ask):
    """Which backup: a name, or the newest, or the newest before a moment."""

    name: Name | None = None  # None: the newest.
    before: Moment | None = None  # None: no limit.

    @classmethod
    def read(cls, words: Sequence[str], common: Ask) -> Self:
        """Read `latest`, a name, or `before` with a moment in UTC. Raises Trouble."""
        said = common.model_dump()
        match list(words):
            case [] | ["latest"]:
                return cls(**said)
            case ["before", *moment] if moment:
                return cls(**said, before=_moment(" ".join(moment)))
            case [name] if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", name):
                return cls(**said, name=name)
            case _:
                raise Trouble(
                    f"“{' '.join(words)}” does not say which backup",
                    left="nothing was changed",
                    do='say `latest`, a name from `/vault backups`, or `before "2026-11-25 02:00"`',
                )


class RestorePlan(NodesPlan):
    """What both playbooks of the word `restore` decide in advance."""

    backup: Backup
    copy_name: Name  # What the cluster holds now is kept under this name.
    copy_key: str
    copy_nonce: str


class Names(TypedDict):
    """The fields of a RestorePlan but for what it tells."""

    cluster: Name
    loses: timedelta
    backup: Backup
    nodes: tuple[Name, ...]
    copy_name: Name
    copy_key: str
    copy_nonce: str


def _moment(text: str) -> datetime:
    if _MOMENT.fullmatch(text):
        try:
            return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        except ValueError:
            pass
    raise Trouble(
        f"“{text}” is not a moment",
        left="nothing was changed",
        do='write it in UTC as in `before "2026-11-25 02:00"`',
    )


async def choose(ask: RestoreAsk, cluster: Name, world: World) -> Backup:
    """Find the backup that was asked for. Copies come by name only. Raises Trouble."""
    if ask.name is not None:
        found = await world.backups.find(cluster, ask.name)
        if found is None:
            raise Trouble(
                f"There is no backup named {ask.name} of {cluster}",
                left="nothing was changed",
                do="pick one from `/vault backups`",
            )
        return found
    for backup in await world.backups.all(cluster):
        if backup.kind == "backup" and (ask.before is None or backup.taken_at < ask.before):
            return backup
    limit = f" before {ask.before:%Y-%m-%d %H:%M} UTC" if ask.before else ""
    raise Trouble(
        f"The catalogue of {cluster} has no backup{limit}",
        left="nothing was changed",
        do="see `/vault backups`; copies that a restore kept can be asked for by name",
    )


def what_it_costs(backup: Backup, cluster: Cluster, world: World) -> tuple[str, ...]:
    """Tell approvers what is lost and who is not stopped by the balancer."""
    lost = in_words(world.now() - backup.taken_at)
    return (
        f"Lost: everything written after {backup.taken_at:%Y-%m-%d %H:%M} UTC, {lost} of writes",
        (
            f"The backup holds {size_in_words(backup.archive_bytes)}"
            f" of {cluster.name} at Raft index {backup.raft_index}, Vault {backup.vault_version}"
        ),
        "Clients that reach the nodes without the balancer are not cut off",
    )


def who_opens_it(generation: KeyGeneration) -> str:
    """Tell approvers whose shares are needed after the load."""
    scheme = generation.scheme
    if scheme.kind == "auto":
        return "The cluster unseals itself, no custodian is needed"
    names = ", ".join(generation.custodians)
    if generation.number == UNKNOWN:
        return (
            f"{scheme.threshold} of {scheme.shares} shares open it that were made by hand, and no"
            f" record says who holds them: ask {names} before anything is loaded"
        )
    return (
        f"{scheme.threshold} of {scheme.shares} custodians open it"
        f" (key generation {generation.number}: {names})"
    )


def which_keys(backup: Backup) -> NotForMe:
    """Refuse while the cluster serves: recording its keys now shows which way to restore."""
    return NotForMe(
        why=f"no record says which shares open {backup.name}: they were made by hand",
        do=f"run `vault-responder adopt {backup.cluster}` on a worker, then ask again",
    )


def is_newer(version: str, than: str) -> bool:
    """Compare versions by their first two numbers, since patch releases read each other's data."""
    return _numbers(version) > _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


async def backup_is_whole(plan: RestorePlan, world: World) -> bool:
    """Decrypt the backup to its end once, before anything is touched; nothing of it is kept.

    Approvers read its name and its time: the catalogue must say so of this very object.
    """
    if await world.backups.find(plan.cluster, plan.backup.name) != plan.backup:
        raise Trouble(
            f"The catalogue of {plan.cluster} says something else of {plan.backup.name} than the"
            " plan",
            left="nothing was changed",
            do="ask again for a fresh plan; if this comes back, treat the looker as broken into",
        )
    async for _ in proven(plan.backup, world):
        pass
    return True


def chosen(backup: Backup, cluster: Cluster, world: World) -> Names:
    """Choose every name that a restore needs, before anyone approves it."""
    now = world.now()
    return Names(
        cluster=cluster.name,
        loses=now - backup.taken_at,
        backup=backup,
        nodes=cluster.nodes,
        copy_name=copy_name(now),
        copy_key=copy_key(now),
        copy_nonce=world.fresh(),
    )
