"""A whole rotation of the shares, and an unseal with the new ones: no share is anywhere but home.

What is searched is Valkey and every command that came to it, what arrived at the workspace, the
store with each backup opened, the logs, how processes are called, and every file of the demo.
"""

import base64
import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from typing import Final

import pytest
from slack_sdk import WebClient

from deploy.demo.cluster import layout, shares
from deploy.demo.cluster.layout import Layout
from tests.stories.demo import ROOT, Demo, until
from tests.stories.listening import listening
from tests.stories.people import CUSTODIANS, INCIDENT
from tests.stories.secrets import Secret, look_in, unpack
from tests.stories.told import write_slack, write_valkey

LATE: Final = ("heidi", "ivan")
# In place of a share, and nobody's: the search has to find it wherever it was put.
PLANTED: Final = Secret("what was planted", token_bytes(33))
RAW: Final = PLANTED.value


@dataclass(frozen=True)
class Played:
    """Everything that was written down, and every share there was, before and after."""

    demo: Demo
    into: Path
    secrets: tuple[Secret, ...]

    def found(self, secrets: tuple[Secret, ...]) -> dict[str, set[str]]:
        """Where each of them is, file by file, packed or not."""
        found = (each for place in self.places for each in look_in(place, secrets))
        where: dict[str, set[str]] = {}
        for each in found:
            where.setdefault(each.what, set()).add(self._short(each.where))
        return where

    @property
    def places(self) -> tuple[Path, ...]:
        return (self.into, self.demo.folder)

    def _short(self, path: str) -> str:
        for place in self.places:
            path = path.removeprefix(f"{place}/")
        return path


