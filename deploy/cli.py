"""The command `vault-responder`: one word a process, and a few for whoever installs it."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final, NoReturn

from deploy.by_hand.words import add_backup_file, add_runbook
from deploy.journal_words import add_journal
from deploy.settings import Settings, read_settings
from playbooks.core.trouble import Trouble

_HOMES: Final[Mapping[str, str]] = {
    "bot": "deploy.slack",
    "command": "deploy.slack",
    "worker": "deploy.compose",
    "scheduler": "deploy.scheduler",
    "adopt": "deploy.compose",
    "accept-redis": "deploy.compose",
    "release-lock": "deploy.compose",
    "backup-file": "deploy.by_hand.backup_file",
    "journal": "deploy.journals",
    "orders": "deploy.orders",
}
# Programs on a person's own machine: they read no settings, and know neither Slack nor Redis.
_PROGRAMS: Final[Mapping[str, str]] = {
    "custodian": "playbooks.custodian.program",
    "sign": "playbooks.custodian.sign",
}


def main(words: Sequence[str] | None = None) -> None:
    """Run one of the words; ends with 1 and one sentence where something is wrong."""
    given = sys.argv[1:] if words is None else list(words)
    try:
        if given and given[0] in _PROGRAMS:
            ended = int(import_module(_PROGRAMS[given[0]]).main(given[1:]))
        else:
            ended = _run(_parser().parse_args(given))
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
    if asked.word in {"keygen", "runbook"}:
        return _without_configuration(asked)
    settings = read_settings(os.environ)
    # Loaded by name, so that a process never holds code that it must not be able to use: the bot
    # cannot reach Vault, and a worker cannot reach Slack.
    home = import_module(_HOMES.get(asked.word, "deploy.settings"))
    match asked.word:
        case "bot":
            return int(home.bot(settings, os.environ))
        case "command":
            return _command(settings, asked, home)
        case "worker":
            return int(home.worker(settings, os.environ, asked.queue))
        case "scheduler":
            return int(home.scheduler(settings, os.environ, orders=not asked.without_orders))
        case "adopt":
            print(home.adopt(settings, asked.cluster, rotated=asked.rotated))
        case "accept-redis":
            print(home.accept_redis(settings, os.environ))
        case "backup-file" | "journal" | "orders":
            return int(home.run(settings, asked))
        case "release-lock":
            print(home.release_lock(settings, os.environ, asked.lock))
        case _:
            import_module("deploy.approval_settings").known_signers(settings.approval)
            orders = import_module("deploy.orders").told_of_all(settings)
            print("\n".join([home.checked(settings), *orders]))
    return 0


def _without_configuration(asked: argparse.Namespace) -> int:
    if asked.word == "runbook":  # It reads the file itself, if a cluster's names are wanted.
        return int(import_module("deploy.by_hand.runbook").run(os.environ, asked))
    print(import_module("deploy.keys").keygen(asked.kind, asked.file))
    return 0


def _command(settings: Settings, asked: argparse.Namespace, home: ModuleType) -> int:
    words = " ".join(asked.command)
    signing = home.Signing(files=tuple(asked.signature), here=asked.sign)
    if not asked.here:
        if asked.take_over or asked.login:
            raise Trouble(
                "--take-over and --as mean nothing without --here",
                left="nothing was asked for",
                do="add --here if Redis is gone, or leave them out",
            )
        return int(home.command(settings, os.environ, words, signing))
    alone = import_module("deploy.here.session")
    wanted = alone.Wanted(words=words, take_over=asked.take_over, login=asked.login)
    return int(alone.here(settings, os.environ, wanted, signing))


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
    scheduler = words.add_parser("scheduler", help="ring for what is due, and for what got lost")
    scheduler.add_argument("--without-orders", action="store_true", help="nothing by schedule")
    _add_command(words.add_parser("command", help="what one would type in Slack: “status”"))
    adopt = words.add_parser("adopt", help="record who can open a running cluster")
    adopt.add_argument("cluster")
    adopt.add_argument("--rotated", action="store_true", help="its unseal key shares were rotated")
    words.add_parser("accept-redis", help="go on with a Redis that was lost or replaced")
    lock = words.add_parser("release-lock", help="free what a run holds that cannot go on")
    lock.add_argument("lock", metavar="NAME", help="as the message says it: cluster:prod")
    add_journal(words.add_parser("journal", help="check a run's record, or hand it out"))
    orders = words.add_parser("orders", help="what runs by schedule, and who signed it")
    text = orders.add_subparsers(dest="deed", metavar="text").add_parser("text", help="to sign")
    text.add_argument("name", help="of a standing order")
    keygen = words.add_parser("keygen", help="make a key file with mode 0600, print what is public")
    keygen.add_argument("kind", choices=("journal", "login", "bell", "backup"))
    keygen.add_argument("file", type=Path)
    add_runbook(words.add_parser("runbook", help="print a playbook as a page to follow by hand"))
    add_backup_file(words.add_parser("backup-file", help="open or make a backup by hand"))
    words.add_parser("check", help="say every fault of the configuration")
    words.add_parser("sign", help="for approvers: read the text of a plan, and sign it")
    words.add_parser("custodian", help="for holders of a share: unseal, rotate-shares, check")
    return parser


def _add_command(command: argparse.ArgumentParser) -> None:
    command.add_argument("command", nargs="+", help="as in Slack; `help` lists the words")
    command.add_argument(
        "--signature",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="a signature of the text that a button shows; may be given several times",
    )
    command.add_argument("--sign", action="store_true", help="sign that text on this machine")
    command.add_argument(
        "--here",
        action="store_true",
        help="where Redis is gone: run all of it on this machine, until the run has ended",
    )
    command.add_argument(
        "--take-over", metavar="CLUSTER", help="with --here: as if its name were typed, for scripts"
    )
    command.add_argument(
        "--as", dest="login", metavar="LOGIN", help="with --here: who asks, one of the `logins`"
    )


if __name__ == "__main__":
    main()
