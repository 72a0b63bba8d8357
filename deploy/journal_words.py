"""The words after `vault-responder journal`; what they do is in deploy/journals.py."""

import argparse
from pathlib import Path


def add_journal(journal: argparse.ArgumentParser) -> None:
    """Add the words that come after `journal`."""
    words = journal.add_subparsers(dest="deed", required=True, metavar="WORD")
    verify = words.add_parser("verify", help="check a run's record, with the public keys alone")
    verify.add_argument("run", metavar="RUN")
    place = verify.add_mutually_exclusive_group()
    place.add_argument(
        "--store", metavar="URL", help="another object store than the configured one"
    )
    place.add_argument("--file", metavar="EXPORT", type=Path, help="a file that `export` wrote")
    hand_out = words.add_parser("export", help="write a run's record into one signed file")
    hand_out.add_argument("run", metavar="RUN")
    hand_out.add_argument("--to", metavar="FILE", type=Path, required=True)
