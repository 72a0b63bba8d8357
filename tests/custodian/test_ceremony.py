"""Rotations and checks on a real cluster, each custodian a process: killed, cheated, cancelled."""

import asyncio
import signal
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from pysequoia import Tsk

from deploy.demo.cluster.local import LocalCluster
from deploy.demo.cluster.seed import LoginKeys, install
from playbooks.custodian.settings import login_mount_of
from tests.custodian.machines import Machine, Starter, binary, files_with, machine
from tests.custodian.stage import Stage
from tests.demo.cluster.test_world import public_key

FOREIGN = "ab" * 33
FIRST_THREE = ("erin", "frank", "grace")
pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("ceremony")
    with LocalCluster.create(folder / "cluster") as cluster:
        with ThreadPoolExecutor(1) as thread:
            keys = LoginKeys(worker=public_key(), looker=public_key())
            thread.submit(lambda: asyncio.run(install(cluster, keys))).result()
        people = {name: machine(cluster.layout, name, folder) for name in cluster.layout.custodians}
        yield Stage(cluster, Starter(cluster), people, folder)


def test_shares_that_are_checked_together_are_what_they_were(stage: Stage) -> None:
    """The rotation behind it is cancelled: nothing is pending, the old shares open everything."""
    old = stage.shares()
    with ExitStack() as stack:
        erin, frank, grace = (stage.people[name] for name in FIRST_THREE)
        first = stack.enter_context(erin.running("check", "--together", typed=old[0]))
        first.until("--together --nonce ")
        nonce = first.said.split("--nonce ")[1].strip()
        others = [
            stack.enter_context(who.running("check", "--together", "--nonce", nonce, typed=share))
            for who, share in ((frank, old[1]), (grace, old[2]))
        ]
        ended = [program.end() for program in (first, *others)]
    assert [one.code for one in ended] == [0, 0, 0], [one.said for one in ended]
    assert all("Yours is right: together the 3 shares open prod" in one.said for one in ended)
    assert "The check is cancelled" in ended[0].said
    assert stage.starter.nothing_is_under_way()
    assert stage.starter.ask("GET", "backup")[0] == 400
    stage.step_down()
    assert stage.starter.nothing_is_under_way()
    stage.restart("n1", "n2", "n3")
    stage.open_with(old[2:], "n1", "n2", "n3")
    stage.step_down()
    assert stage.starter.nothing_is_under_way()
    assert "This is the share" in stage.people["frank"].run("check", typed=old[1]).said
    assert stage.people["frank"].run("check", typed=old[4]).code == 1


def test_a_check_that_is_killed_is_taken_up_and_cancelled(stage: Stage) -> None:
    erin = stage.people["erin"]
    with erin.running("check", "--together", typed=stage.share("erin")) as program:
        program.until("Vault has your share")
        program.kill()
    assert not stage.starter.nothing_is_under_way()
    with ExitStack() as stack:
        programs = [
            stack.enter_context(
                stage.people[name].running("check", "--together", *more, typed=stage.share(name))
            )
            for name, more in (
                ("erin", ()),
                ("frank", ("--nonce", stage.starter.ask("GET", "init")[1])),
                ("grace", ("--nonce", stage.starter.ask("GET", "init")[1])),
            )
        ]
        ended = [program.end() for program in programs]
    assert [one.code for one in ended] == [0, 0, 0], [one.said for one in ended]
    assert stage.starter.nothing_is_under_way()


def test_a_check_to_which_nobody_comes_is_cancelled_and_says_so(stage: Stage) -> None:
    erin = stage.people["erin"]
    words = ("check", "--together", "--minutes", "0.05")
    ended = erin.run(*words, typed=stage.share("erin"))
    assert (ended.code, "not enough custodians gave" in ended.said) == (1, True), ended.said
    assert "the check was ended, and no share has changed" in ended.said
    assert stage.starter.nothing_is_under_way()
    late = stage.people["frank"].run(*words, "--nonce", "of-that-check")
    assert (late.code, "Nothing with the nonce of-that-check is under way" in late.said) == (
        1,
        True,
    ), late.said


def test_who_may_not_start_a_check_is_told_whom_to_ask(stage: Stage) -> None:
    leader, mount = stage.cluster.active(), login_mount_of("ivan")
    assert leader is not None
    stage.cluster.endpoint(leader).call(
        "DELETE", f"auth/{mount}/role/share-check", token=stage.cluster.root_token
    )
    ended = stage.people["ivan"].run("check", "--together", typed=stage.share("ivan"))
    assert (ended.code, "does not let you log in as share-check" in ended.said) == (1, True)
    assert f"does the mount {mount} trust your login key" in ended.said


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"require_verification": False}, "before anybody proved one"),
        ({"secret_threshold": 2}, "would make it 2 of 5"),
    ],
    ids=str,
)
def test_a_rotation_that_may_be_a_trap_gets_no_share(
    stage: Stage, changed: dict[str, object], why: str
) -> None:
    nonce = stage.starter.begin(**changed)
    try:
        erin = stage.people["erin"]
        ended = erin.run("rotate-shares", "--nonce", nonce, typed=stage.share("erin"))
        assert (ended.code, why in ended.said) == (1, True), ended.said
        ended = erin.run("rotate-shares", "--nonce", "0" * 36, typed=stage.share("erin"))
        assert (ended.code, f"has the nonce {nonce}" in ended.said) == (1, True)
        assert stage.given() == 0
    finally:
        stage.starter.cancel()


