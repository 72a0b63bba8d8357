"""The script on a Vault host: what it deletes, and when it refuses. systemd is played by a stub."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.check.files import ROOT

_SCRIPT: Final = ROOT / "deploy" / "install" / "vault-node" / "vault-node"
# Keeps one file for each unit that runs.
_SYSTEMCTL: Final = """#!/bin/sh
verb=$1; shift
[ "$1" = --quiet ] && shift
for unit in "$@"; do
    case $verb in
        start) [ -e "$UNITS/broken" ] && exit 1; touch "$UNITS/$unit" ;;
        stop) rm -f "$UNITS/$unit" ;;
        is-active) if [ -e "$UNITS/$unit" ]; then echo active; else echo inactive; exit 3; fi ;;
    esac
done
"""


@dataclass(frozen=True)
class Host:
    place: Path

    @property
    def data(self) -> Path:
        return self.place / "opt" / "vault"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.place / 'bin'}:{os.environ['PATH']}"
        environment = {
            "PATH": path,
            "UNITS": str(self.place / "units"),
            "VAULT_NODE_CONFIG": str(self.place / "vault-node.conf"),
        }
        return subprocess.run(
            ["sh", str(_SCRIPT), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def state(self) -> tuple[str, bool]:
        told = json.loads(self.run("state").stdout)
        return told["process"], told["data"]

    def units(self) -> list[str]:
        return sorted(path.name for path in (self.place / "units").iterdir())


@pytest.fixture
def host(tmp_path: Path) -> Host:
    for folder in ("bin", "units", "opt/vault/raft/snapshots", "opt/vault/tls"):
        (tmp_path / folder).mkdir(parents=True)
    stub = tmp_path / "bin" / "systemctl"
    stub.write_text(_SYSTEMCTL, encoding="utf-8")
    stub.chmod(0o755)
    (tmp_path / "vault-node.conf").write_text(f"DATA={tmp_path}/opt/vault\n", encoding="utf-8")
    for file in ("vault.db", "raft/raft.db", "tls/key.pem"):
        (tmp_path / "opt" / "vault" / file).write_text("x", encoding="utf-8")
    return Host(tmp_path)


def test_every_action_may_be_repeated(host: Host) -> None:
    for action, process in (("start", "running"), ("stop", "stopped"), ("start-alone", "running")):
        for _ in range(2):
            assert host.run(action).returncode == 0
            assert host.state() == (process, True)
    assert host.units() == ["vault-alone.service"]


def test_a_wipe_deletes_the_raft_data_and_nothing_else(host: Host) -> None:
    for _ in range(2):
        assert host.run("wipe").returncode == 0
        assert host.state() == ("stopped", False)
    assert [path.name for path in host.data.rglob("*")] == ["tls", "key.pem"]


@pytest.mark.parametrize("start", ["start", "start-alone"])
def test_a_wipe_is_refused_while_vault_runs(host: Host, start: str) -> None:
    host.run(start)
    refused = host.run("wipe")
    assert (refused.returncode, refused.stderr) == (
        1,
        "Vault still runs here; nothing was deleted.\n",
    )
    assert host.state() == ("running", True)


@pytest.mark.parametrize("data", ["", "/", "/etc", "relative/path"])
def test_a_wipe_is_refused_where_the_data_path_is_no_folder_of_its_own(
    host: Host, data: str
) -> None:
    (host.place / "vault-node.conf").write_text(f"DATA={data}\n", encoding="utf-8")
    refused = host.run("wipe")
    assert refused.returncode == 1
    assert "nothing was deleted" in refused.stderr


def test_a_node_that_runs_with_its_peers_is_never_started_alone(host: Host) -> None:
    host.run("start")
    refused = host.run("start-alone")
    assert (refused.returncode, host.units()) == (1, ["vault.service"])
    assert "stop it first" in refused.stderr


def test_a_unit_that_does_not_start_is_said_in_one_sentence(host: Host) -> None:
    (host.place / "units" / "broken").touch()
    refused = host.run("start")
    assert (refused.returncode, refused.stderr) == (
        1,
        "vault.service did not start; see its journal.\n",
    )


@pytest.mark.parametrize("arguments", [(), ("restart",), ("--help",)])
def test_any_other_word_gets_the_usage(host: Host, arguments: tuple[str, ...]) -> None:
    refused = host.run(*arguments)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Usage: vault-node start|")
