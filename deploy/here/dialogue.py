"""What `--here` tells the person at its terminal, and what it asks."""

import sys
from typing import Final

from playbooks.core.trouble import Trouble

QUIT: Final = "quit"
BEGINS: Final = """\
This starts Valkey, a looker, a worker and a scheduler on this machine, until this command ends.
Other workers then begin nothing more, on any cluster: the object store no longer knows their
Redis. One that is in the middle of a run on the cluster you take over finishes its step and stops
there."""
ANSWERS: Final = """\
The Redis of this configuration answers, so `command` works without --here. Go on only if that Redis
is lost."""
ENDS: Final = """\
When Redis is back, run `vault-responder accept-redis` as the worker. The bot then posts what was
done without Slack, marked as such."""


def typed_next(open_runs: tuple[str, ...]) -> str:
    """Read the next words; `quit` only from someone who knows what that leaves behind."""
    print(f"Open: {', '.join(open_runs)}. Say `approve`, `watch`, `help` …, or `{QUIT}`.")
    try:
        typed = input("vault-responder> ").strip()
    except (EOFError, KeyboardInterrupt):
        typed = QUIT
    if typed != QUIT:
        return typed
    print(
        "\nIts worker is on this machine: it finishes the step in hand and ends. Nobody carries the"
        " run on then, and another `--here` has to take over."
    )
    try:
        sure = input(f"Type {open_runs[0]} to leave it so: ").strip() == open_runs[0]
    except (EOFError, KeyboardInterrupt):
        sure = True  # Nobody is there any more.
    return QUIT if sure else ""


def confirm(cluster: str) -> None:
    """Let the person type the cluster's name. Raises Trouble for anything else."""
    if not sys.stdin.isatty():
        raise Trouble(
            "Nobody can be asked here",
            left="nothing was taken over",
            do=f"say `--take-over {cluster}` if that is what you want",
        )
    typed = input(f"Type the cluster's name, {cluster}, to take it over: ").strip()
    if typed != cluster:
        raise Trouble(
            f"“{typed}” is not {cluster}",
            left="nothing was taken over",
            do="start again if you meant it",
        )