def test_a_rotation_for_keys_that_are_not_the_custodians_gets_no_share(stage: Stage) -> None:
    """Whoever could read enough of the new shares would hold the cluster."""
    layout, erin = stage.cluster.layout, stage.people["erin"]
    keys = [binary(layout.pgp_public_file(name)) for name in layout.custodians]
    foreign = b64encode(bytes(Tsk.generate("mallory").extract_certificate())).decode()
    for named, why in (
        ([foreign, *keys[1:]], "makes no new share for your PGP key"),
        ([*keys[:4], foreign], "that are not the custodians'"),
        ([*keys[:4], keys[3]], "one key stands twice"),
    ):
        nonce = stage.starter.begin(pgp_keys=named)
        try:
            ended = erin.run("rotate-shares", "--nonce", nonce, typed=stage.share("erin"))
            assert (ended.code, why in ended.said) == (1, True), ended.said
            assert stage.given() == 0
        finally:
            stage.starter.cancel()


def test_a_real_rotation_does_not_pass_for_a_check(stage: Stage) -> None:
    nonce = stage.starter.begin()
    try:
        ended = stage.people["erin"].run("check", "--together", "--nonce", nonce)
        assert (ended.code, "This is no check" in ended.said) == (1, True), ended.said
        assert stage.given() == 0
    finally:
        stage.starter.cancel()


def test_a_foreign_share_ends_the_count_for_all_and_changes_nothing(stage: Stage) -> None:
    nonce = stage.starter.begin()
    try:
        with ExitStack() as stack:
            waiting = []
            for name in ("erin", "frank"):
                program = stage.people[name].running(
                    "rotate-shares", "--nonce", nonce, typed=stage.share(name)
                )
                waiting.append(stack.enter_context(program))
                waiting[-1].until("Vault has your old share")
            wrong = stage.people["ivan"].run("rotate-shares", "--nonce", nonce, typed=FOREIGN)
            ended = [program.end() for program in waiting]
        assert (wrong.code, "do not open prod" in wrong.said) == (1, True), wrong.said
        assert FOREIGN not in wrong.said
        for one in ended:
            assert (one.code, "at 0 again: one of them was wrong" in one.said) == (1, True)
    finally:
        stage.starter.cancel()
    for name in ("erin", "frank", "ivan"):
        assert "share-prod" not in str(list(stage.people[name].folder.iterdir()))


def test_a_cancelled_rotation_leaves_the_old_shares(stage: Stage) -> None:
    nonce = stage.starter.begin()
    erin = stage.people["erin"]
    with erin.running("rotate-shares", "--nonce", nonce, typed=stage.share("erin")) as program:
        program.until("Vault has your old share")
        stage.starter.cancel()
        ended = program.end()
    assert (ended.code, "was ended, and Vault keeps no new share" in ended.said) == (1, True)
    again = erin.run("rotate-shares", "--nonce", nonce)
    assert (again.code, "Vault keeps no new share of it" in again.said) == (1, True), again.said


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as held:
        yield held


def test_custodians_rotate_their_shares_although_killed_at_each_point(
    stage: Stage, stack: ExitStack
) -> None:
    old = stage.shares()
    nonce = stage.starter.begin()
    words = ("rotate-shares", "--nonce", nonce)
    erin, frank, grace = (stage.people[name] for name in FIRST_THREE)
    said, seen = dies_once(erin, words, old[0], "Vault has your old share")
    dies_once(frank, words, old[1], "2 of 3 old shares are given")
    slow = stack.enter_context(stage.people["heidi"].running(*words, typed=old[3]))
    slow.until("the one you named")
    slow.process.send_signal(signal.SIGSTOP)  # Until the others have completed it without her.
    dies_once(grace, words, old[2], "1 of 3 new shares are proven")
    # From here on nobody types anything: what was given stays given.
    programs = [stack.enter_context(who.running(*words)) for who in (grace, erin, frank)]
    ended = [program.end() for program in programs]
    slow.process.send_signal(signal.SIGCONT)
    ended.append(slow.end())
    assert [one.code for one in ended] == [0, 0, 0, 0], [one.said for one in ended]
    late = [stage.people["ivan"].run(*words)]
    assert [one.code for one in late] == [0], [one.said for one in late]
    assert all("Done: prod opens with the new shares" in one.said for one in (*ended, *late))
    new = stage.shares()
    assert len({*old, *new}) == 10
    said += "".join(one.said for one in (*ended, *late))
    assert not any(share in said for share in (*old, *new))
    assert not any(share.encode() in seen for share in (*old, *new))
    own = {stage.cluster.layout.share_file(name) for name in stage.cluster.layout.custodians}
    assert files_with((*old, *new), stage.folder) == own
    only_the_new_ones_open(stage, old, new)


def dies_once(who: Machine, words: tuple[str, ...], typed: str, says: str) -> tuple[str, bytes]:
    """Killed right after it said so; all that it said, and how it was called."""
    with who.running(*words, typed=typed) as program:
        program.until(says)
        seen = program.arguments_and_environment()
        program.kill()
        return program.said, seen


def only_the_new_ones_open(stage: Stage, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    stage.restart("n1", "n2", "n3")
    stage.cluster.wait_until(lambda: stage.cluster.health("n1").kind == "sealed", "n1 is back")
    erin = stage.people["erin"]
    refused = erin.run("unseal", "--typed", "--no-wait", typed=old[0])
    assert (refused.code, "This is your old share" in refused.said) == (1, True), refused.said
    assert stage.cluster.health("n1").given == 0
    ended = [stage.people[name].run("unseal", "--no-wait") for name in ("grace", "heidi", "ivan")]
    assert [one.code for one in ended] == [1, 1, 0], [one.said for one in ended]
    assert "Every node of prod is open" in ended[-1].said
    stage.cluster.keys = new
