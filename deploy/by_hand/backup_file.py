"""`vault-responder backup-file`: opens and makes backups as the playbooks do, step by step.

A decrypted backup goes through a pipe, never to a terminal, and no file of it is made.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import BinaryIO, Final

from deploy.compose import opened_world
from deploy.process import key_ring
from deploy.settings import Settings
from jobs.records.keys import load_key
from playbooks.core.backup import Backup
from playbooks.core.spans import size_in_words
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.world import World
from playbooks.snapshot.naming import copy_key, daily_key, monthly_key, read_name
from playbooks.steps.generations import UNKNOWN
from playbooks.steps.opening import proven
from playbooks.steps.situation import active_node
from playbooks.steps.snapshots import Target, draft_reads_back, store_archive

_PIECE: Final = 1 << 20


def run(settings: Settings, asked: argparse.Namespace) -> int:
    """Do one action; what people should read goes to standard error where a pipe may follow."""
    key = load_key(settings.worker.signing_key_file)

    async def act() -> None:
        async with opened_world(settings, "act", key, key_ring(settings.journal)) as world:
            await _act(world, world.clusters.named(asked.cluster).name, asked)

    asyncio.run(act())
    return 0


async def _act(world: World, cluster: Name, asked: argparse.Namespace) -> None:
    match asked.action:
        case "list":
            for backup in await world.backups.all(cluster):
                print(_line(backup))
        case "open":
            await _open(world, cluster, asked.name)
        case "seal":
            draft = await _seal(world, cluster, asked.name, asked.nonce)
            print(f"Stored, not yet in the catalogue: {_line(draft)}")
        case _:
            await _enter(world, cluster, asked.name)
            print(f"{asked.name} was read back, and is a backup of {cluster} from now on.")


def _line(backup: Backup) -> str:
    """The nonce stands last, where a shell finds it."""
    return (
        f"{backup.name}  {backup.kind} of {backup.taken_at:%Y-%m-%d %H:%M} UTC,"
        f" {size_in_words(backup.archive_bytes)}, Vault {backup.vault_version},"
        f" key generation {backup.generation}, nonce {backup.nonce}"
    )


async def _open(world: World, cluster: Name, name: Name) -> None:
    if sys.stdout.isatty():
        raise Trouble(
            "A decrypted backup is not for a terminal",
            left="nothing was opened",
            do="pass it on: `… | bao operator raft snapshot restore /dev/stdin`, or > /dev/null",
        )
    backup = await world.backups.find(cluster, name) or await world.backups.draft(cluster, name)
    if backup is None:
        raise _unknown(cluster, name)
    async for piece in proven(backup, world):
        await asyncio.to_thread(_write, piece)
    newest = [each.number for each in await world.backups.generations(cluster)][-1:]
    told = (
        f"Whole: {_line(backup)}",
        f"Cluster ID {backup.cluster_id}; the newest key generation is {(*newest, 'unknown')[0]}",
    )
    print("\n".join(told), file=sys.stderr)


def _write(piece: bytes) -> None:
    try:
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        # What waits in the buffer must not be tried again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Trouble(
            "Whoever took the backup stopped reading it",
            left="nobody knows how much of it was used",
            do="see what that command says",
        ) from error


async def _seal(world: World, cluster: Name, name: Name, nonce: str) -> Backup:
    if sys.stdin.isatty():
        raise Trouble(
            "A snapshot comes from a pipe",
            left="nothing was stored",
            do="write `bao operator raft snapshot save /dev/stdout | …` before this command",
        )
    target = await _target(world, cluster, name, nonce)
    if await world.backups.find(cluster, name) is not None:
        raise Trouble(
            f"There is a backup {name} already", left="it is unchanged", do="choose another name"
        )
    return await store_archive(target, _pieces(sys.stdin.buffer), world)


async def _target(world: World, cluster: Name, name: Name, nonce: str) -> Target:
    named = read_name(name)
    active = await active_node(cluster, world)
    generations = await world.backups.generations(cluster)
    known = bool(generations) and generations[-1].cluster_id == active.cluster_id
    if named.kind == "backup" and not known:
        raise Trouble(
            f"The store does not know the keys of the {cluster} that runs now",
            left="nothing was stored",
            do=f"run `vault-responder adopt {cluster}` first",
        )
    generation = generations[-1].number if known else UNKNOWN
    if named.kind == "copy":
        keys: tuple[str, ...] = (copy_key(named.taken_at),)
    elif named.taken_at.day == 1:
        keys = (daily_key(named.taken_at), monthly_key(named.taken_at))
    else:
        keys = (daily_key(named.taken_at),)
    return Target(cluster, name, named.kind, keys, nonce, generation)


async def _pieces(source: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(source.read, _PIECE):
        yield piece


async def _enter(world: World, cluster: Name, name: Name) -> None:
    if await world.backups.find(cluster, name) is not None:
        return
    if await world.backups.draft(cluster, name) is None:
        raise _unknown(cluster, name)
    draft = await draft_reads_back(cluster, name, world)
    for more in draft.object_keys[1:]:
        await world.backups.duplicate(cluster, draft.object_keys[0], more)
    await world.backups.enter(draft)


def _unknown(cluster: Name, name: Name) -> Trouble:
    return Trouble(
        f"There is no backup named {name} of {cluster}",
        left="nothing was changed",
        do=f"see the names with `vault-responder backup-file list --cluster {cluster}`",
    )
