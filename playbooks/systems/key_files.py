"""Key files: readable by their owner alone, or not used at all.

`jobs.records.keys` reads its own: nothing that the bot imports may lead to this package.
"""

import os
import stat
from pathlib import Path

from playbooks.core.trouble import Trouble


def read_private(path: Path) -> bytes:
    """Read a file that only its owner may read. Raises Trouble where that is not so."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise Trouble(
                    f"The key file {path} may be read by others (mode {mode:04o})",
                    left="it was not used",
                    do=f"run `chmod 600 {path}`, and consider whether the key must be replaced",
                )
            return file.read()
    except OSError as error:
        raise Trouble(
            f"The key file {path} cannot be read ({error.strerror})",
            left="nothing was changed",
            do="check the path in the configuration and the owner of the file",
        ) from error


def create_private(path: Path, data: bytes) -> None:
    """Write a new file for its owner alone. Raises Trouble where there is one already."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Trouble(
            f"The key file {path} cannot be made ({error.strerror})",
            left="what was there before is unchanged",
            do="choose another path, or keep the key that is there",
        ) from error
