"""`python -m deploy.here.fence look|take|check|keep [CLUSTER]`: what `--here` does as a worker.

It is a process of its own, since the one that a person types in must not be able to reach Vault.
"""

import asyncio
import os
import sys

from deploy.compose import workshop
from deploy.here.children import ANOTHER_COUNTS
from deploy.settings import read_settings
from jobs.records.generation import AnotherRedis
from jobs.work.takeover import all_is_kept, take_over, what_stands
from jobs.work.workshop import opened
from playbooks.core.trouble import Trouble


async def fence(what: str, *clusters: str) -> str:
    """Do one of the four, and answer what to tell the person. Raises Trouble."""
    shop = workshop(read_settings(os.environ), os.environ, "act")
    async with opened(shop) as records:
        match what, clusters:
            case "look", (cluster,):
                return await what_stands(records, cluster)
            case "take", (cluster,):
                return await take_over(shop, records, cluster)
            case "check", ():
                await records.generation.check()
                return "This Redis is the one that counts."
            case _:
                return await all_is_kept(shop, records)


def main() -> None:
    code = 0
    try:
        print(asyncio.run(fence(*sys.argv[1:])))
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        code = ANOTHER_COUNTS if isinstance(trouble, AnotherRedis) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # As in deploy/cli: the object store's threads abort an orderly exit.


if __name__ == "__main__":
    main()
