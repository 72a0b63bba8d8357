"""Prints a playbook as a page a person can follow, nothing filled in: `python -m playbooks NAME`.

With the names of an installation it is `vault-responder runbook NAME --cluster CLUSTER`.
"""

import sys
from typing import Any

from playbooks import backups, cluster, compromise
from playbooks.core import catalogue
from playbooks.core.playbook import Playbook
from playbooks.runbook.markdown import markdown
from playbooks.runbook.page import page
from playbooks.runbook.site import ANY


def main() -> None:
    """Print the playbook named on the command line, or the names there are."""
    known: dict[str, Playbook[Any, Any]] = {}
    for folder in (backups, cluster, compromise):
        known |= catalogue.named(folder, "PLAYBOOK", Playbook)
    if sys.argv[1:2] and sys.argv[1] in known:
        print(markdown(page(known[sys.argv[1]], ANY, None)), end="")
        return
    print(f"Say which: python -m playbooks {' | '.join(sorted(known))}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
