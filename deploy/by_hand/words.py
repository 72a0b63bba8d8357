"""How the words for work by hand are typed."""

import argparse


def add_runbook(runbook: argparse.ArgumentParser) -> None:
    """What may follow `runbook`."""
    runbook.add_argument("name", nargs="?", help="a playbook; without it, all are named")
    runbook.add_argument("--cluster", help="fill in the names of this cluster")
    runbook.add_argument("--html", action="store_true", help="one page for a browser and for paper")


def add_backup_file(backup_file: argparse.ArgumentParser) -> None:
    """What may follow `backup-file`."""
    actions = backup_file.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="the backups there are, the newest first")
    opened = actions.add_parser("open", help="decrypt one to standard output, proven whole")
    sealed = actions.add_parser("seal", help="encrypt a snapshot from standard input and store it")
    entered = actions.add_parser("enter", help="read it back and enter it in the catalogue")
    for action in (opened, sealed, entered):
        action.add_argument("name", help="such as vault-snapshot-20261125-020000")
    sealed.add_argument("--nonce", required=True, help="what was written to nonce_path before")
    for action in (listed, opened, sealed, entered):
        action.add_argument("--cluster", help="may be left out where there is only one")
