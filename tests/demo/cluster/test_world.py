"""The whole local world, told as one story on a real three-node cluster.

Each part of it needs the world as the part before left it, so it is one test with many steps.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import hvac
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy.demo.cluster import shares, tenants
from deploy.demo.cluster.local import LocalCluster
from deploy.demo.cluster.seed import LoginKeys, seed
from deploy.demo.world.parts import Parts, Places
from deploy.demo.world.set_up import new_writer_key
from tests.custodian.machines import Starter
from tests.demo.cluster.asking import ask, until

SECRETS: Final = 253
RESTORED_WITHIN: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class Stage:
    cluster: LocalCluster
    places: Places
    folder: Path

    def state(self) -> Any:
        return ask(f"{self.places.world}_world/state")[1]

    def do(self, action: str, **body: str) -> Any:
        return ask(f"{self.places.world}_world/{action}", body)[1]

    def nodes(self) -> list[str]:
        return [node["state"] for node in self.state()["nodes"]]

    def switch(self, *, maintenance: bool) -> None:
        token = self.places.token_file.read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        status, _ = ask(f"{self.places.control}maintenance", {"on": maintenance}, headers)
        assert status == 200

    def vault(self, node: str, token: str | None = None) -> hvac.Client:
        url = self.cluster.endpoint(node).address
        return hvac.Client(url=url, token=token, verify=str(self.cluster.ca_file))

    def writes(self) -> bool:
        writer = self.state()["writer"]
        return writer["failing_since"] is None and writer["last_number"] > 0


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    keys = LoginKeys(worker=public_key(), looker=public_key(), writer=new_writer_key(tmp_path))
    with LocalCluster.create(tmp_path / "cluster") as cluster:
        assert asyncio.run(seed(cluster, keys, datetime.now(UTC))) == SECRETS
        cluster.wait_for_voters()
        with Parts(cluster.layout, tmp_path, tmp_path / "store") as places:
            yield Stage(cluster, places, tmp_path)


def public_key() -> str:
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.cluster
def test_a_cluster_is_shown_stopped_restored_destroyed_and_rebuilt(stage: Stage) -> None:
    until(stage.writes)
    shows_what_is(stage)
    follows_the_leader(stage)
    rotates_the_shares(stage)
    shows_what_a_restore_lost(stage)
    is_rebuilt_from_nothing(stage)


def shows_what_is(stage: Stage) -> None:
    catalogue = stage.folder / "store" / "catalogue"
    catalogue.mkdir(parents=True)
    (catalogue / "vault-snapshot-20251101-020000.json").touch()
    until(lambda: stage.state()["store"]["backups"] == ["vault-snapshot-20251101-020000"])
    state = stage.state()
    assert state["cluster"] == {"name": "prod", "ca_file": str(stage.cluster.ca_file)}
    assert state["nodes"][0] == {
        "name": "n1",
        "address": stage.cluster.addresses[0],
        "ca_file": str(stage.cluster.ca_file),
        "process": "running",
        "data": True,
        "state": "active",
        "progress": {"given": 0, "needed": 0},
    }
    assert (state["balancer"]["open"], state["balancer"]["active"]) == (True, "n1")
    assert [(c["title"], c["online"]) for c in state["custodians"]] == [
        (title, True) for title in ("Erin", "Frank", "Grace", "Heidi", "Ivan")
    ]
    assert stage.do("kill", node="n9")["error"] == "There is no such node; there are n1, n2, n3."
    assert stage.do("unseal", custodian="mallory")["ok"] is False


def follows_the_leader(stage: Stage) -> None:
    assert stage.do("stop_leader") == {"ok": True, "node": "n1", "process": "stopped", "data": True}
    until(lambda: stage.state()["balancer"]["active"] in {"n2", "n3"})
    until(stage.writes)
    assert stage.do("start", node="n1")["process"] == "running"
    for given, custodian in enumerate(("heidi", "frank", "ivan"), start=1):
        answer = stage.do("unseal", custodian=custodian)
        assert answer["ok"] is True
        assert answer["nodes"][0]["given"] == (given if given < 3 else 0)
    until(lambda: sorted(stage.nodes()) == ["active", "standby", "standby"])


def rotates_the_shares(stage: Stage) -> None:
    assert "No rotation" in stage.do("rotate_share", custodian="erin")["error"]
    before, starter = shares.read(stage.cluster.layout), Starter(stage.cluster)
    nonce = starter.begin()
    wrong = stage.do("rotate_share", custodian="erin", nonce="of-another")
    assert f"has the nonce {nonce}" in wrong["error"]
    for custodian in ("erin", "frank", "grace"):
        answer = stage.do("rotate_share", custodian=custodian, nonce=nonce)
        assert (answer["ok"], "Vault has your old share." in answer["said"]) == (True, True)
    until(starter.nothing_is_under_way)
    for custodian in ("heidi", "ivan"):
        assert stage.do("rotate_share", custodian=custodian)["ok"] is True
    until(lambda: not set(before or ()) & set(shares.read(stage.cluster.layout) or ()))
    stage.do("kill", node="n2")
    stage.do("start", node="n2")
    until(partial(is_sealed, stage.cluster, "n2"))
    for custodian in ("ivan", "erin", "heidi"):
        assert stage.do("unseal", custodian=custodian)["ok"] is True
    until(lambda: sorted(stage.nodes()) == ["active", "standby", "standby"])


def shows_what_a_restore_lost(stage: Stage) -> None:
    snapshot = take_snapshot(stage)
    held = stage.state()["writer"]["last_number"]
    until(lambda: stage.state()["writer"]["last_number"] > held + 5)
    stage.switch(maintenance=True)
    until(lambda: stage.state()["writer"]["failing_since"] is not None)
    last = stage.state()["writer"]["last_number"]
    active = stage.cluster.active()
    assert active is not None
    stage.vault(active, stage.cluster.root_token).sys.restore_raft_snapshot(snapshot)
    until(lambda: written(stage, active) < last, RESTORED_WITHIN)
    stage.switch(maintenance=False)
    until(lambda: stage.state()["writer"]["lost"] is not None)
    until(stage.writes)
    writer = stage.state()["writer"]
    assert writer["lost"]["last"] == last
    assert last - writer["lost"]["first"] > 0
    assert writer["last_number"] > last


def is_rebuilt_from_nothing(stage: Stage) -> None:
    """By hand as a driver of nodes would do it: no step of it is the demo's own."""
    snapshot, cluster, token = take_snapshot(stage), stage.cluster, stage.cluster.root_token
    assert stage.do("destroy")["ok"] is True
    assert {(n["process"], n["data"], n["state"]) for n in stage.state()["nodes"]} == {
        ("stopped", False, "silent")
    }
    cluster.start_alone("n1")
    fresh = stage.vault("n1")
    made = fresh.sys.initialize(secret_shares=1, secret_threshold=1)
    fresh.token = made["root_token"]
    fresh.sys.submit_unseal_key(made["keys"][0])
    until(lambda: cluster.health("n1").kind == "active")
    fresh.sys.force_restore_raft_snapshot(snapshot)
    until(partial(is_sealed, cluster, "n1"))
    # The process still has the share scheme of 1 of 1 in memory.
    cluster.stop("n1")
    for node in cluster.names:
        cluster.start(node)
        until(partial(is_sealed, cluster, node))
        for custodian in ("erin", "grace", "heidi"):
            assert stage.do("unseal", custodian=custodian)["ok"] is True
    until(lambda: sorted(stage.nodes()) == ["active", "standby", "standby"], RESTORED_WITHIN)
    for node in cluster.names:
        for secret in tenants.canaries(datetime.now(UTC)):
            client = stage.vault(node, token)
            read = client.secrets.kv.v2.read_secret_version(
                secret.path, mount_point=secret.mount, raise_on_deleted_version=True
            )
            assert read["data"]["data"].keys() == secret.data.keys()
    until(stage.writes)


def is_sealed(cluster: LocalCluster, node: str) -> bool:
    return cluster.health(node).kind == "sealed"


def take_snapshot(stage: Stage) -> bytes:
    active = stage.cluster.active()
    assert active is not None
    answer = stage.vault(active, stage.cluster.root_token).sys.take_raft_snapshot()
    return bytes(answer.content)


def written(stage: Stage, node: str) -> int:
    """The number that this node holds; as many as can be while it does not answer."""
    answer = stage.cluster.endpoint(node).call(
        "GET", "vps/data/test-tenant-id/writer", token=stage.cluster.root_token, seconds=2
    )
    data = answer.body.get("data")
    return int(data["data"]["number"]) if isinstance(data, dict) else 1_000_000
