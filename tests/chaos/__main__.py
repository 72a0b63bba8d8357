"""Torture for as long as is asked for: `python -m tests.chaos --minutes 3`."""

import argparse
import asyncio
import random
import secrets
import sys
import tempfile
from pathlib import Path

from deploy.redis_users import USERS
from tests.chaos.torture import Torture
from tests.jobs.bench import Place
from tests.servers import Valkey


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--keep", type=Path, help="an empty folder, kept for looking into")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {arguments.minutes} minutes", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as made:
        folder = arguments.keep or Path(made)
        (folder / "v").mkdir()
        valkey = Valkey(folder / "v")
        valkey.start()
        place = Place(folder, {user: valkey.url(user) for user in USERS})
        place.prepare()
        torture = Torture(place, valkey, random.Random(arguments.seed))
        try:
            print(asyncio.run(torture.run(arguments.minutes * 60)))
        except AssertionError as error:
            print(f"broken: {error}; faults: {dict(torture.faults)}")
            return 1
        finally:
            valkey.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
