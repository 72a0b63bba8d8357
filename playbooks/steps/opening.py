"""Open a backup and hand it on, so that nobody ever holds a damaged one whole."""

from collections.abc import AsyncIterator
from typing import Final

from playbooks.core.backup import Backup
from playbooks.core.trouble import Trouble
from playbooks.core.world.backups import Associated
from playbooks.core.world.world import World
from playbooks.snapshot.archive import ArchiveCheck, checked

# Vault takes an archive that lacks its last eight bytes; without these many it never does.
_HELD_BACK: Final = 1 << 16


async def proven(backup: Backup, world: World) -> AsyncIterator[bytes]:
    """Decrypt a backup piece by piece; its end comes only once all of it is what was written.

    Raises Trouble where it is not.
    """
    bound = Associated(cluster=backup.cluster, generation=backup.generation)
    check = ArchiveCheck()
    held = b""
    async for piece in checked(world.backups.open(backup.object_keys[0], bound), check):
        held += piece
        if len(held) > _HELD_BACK:
            yield held[:-_HELD_BACK]
            held = held[-_HELD_BACK:]
    facts = check.finish()
    if (facts.archive_sha256, facts.raft_index) != (backup.archive_sha256, backup.raft_index):
        raise Trouble(
            f"{backup.name} is not what the catalogue says it is",
            left="the cluster was not touched, and the object is evidence",
            do="",  # Whoever asked knows what to do instead, and says so.
        )
    yield held
