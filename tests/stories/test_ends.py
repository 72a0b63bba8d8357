"""How a demo begins and ends: twice, killed, with Ctrl-C; these come last, for they end it."""

import json
import os
import signal
import subprocess
import sys

import psutil

from tests.stories.demo import ROOT, Demo, until


def _started(demo: Demo) -> set[int]:
    """The living processes that the demo started; a worker's forks come and go with each ring."""
    book = json.loads((demo.folder / "children.json").read_text(encoding="utf-8"))
    return {int(pid) for pid, _ in book.values() if psutil.pid_exists(int(pid))}


def test_a_second_demo_of_one_folder_disturbs_nothing(demo: Demo) -> None:
    before = _started(demo)
    second = subprocess.run(
        [sys.executable, "-m", "deploy.demo", "--headless", "--folder", str(demo.folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert f"A demo runs in {demo.folder} already" in second.stderr
    assert demo.serves()
    assert before == _started(demo)


def test_a_killed_demo_starts_again_where_it_was(demo: Demo) -> None:
    """What is left of it ends; its cluster, its runs and its backups are there again."""
    run = demo.people.ask("restore latest reason asked before the crash")
    demo.journals.wait(run, "planned")
    until(lambda: "press:approve" in demo.people.buttons(run), 20, "the card")
    before = demo.family()
    backups = demo.world.state()["store"]["backups"]
    [process] = demo.running
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    print(f"started again in {demo.start():.1f} s")
    _, left = psutil.wait_procs(before, timeout=5)
    assert not left
    until(demo.serves, 30, "a cluster that serves")
    assert demo.world.state()["store"]["backups"] == backups
    # Nothing of the workspace outlived the crash, so the card is there anew.
    until(lambda: "press:approve" in demo.people.buttons(run), 40, "the card")
    assert run in demo.people.told("runs")
    demo.journals.give_up(run)


def test_ctrl_c_leaves_no_process_behind(demo: Demo) -> None:
    [process] = demo.running
    assert len(demo.family()) > 15
    assert demo.end(signal.SIGINT) == []
    assert process.returncode == 0
    assert demo.family() == []
    assert not (demo.folder / "children.json").exists()
