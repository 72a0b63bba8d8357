"""`vault-responder custodian`: the words of the command line, and what each of them starts."""

import argparse
import os
import resource
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from playbooks.custodian.check import check, join_check, start_check
from playbooks.custodian.custodian import Custodian
from playbooks.custodian.desk import Desk
from playbooks.custodian.memory import Notebook
from playbooks.custodian.opening import Opener, Source
from playbooks.custodian.reach import Reach
from playbooks.custodian.rotate import rotate_shares
from playbooks.custodian.settings import CustodianSettings, named_nodes, read_settings
from playbooks.custodian.unseal import start_over, unseal

_ABOUT: Final = (
    "For the holder of a share of an unseal key, on their own machine. It speaks to Vault and to"
    " nobody else. The share is typed without echo, or comes from a PGP message; it is never"
    " written, and never an argument."
)


def main(words: Sequence[str]) -> int:
    """Returns 0, or 1 where something is left to do. Raises Trouble."""
    asked = _parser().parse_args(words)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A crash writes no memory to disk.
    settings = _settings(asked)
    custodian = _custodian(asked, settings)
    try:
        return _run(asked, custodian)
    finally:
        custodian.reach.close()


def _run(asked: argparse.Namespace, custodian: Custodian) -> int:
    opener = _opener(asked, custodian.settings)
    match asked.word:
        case "unseal":
            if asked.new_scheme:
                custodian.notebook.write(shares=0, threshold=0)
            if asked.start_over:
                start_over(custodian)
            return 0 if unseal(custodian, wait=asked.wait) else 1
        case "rotate-shares":
            rotate_shares(custodian, opener, asked.nonce, asked.new_message)
        case _ if not asked.together:
            return 0 if check(custodian) else 1
        case _ if asked.nonce:
            join_check(custodian, opener, asked.nonce)
        case _:
            start_check(custodian, opener)
    return 0


def _settings(asked: argparse.Namespace) -> CustodianSettings:
    return read_settings(
        asked.config,
        {
            "name": asked.name,
            "cluster": asked.cluster,
            "nodes": named_nodes(asked.node),
            "ca_file": asked.ca_file,
            "memory_file": asked.memory,
            "pgp_key_file": asked.pgp_key,
        },
    )


def _custodian(asked: argparse.Namespace, settings: CustodianSettings) -> Custodian:
    notebook = Notebook(settings.memory_file, settings.cluster)
    opener = _opener(asked, settings)
    kept = notebook.memory.message_file if opener.is_there and not asked.typed else None
    source = Source(settings.cluster, opener, asked.message or kept)
    desk = Desk(within=timedelta(minutes=asked.minutes))
    return Custodian(settings, notebook, Reach(settings), source, desk)


def _opener(asked: argparse.Namespace, settings: CustodianSettings) -> Opener:
    return Opener(None if asked.gpg else settings.pgp_key_file, use_gpg=asked.gpg)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vault-responder custodian", description=_ABOUT)
    words = parser.add_subparsers(dest="word", required=True, metavar="WORD")
    every = _every()
    opens = words.add_parser("unseal", parents=[every], help="give your share to every sealed node")
    opens.add_argument("--no-wait", dest="wait", action="store_false", help="end once it is given")
    opens.add_argument(
        "--new-scheme", action="store_true", help="the number of shares was changed on purpose"
    )
    opens.add_argument(
        "--start-over",
        action="store_true",
        help="a wrong share is among those given: let every node count from 0 first",
    )
    rotates = words.add_parser(
        "rotate-shares", parents=[every], help="give your share to a rotation, take the new one"
    )
    rotates.add_argument("--nonce", required=True, help="as it was announced to you, whole")
    rotates.add_argument(
        "--new-message", type=Path, metavar="FILE", help="the new share, where you were sent it"
    )
    checks = words.add_parser("check", parents=[every], help="see if yours is the right share")
    checks.add_argument(
        "--together", action="store_true", help="prove it with the others, on the cluster itself"
    )
    checks.add_argument("--nonce", help="of the check that another custodian has started")
    return parser


def _every() -> argparse.ArgumentParser:
    every = argparse.ArgumentParser(add_help=False)
    where = every.add_argument_group("which cluster")
    where.add_argument("--config", type=Path, metavar="FILE", help="a custodian's TOML file")
    where.add_argument("--cluster", metavar="NAME", help="what people call it")
    where.add_argument("--node", action="append", default=[], metavar="[NAME=]https://HOST:PORT")
    where.add_argument("--ca-file", type=Path, metavar="FILE", help="who vouches for its nodes")
    where.add_argument("--name", help="who you are; your role in Vault")
    where.add_argument("--memory", type=Path, metavar="FILE", help="what this program remembers")
    where.add_argument(
        "--minutes", type=float, default=120, help="how long to wait for the others (120)"
    )
    share = every.add_argument_group("your share", "without any of these it is asked for")
    share.add_argument("--message", type=Path, metavar="FILE", help="it is in this PGP message")
    share.add_argument("--typed", action="store_true", help="ask, even where a message is known")
    share.add_argument("--pgp-key", type=Path, metavar="FILE", help="your private PGP key")
    share.add_argument("--gpg", action="store_true", help="gpg or a smart card holds the key")
    return every
