"""`python -m deploy.demo`: a real cluster, a workspace to ask in, and the bot between them."""

import argparse
import fcntl
import shutil
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from deploy.demo import configuration, redis_server
from deploy.demo.children import Children, python
from deploy.demo.cluster.layout import HOST, Shape, free_ports
from deploy.demo.house import House, furnish
from deploy.demo.world.parts import Parts
from deploy.demo.world.set_up import set_up
from playbooks.core.trouble import Trouble

_FOLDER: Final = ".demo"
_LOOK_AGAIN: Final = 0.5
# A process that ends as soon as it starts must not keep the machine busy.
_MOST_STARTS: Final = 6
_A_WHILE: Final = 60.0


def main() -> None:
    """Run the demo until Ctrl-C or SIGTERM; leaves no process behind."""
    asked = _parser().parse_args()
    stop, ready = threading.Event(), threading.Event()

    def end(number: int, _frame: FrameType | None) -> None:
        stop.set()
        if not ready.is_set():
            sys.exit(128 + number)  # What has begun is ended on the way out.

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        with demo(asked.folder, asked.port, fresh=asked.fresh) as (children, url):
            ready.set()
            print(f"workspace: {url}", flush=True)
            if not asked.headless:
                webbrowser.open(url)
            _watch(children, stop)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        sys.exit(1)


@contextmanager
def demo(folder: Path, port: int, *, fresh: bool) -> Iterator[tuple[Children, str]]:
    """Everything started and ready, for as long as the block lasts."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_alone_in(folder))
        _check_port(port)
        if fresh:
            _empty(folder)
        house = furnish(folder)
        children = Children(house.logs, house.root / "children.json")
        children.end_leftovers()
        stack.callback(children.end_all)
        children.begin("redis", redis_server.command(house))
        worker, looker = house.public_login("worker"), house.public_login("looker")
        cluster = stack.enter_context(set_up(house.root, worker, looker, Shape()))
        places = stack.enter_context(Parts(cluster.layout, house.root, house.store))
        configuration.write(house, cluster, places)
        url = _start_bot(house, children, places.world, port)
        _adopt_and_back_up(house, children)
        yield children, url


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Raise Trouble where another demo has this folder; the system frees it however that ends."""
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Trouble(
                f"A demo runs in {folder} already",
                left="it was not disturbed",
                do="use its page, end it with Ctrl-C, or give this one another --folder and --port",
            ) from error
        yield


def _check_port(port: int) -> None:
    """Raise Trouble before anything is started where the page's port is taken."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise Trouble(
                f"Port {port} is not free ({error.strerror})",
                left="nothing was started",
                do=f"choose another one, as in `make demo ARGS='--port {port + 1}'`",
            ) from error


def _start_bot(house: House, children: Children, world: str, port: int) -> str:
    tokens = str(house.secret("slack", "tokens.json"))
    # Chosen here, since a workspace that is started again must be where the bot looks for it.
    port = port or free_ports(1)[0]
    words = ("--port", str(port), "--tokens", tokens, "--world", world)
    children.begin("workspace", python("deploy.demo.workspace", *words))
    children.begin("mailbox", python("deploy.demo.mailbox", str(house.mail)))
    _cli(house, children, "looker", "worker", "--queue", "look")
    _cli(house, children, "worker", "worker", "--queue", "act")
    _cli(house, children, "scheduler", "scheduler")
    url = children.said("workspace", "workspace:")
    children.begin(
        "bot",
        python("deploy.cli", "bot"),
        {
            **_variables(house, "bot"),
            "SLACK_API_URL": f"{url.rstrip('/')}/api/",
            "SLACK_BOT_TOKEN_FILE": str(house.secret("bot", "slack-bot.token")),
            "SLACK_APP_TOKEN_FILE": str(house.secret("bot", "slack-app.token")),
        },
    )
    return url


def _adopt_and_back_up(house: House, children: Children) -> None:
    """What an installer does once: record the keys, and take the first backup as anyone would."""
    if any(house.store.glob("catalogue/*.json")):
        return
    for user, words in (
        ("worker", ("adopt", "prod")),
        ("bot", ("command", "backup reason the first backup of this cluster")),
    ):
        children.run(words[0], python("deploy.cli", *words), _variables(house, user))


def _cli(house: House, children: Children, user: str, *words: str) -> None:
    children.begin(user, python("deploy.cli", *words), _variables(house, user))


def _variables(house: House, user: str) -> dict[str, str]:
    return {
        "VAULT_RESPONDER_CONFIG": str(house.config),
        "REDIS_URL_FILE": str(house.secret(user, "redis.url")),
    }


def _watch(children: Children, stop: threading.Event) -> None:
    """Wait for the end; a process that ends by itself is started again, and that is told."""
    starts: dict[str, list[float]] = {}
    while not stop.wait(_LOOK_AGAIN):
        for name in children.ended():
            now = time.monotonic()
            recent = [at for at in starts.get(name, []) if now - at < _A_WHILE]
            starts[name] = recent
            if len(recent) >= _MOST_STARTS:
                continue
            starts[name] = [*recent, now]
            children.begin_again(name)
            at = time.strftime("%H:%M:%S")
            print(f"{at} the demo's {name} has ended; it is started again", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8400, help="of the page (default 8400)")
    parser.add_argument("--headless", action="store_true", help="open no browser")
    parser.add_argument("--fresh", action="store_true", help="begin with a new cluster")
    parser.add_argument("--folder", type=Path, default=Path(_FOLDER), help="keeps all of it")
    return parser


if __name__ == "__main__":
    main()
