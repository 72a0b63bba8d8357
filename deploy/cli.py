"""The command `vault-responder`: one word a process, and a few for whoever installs it."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

from deploy.settings import read_settings
from playbooks.core.trouble import Trouble

_HOMES: Final[Mapping[str, str]] = {
    "bot": "deploy.slack",
    "command": "deploy.slack",
    "worker": "deploy.compose",
    "scheduler": "deploy.compose",
    "adopt": "deploy.compose",
    "accept-redis": "deploy.compose",
    "release-lock": "deploy.compose",
}


def main(words: Sequence[str] | None = None) -> None:
    """Run one of the words; ends with 1 and one sentence where something is wrong."""
    asked = _parser().parse_args(words)
    try:
        ended = _run(asked)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    _end(ended)


def _end(code: int) -> NoReturn:
    """End at once: the object store's own threads abort an orderly exit now and then."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run(asked: argparse.Namespace) -> int:
    if asked.word == "keygen":
        print(import_module("deploy.keys").keygen(asked.kind, asked.file))
        return 0
    settings = read_settings(os.environ)
    # Loaded by name, so that a process never holds code that it must not be able to use: the bot
    # cannot reach Vault, and a worker cannot reach Slack.
    home = import_module(_HOMES.get(asked.word, "deploy.settings"))
    match asked.word:
        case "bot":
            return int(home.bot(settings, os.environ))
        case "command":
            return int(home.command(settings, os.environ, " ".join(asked.command)))
        case "worker":
            return int(home.worker(settings, os.environ, asked.queue))
        case "scheduler":
            return int(home.scheduler(settings, os.environ))
        case "adopt":
            print(home.adopt(settings, asked.cluster, rotated=asked.rotated))
        case "accept-redis":
            print(home.accept_redis(settings, os.environ))
        case "release-lock":
            print(home.release_lock(settings, os.environ, asked.lock))
        case _:
            print("The configuration has no faults.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vault-responder",
        description="Runs Vault disaster recovery, asked for in Slack. Every process reads the file"
        " that VAULT_RESPONDER_CONFIG names and the Redis of REDIS_URL or REDIS_URL_FILE.",
    )
    words = parser.add_subparsers(dest="word", required=True, metavar="WORD")
    words.add_parser("bot", help="talk to Slack (SLACK_BOT_TOKEN, SLACK_APP_TOKEN or …_FILE)")
    worker = words.add_parser("worker", help="make plans, or carry them out")
    worker.add_argument("--queue", choices=("look", "act"), required=True)
    words.add_parser("scheduler", help="repeat lost rings, watch limits, refresh the board")
    command = words.add_parser("command", help='what one would type in Slack, such as "status"')
    command.add_argument("command", nargs="+")
    adopt = words.add_parser("adopt", help="record who can open a running cluster")
    adopt.add_argument("cluster")
    adopt.add_argument("--rotated", action="store_true", help="its unseal key shares were rotated")
    words.add_parser("accept-redis", help="go on with a Redis that was lost or replaced")
    lock = words.add_parser("release-lock", help="free what a run holds that cannot go on")
    lock.add_argument("lock", metavar="NAME", help="as the message says it: cluster:prod")
    keygen = words.add_parser("keygen", help="make a key file with mode 0600, print what is public")
    keygen.add_argument("kind", choices=("journal", "login", "bell", "backup"))
    keygen.add_argument("file", type=Path)
    words.add_parser("check", help="say every fault of the configuration")
    return parser


if __name__ == "__main__":
    main()
