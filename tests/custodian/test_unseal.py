"""A share opens the cluster that is meant, once on each node, and is seen by nobody."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.demo.cluster import certificates
from deploy.demo.cluster.local import LocalCluster
from playbooks.custodian.memory import Memory
from playbooks.custodian.share import fingerprint, read_share
from tests.custodian.machines import Machine, files_with, machine

FOREIGN = "cd" * 33


def given(cluster: LocalCluster) -> int:
    return cluster.health("n1").given


def remember(who: Machine, **known: object) -> None:
    memory = Memory(cluster="prod").model_copy(update=known)
    who.memory.touch(mode=0o600)
    who.memory.write_text(memory.model_dump_json())


def test_three_custodians_open_a_node_and_no_share_counts_twice(
    sealed: LocalCluster, tmp_path: Path
) -> None:
    erin, frank, grace = (machine(sealed.layout, n, tmp_path) for n in ("erin", "frank", "grace"))
    with erin.running("unseal", typed=sealed.keys[0]) as waits:
        waits.until("Waiting for the other custodians")
        seen = waits.arguments_and_environment()
        assert waits.leaves_no_core()
        waits.kill()
    again = erin.run("unseal", "--no-wait")
    assert "yours among them" in again.said
    assert given(sealed) == 1
    with frank.running("unseal", typed=sealed.keys[1]) as waits:
        waits.until("Waiting for the other custodians")
        last = grace.run("unseal", typed=sealed.keys[2])
        first = waits.end()
    for ended in (first, last):
        assert (ended.code, "Every node of prod is open" in ended.said) == (0, True), ended.said
    assert "This is the share that opened n1" in frank.run("check", typed=sealed.keys[1]).said
    assert not any(key in first.said + last.said + waits.said for key in sealed.keys)
    assert sealed.keys[0].encode() not in seen
    assert files_with(sealed.keys, tmp_path) == set()


def test_one_wrong_share_is_told_to_all_in_plain_words(
    sealed: LocalCluster, tmp_path: Path
) -> None:
    erin = machine(sealed.layout, "erin", tmp_path)
    with erin.running("unseal", typed=sealed.keys[0]) as waits:
        waits.until("Waiting for the other custodians")
        sealed.unseal("n1", sealed.keys[1])
        wrong = machine(sealed.layout, "ivan", tmp_path).run("unseal", typed=FOREIGN)
        told = waits.end()
    assert (wrong.code, "do not open prod" in wrong.said, FOREIGN in wrong.said) == (1, True, False)
    assert (told.code, "has started again at 0" in told.said) == (1, True)
    assert given(sealed) == 0


@pytest.mark.parametrize(
    ("known", "why"),
    [({"shares": 7, "threshold": 4}, "n1 opens with 3 of 5 shares, and prod with 4 of 7")],
)
def test_a_sealed_node_of_another_scheme_gets_no_share(
    sealed: LocalCluster, tmp_path: Path, known: dict[str, object], why: str
) -> None:
    erin = machine(sealed.layout, "erin", tmp_path)
    remember(erin, **known)
    ended = erin.run("unseal", "--no-wait", typed=sealed.keys[0])
    assert (ended.code, why in ended.said) == (1, True), ended.said
    assert given(sealed) == 0


def test_an_open_node_of_another_cluster_stops_every_share(
    opened: LocalCluster, tmp_path: Path
) -> None:
    if opened.health("n1").kind == "sealed":
        opened.unseal_all()
    erin = machine(opened.layout, "erin", tmp_path)
    remember(erin, cluster_id="of-another-cluster")
    for words in (("unseal",), ("rotate-shares", "--nonce", "1"), ("check", "--together")):
        ended = erin.run(*words, typed=opened.keys[0])
        assert (ended.code, "is not a node of prod" in ended.said) == (1, True), ended.said


def test_a_node_that_the_ca_does_not_vouch_for_gets_no_share(
    sealed: LocalCluster, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    certificates.make(other / "ca.pem", other / "server.pem", other / "server.key")
    erin = machine(sealed.layout, "erin", tmp_path, ca_file=other / "ca.pem")
    ended = erin.run("unseal", "--no-wait", typed=sealed.keys[0])
    assert (ended.code, "certificate" in ended.said) == (1, True), ended.said
    assert given(sealed) == 0


def test_a_share_that_was_never_proven_here_is_not_sent_for_the_proven_one(
    sealed: LocalCluster, tmp_path: Path
) -> None:
    erin = machine(sealed.layout, "erin", tmp_path)
    right = fingerprint(read_share(sealed.keys[0]), datetime.now(UTC), "opened n1 of prod")
    remember(erin, proven=right)
    for typed, why in ((FOREIGN, "not the one that was last proven"), ("hello", "not a share")):
        ended = erin.run("unseal", "--no-wait", typed=typed)
        assert (ended.code, why in ended.said) == (1, True), ended.said
        assert typed not in ended.said
    assert given(sealed) == 0
    assert "n1 has your share" in erin.run("unseal", "--no-wait", typed=sealed.keys[0]).said
