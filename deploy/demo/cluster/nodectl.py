"""`python -m deploy.demo.cluster.nodectl DIR ACTION NODE`: what a node driver runs."""

import json
import sys
from pathlib import Path

from deploy.demo.cluster.control import ACTIONS, NotDone, ask


def main(arguments: list[str]) -> int:
    match arguments:
        case [root, action, node] if action in ACTIONS:
            try:
                answer = ask(Path(root).resolve(), action, node)
            except NotDone as error:
                print(error, file=sys.stderr)
                return 1
            if action == "state":
                print(json.dumps(answer, separators=(",", ":")))
            return 0
        case _:
            print(f"Usage: nodectl DIR {'|'.join(ACTIONS)} NODE.", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
