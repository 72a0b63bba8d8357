"""`python -m deploy.here.child PARENT COMMAND…`: become a command that ends with its parent."""

import os
import sys

from jobs.work.parent import die_with


def main(words: list[str]) -> None:
    """Become the command; on Linux the kernel ends it when the parent ends in any way."""
    parent, *command = words
    die_with(int(parent))
    os.execvp(command[0], command)  # noqa: S606 -- a command of our own making


if __name__ == "__main__":
    main(sys.argv[1:])
