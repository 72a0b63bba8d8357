"""The command `vault-responder`: one word a process, and a few for whoever installs it."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from deploy import compose
from deploy.settings import environment, read_settings
from playbooks.core.trouble import Trouble


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
    sys.exit(ended)


def _run(asked: argparse.Namespace) -> int:
    match asked.word:
        case "bot":
            asyncio.run(compose.run_bot(read_settings(environment()), environment()))
        case "worker":
            compose.run_worker(read_settings(environment()), environment(), asked.queue)
        case "scheduler":
            asyncio.run(compose.run_scheduler(read_settings(environment()), environment()))
        case "command":
            command = " ".join(asked.command)
            return asyncio.run(
                compose.run_command(read_settings(environment()), environment(), command)
            )
        case "adopt":
            print(asyncio.run(compose.adopt(read_settings(environment()), asked.cluster)))
        case "keygen":
            print(compose.keygen(asked.kind, asked.file))
        case "check":
            read_settings(environment())
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
    adopt = words.add_parser("adopt", help="record the key generation of a running cluster, once")
    adopt.add_argument("cluster")
    keygen = words.add_parser("keygen", help="make a key file with mode 0600, print what is public")
    keygen.add_argument("kind", choices=("journal", "login", "bell", "backup"))
    keygen.add_argument("file")
    words.add_parser("check", help="say every fault of the configuration")
    return parser


if __name__ == "__main__":
    main()