@pytest.fixture(scope="module")
def played(shared_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    demo, into = shared_demo, tmp_path_factory.mktemp("shares")
    demo.settle()
    cluster = layout.read(demo.folder / "cluster")
    old = _held(cluster, "the old share of")
    for folder in ("valkey", "slack", "store", "packed"):
        (into / folder).mkdir()
    with listening(demo, into), ExitStack() as planted:
        run = _rotate(demo)
        _unseal(demo, "n3")
        _plant(demo, into, planted)
        write_slack(demo, into / "slack")
        write_valkey(demo, into / "valkey")
        backups = _open_backups(demo, into / "store")
        unpack(demo.folder, into / "packed")
        unpack(into / "store", into / "packed")
        assert _holding(b"core/shamir-kek", into / "packed") == backups >= 2
        new = _held(cluster, "the new share of")
        assert len({secret.value for secret in (*old, *new)}) == 20  # Ten, each as text and raw.
        yield Played(demo, into, (*old, *new))
    assert demo.journals.last(run)["outcome"] == "done"


def test_no_share_is_anywhere_but_in_its_custodians_own_file(played: Played) -> None:
    assert played.found(played.secrets) == {}


def test_the_search_finds_what_was_planted_in_each_place(played: Played) -> None:
    """A search that never finds anything proves nothing."""
    found = played.found((PLANTED,))["what was planted"]
    for place in (
        r"heard",  # Every command at Valkey.
        r"seen",  # Arguments and environments.
        r"slack/log",
        r"slack/C0INCIDENT",
        r"store/prod/planted\.log",
        r"logs/planted\.log",
        r"redis/planted\.log",
        r"cluster/nodes/n1/planted\.log",
        r"cluster/custodians/frank/planted\.log",
        r"packed/\d+-planted\.gz",
    ):
        assert any(re.fullmatch(place, each) for each in found), (place, found)


def test_each_share_is_found_where_it_is_at_home(played: Played) -> None:
    """Under any other owner's name the very same search finds all the old ones."""
    nobodys = tuple(Secret(each.name, each.value) for each in played.secrets)
    found = played.found(nobodys)
    for custodian in (*CUSTODIANS, *LATE):
        home = {f"cluster/custodians/{custodian}/share"}
        assert found[f"the old share of {custodian}"] == home
        assert f"the new share of {custodian}" not in found  # It lies there as a PGP message.


def _holding(words: bytes, place: Path) -> int:
    return sum(words in file.read_bytes() for file in place.iterdir())


def _held(cluster: Layout, name: str) -> tuple[Secret, ...]:
    """What each custodian holds now, as text and raw, and the one file that may have it."""
    held = shares.read(cluster)
    assert held is not None
    return tuple(
        Secret(f"{name} {custodian}", value, frozenset({cluster.share_file(custodian)}))
        for custodian, share in zip(cluster.custodians, held, strict=True)
        for value in (share.encode(), bytes.fromhex(share))
    )


def _rotate(demo: Demo) -> str:
    run = demo.people.ask("rotate-shares reason a custodian has left")
    demo.approve(run)
    waits = demo.journals.wait(run, "waits")
    nonce = str(waits["says"]).split()[1].rstrip(":")
    refused = demo.world.rotate_share("erin", "of-another")
    assert f"has the nonce {nonce}" in refused["error"]
    for custodian in CUSTODIANS:
        answer = demo.world.rotate_share(custodian, nonce)
        assert "Vault has your old share." in answer["said"], answer
    demo.journals.wait(run, "finished", within=120)
    for custodian in LATE:
        assert demo.world.rotate_share(custodian, nonce)["ok"]
    cluster = layout.read(demo.folder / "cluster")

    def all_have_theirs() -> bool:
        held = shares.read(cluster) or ()
        first = {cluster.share_file(name).read_text().strip() for name in cluster.custodians}
        return not first & set(held)

    until(all_have_theirs, 30, "every new share")
    return run


def _unseal(demo: Demo, node: str) -> None:
    demo.world.again(node)
    until(lambda: demo.world.nodes()[node] == "sealed", 20, f"{node}, sealed")
    assert all(answer["ok"] for answer in demo.world.unseal(*LATE, "erin"))
    until(demo.serves, 40, "a cluster that serves")


def _plant(demo: Demo, into: Path, stack: ExitStack) -> None:
    """In each place, written in another way each time."""
    written: dict[str, Callable[[], bytes]] = {
        "store/prod/planted.log": lambda: b"key=" + RAW.hex().upper().encode(),
        "store/prod/planted.gz": lambda: gzip.compress(b"share: " + RAW.hex().encode()),
        "logs/planted.log": lambda: json.dumps({"key": RAW.decode("latin-1")}).encode(),
        "redis/planted.log": lambda: b"\0" + RAW + b"\0",
        "cluster/nodes/n1/planted.log": lambda: b"b" + repr(RAW).encode(),
        "cluster/custodians/frank/planted.log": lambda: base64.b64encode(b"erin:" + RAW),
    }
    for name, spell in written.items():
        file = demo.folder / name
        file.write_bytes(spell())
        stack.callback(file.unlink)
    bot = WebClient(
        demo.house.secret("bot", "slack-bot.token").read_text(), base_url=f"{demo.url}/api/"
    )
    bot.chat_postMessage(channel=INCIDENT, text=base64.urlsafe_b64encode(RAW).decode())
    with demo.journals.redis() as client:
        client.get(f"run:{RAW.hex()}")
    _plant_in_a_process(into, stack)


def _plant_in_a_process(into: Path, stack: ExitStack) -> None:
    """In its environment and in its arguments, each of which is looked for by itself."""
    argument, variable = base64.b64encode(RAW).decode(), RAW.hex()
    program = subprocess.Popen(
        [sys.executable, "-c", "input()", argument],
        env={"SHARE": variable},
        stdin=subprocess.PIPE,
    )
    stack.callback(program.wait)
    stack.callback(program.kill)

    def seen() -> bool:
        told = (into / "seen").read_text()
        return argument in told and f"SHARE={variable}" in told

    until(seen, 10, "the process that was planted")


def _open_backups(demo: Demo, into: Path) -> int:
    """Every backup as it was before it was encrypted: of before the rotation and of after."""
    names = demo.world.state()["store"]["backups"]
    for name in names:
        with (into / name).open("wb") as file:
            subprocess.run(
                [sys.executable, "-m", "deploy.cli", "backup-file", "open", name],
                cwd=ROOT,
                env={**os.environ, **demo.environment("worker")},
                stdout=file,
                check=True,
                timeout=60,
            )
    return len(names)
