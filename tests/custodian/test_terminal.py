"""A custodian at a real terminal, at three in the morning: nothing shown, nothing left unsaid."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.demo.cluster.local import LocalCluster
from tests.custodian.machines import Machine, machine
from tests.windows import Window, has, open_window

FOREIGN = "ab" * 33
ASKS = "what you type is not shown"


@contextmanager
def at_terminal(who: Machine, word: str, *more: str) -> Iterator[Window]:
    window = open_window(who.words(word, *more))
    try:
        yield window
    finally:
        window.close()


def ended(window: Window, says: str) -> int:
    """Its exit code, once it has said so."""
    window.until(has(says))
    return window.process.wait(30)


def given(cluster: LocalCluster) -> int:
    return cluster.health("n1").given


def test_what_is_typed_is_not_shown(sealed: LocalCluster, tmp_path: Path) -> None:
    with at_terminal(machine(sealed.layout, "erin", tmp_path), "unseal", "--no-wait") as window:
        window.until(has(ASKS))
        window.type(f"{sealed.keys[0]}\n")
        assert ended(window, "n1 has your share: 1 of 3 given") == 1
        window.until(has("n1 needs 2 more shares. Yours is given"))
        assert sealed.keys[0][:8] not in window.shown
    assert given(sealed) == 1


def test_a_sealed_cluster_is_said_to_prove_nothing_but_its_certificates(
    sealed: LocalCluster, tmp_path: Path
) -> None:
    with at_terminal(machine(sealed.layout, "erin", tmp_path), "unseal", "--no-wait") as window:
        window.until(has(ASKS))
        shown = " ".join(window.shown.split())
        assert "No node is open, so none tells which cluster it is of" in shown


def test_who_types_nothing_or_too_little_is_told_so(sealed: LocalCluster, tmp_path: Path) -> None:
    erin = machine(sealed.layout, "erin", tmp_path)
    for typed, says in (
        ("\n", "No share was given"),
        ("\x04", "No share was given"),  # Ctrl-D.
        (f"{sealed.keys[0][:40]}\n", "That is not a share"),
    ):
        with at_terminal(erin, "unseal", "--no-wait") as window:
            window.until(has(ASKS))
            window.type(typed)
            assert ended(window, says) == 1
            assert "Traceback" not in window.shown
    with at_terminal(erin, "unseal", "--no-wait") as window:
        window.until(has(ASKS))
        window.process.send_signal(signal.SIGINT)  # As Ctrl-C does.
        assert window.process.wait(30) == 130
    empty = erin.run("unseal", "--no-wait")  # No terminal, and a pipe with nothing in it.
    assert (empty.code, "No share was given" in empty.said) == (1, True), empty.said
    assert given(sealed) == 0


def test_a_wrong_share_among_those_given_is_thrown_away_with_them(
    sealed: LocalCluster, tmp_path: Path
) -> None:
    """The node cannot tell which it was; only a person at a terminal says that all start over."""
    erin = machine(sealed.layout, "erin", tmp_path)
    sealed.unseal("n1", FOREIGN)
    assert erin.run("unseal", "--no-wait", typed=sealed.keys[0]).code == 1
    assert given(sealed) == 2
    piped = erin.run("unseal", "--start-over", "--no-wait", typed="yes\n")
    assert (piped.code, "Nobody confirmed" in piped.said, given(sealed)) == (1, True, 2)
    with at_terminal(erin, "unseal", "--start-over", "--no-wait") as window:
        window.until(has("Type yes:"))
        window.type("yes\n")
        window.until(has(ASKS))
        assert given(sealed) == 0
        window.type(f"{sealed.keys[0]}\n")
        assert ended(window, "n1 has your share: 1 of 3 given") == 1
    for key in sealed.keys[1:3]:
        sealed.unseal("n1", key)
    assert sealed.health("n1").kind in {"active", "standby"}


def test_a_share_that_is_not_the_proven_one_is_given_only_to_who_types_yes(
    sealed: LocalCluster, tmp_path: Path
) -> None:
    erin = machine(sealed.layout, "erin", tmp_path)
    for key in sealed.keys[1:3]:
        sealed.unseal("n1", key)
    assert erin.run("unseal", typed=sealed.keys[0]).code == 0
    sealed.kill("n1")
    sealed.start("n1")
    sealed.wait_until(lambda: sealed.health("n1").kind == "sealed", "n1 is sealed again")
    for answer, count in (("no", 0), ("yes", 1)):
        with at_terminal(erin, "unseal", "--no-wait") as window:
            window.until(has(ASKS))
            window.type(f"{sealed.keys[3]}\n")
            window.until(has("Give it anyway?"))
            assert re.search(r"not the share that opened n1 of prod on \d{4}", window.shown)
            window.type(f"{answer}\n")
            says = "n1 has your share" if count else "it was not sent anywhere"
            assert ended(window, says) == 1
        assert given(sealed) == count
