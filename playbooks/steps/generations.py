"""Which key generation opens a backup: by the mark of the shares that the archive itself holds.

People may rotate shares by hand and record it later, or never; until then a number says nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from playbooks.core.backup import Backup, KeyGeneration
from playbooks.core.trouble import Trouble
from playbooks.core.values import Count, Digest, Moment, Name
from playbooks.core.world.world import World

UNKNOWN: Final = 0  # The number of keys that nobody recorded; counting begins at 1.


async def generation_of(backup: Backup, world: World) -> KeyGeneration:
    """Find the keys that open a backup; number UNKNOWN where shares were made by hand since.

    Raises Trouble where nobody can know them.
    """
    generations = await world.backups.generations(backup.cluster)
    ours = [each for each in generations if each.cluster_id == backup.cluster_id]
    for generation in reversed(ours):
        if _says(generation, backup.shares_mark, backup.generation):
            return generation
    if ours and backup.shares_mark is not None:
        return _told_by(backup, world.clusters.named(backup.cluster).custodians)
    raise Trouble(
        f"Nobody knows the keys of {backup.name} (generation {backup.generation})",
        left="nothing was changed",
        do="pick another backup from `/vault backups`",
    )


def number_of(
    generations: Iterable[KeyGeneration], cluster_id: str, mark: Digest, told: Count
) -> Count:
    """Number the keys of an archive with this mark, whose cluster was told to have that number."""
    ours = [each for each in generations if each.cluster_id == cluster_id]
    found = (each.number for each in reversed(ours) if _says(each, mark, told))
    return next(found, UNKNOWN)


def to_record(
    present: KeyGeneration,
    before: Sequence[KeyGeneration],
    backups: Iterable[Backup],
    *,
    rotated: bool,
) -> tuple[KeyGeneration, ...]:
    """Number what no record has: keys that only a backup tells of, and the present ones last.

    The newest generation is the one that opens the cluster. `rotated`: whoever made new ones says
    so, since a mark does not show it.
    """
    missed = _made_by_hand(backups, (*before, present), present)
    if before and not rotated and not missed and present.opens_as(before[-1]):
        return ()
    return tuple(
        generation.model_copy(update={"number": number})
        for number, generation in enumerate((*missed, present), len(before) + 1)
    )


def _made_by_hand(
    backups: Iterable[Backup], known: Sequence[KeyGeneration], present: KeyGeneration
) -> tuple[KeyGeneration, ...]:
    """Take the first backup of each rotation that nobody recorded, oldest first."""
    first: dict[Digest, Backup] = {}
    for backup in sorted(backups, key=_taken_at):
        mark, ours = backup.shares_mark, backup.cluster_id == present.cluster_id
        if mark is None or not ours:
            continue
        if number_of(known, present.cluster_id, mark, backup.generation) == UNKNOWN:
            first.setdefault(mark, backup)
    return tuple(_told_by(backup, present.custodians) for backup in first.values())


def _told_by(backup: Backup, custodians: tuple[Name, ...]) -> KeyGeneration:
    """Say what a backup tells of its own keys."""
    return KeyGeneration(
        cluster=backup.cluster,
        cluster_id=backup.cluster_id,
        number=UNKNOWN,
        scheme=backup.scheme,
        custodians=custodians,
        since=backup.taken_at,
        shares_mark=backup.shares_mark,
    )


def _says(generation: KeyGeneration, mark: Digest | None, told: Count) -> bool:
    """The mark decides where both have one: a number is only what was thought to be so."""
    if mark is None or generation.shares_mark is None:
        return generation.number == told
    return generation.shares_mark == mark


def _taken_at(backup: Backup) -> Moment:
    return backup.taken_at
