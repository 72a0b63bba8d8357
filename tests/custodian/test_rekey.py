"""A rotation where the server asks for no login, as HashiCorp Vault does: `sys/rekey`.

No such server may lie in this repository. OpenBao still has these very paths, shut by default.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.cluster.local import LocalCluster
from playbooks.custodian.desk import Desk
from playbooks.custodian.opening import Opener, read_message
from playbooks.systems.public_keys import read_key
from tests.custodian.machines import Machine, binary, machine

_OPEN = "  disable_unauthed_rekey_endpoints = false\n"
pytestmark = pytest.mark.cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[LocalCluster]:
    with LocalCluster.create(tmp_path / "prod", nodes=1, shares=3, threshold=2) as made:
        config = made.layout.config("n1", alone=False)
        true = config.read_text(encoding="utf-8")
        config.write_text(true.replace('listener "tcp" {\n', f'listener "tcp" {{\n{_OPEN}'))
        made.kill("n1")
        made.start("n1")
        made.unseal_when_it_waits("n1")
        made.wait_until(lambda: made.health("n1").kind == "active", "n1 leads")
        yield made


def without_login(cluster: LocalCluster, name: str, folder: Path) -> Machine:
    made = machine(cluster.layout, name, folder)
    config = made.folder / "custodian.toml"
    lines = config.read_text().splitlines(keepends=True)
    config.write_text("".join(line for line in lines if not line.startswith("login_key_file")))
    return made


def begin(cluster: LocalCluster) -> str:
    layout = cluster.layout
    body = {
        "secret_shares": 3,
        "secret_threshold": 2,
        "require_verification": True,
        "pgp_keys": [binary(layout.pgp_public_file(name)) for name in layout.custodians],
    }
    answer = cluster.endpoint("n1").call("PUT", "sys/rekey/init", body)
    assert answer.status == 200, answer
    data = answer.body.get("data", answer.body)
    assert isinstance(data, dict)
    return str(data["nonce"])


def test_custodians_rotate_where_no_login_is_asked_for(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    """Whoever gives the last old share gets every new one, and passes each on by its own way."""
    erin, frank, grace = (
        without_login(cluster, name, tmp_path) for name in ("erin", "frank", "grace")
    )
    nonce, words = begin(cluster), ("rotate-shares", "--nonce")
    with erin.running(*words, nonce, typed=cluster.keys[0]) as first:
        first.until("1 of 2 old shares are given")
        with frank.running(*words, nonce, typed=cluster.keys[1]) as second:
            second.until("1 of 2 new shares are proven")
            told = first.end()
            assert told.code == 1
            assert "whoever gave the last old share has" in told.said
            [handed] = frank.folder.glob("new-shares-*")
            prints = {name: fingerprint(cluster, name) for name in cluster.layout.custodians}
            assert {file.stem for file in handed.iterdir()} == set(prints.values())
            message = ("--new-message", str(handed / f"{prints['erin']}.asc"))
            last, before = erin.run(*words, nonce, *message), second.end()
    for ended in (last, before):
        assert not any(key in ended.said for key in cluster.keys), ended.said
    assert (last.code, "Done: prod opens with the new shares" in last.said) == (0, True), last.said
    # Nobody who is not the last one hears how it ended, and Vault has no place for a note here.
    assert "this program did not see how" in before.said
    late = grace.run(*words, nonce, "--new-message", str(handed / f"{prints['grace']}.asc"))
    assert "this program did not see how" in late.said
    opens(cluster, erin, grace)


def opens(cluster: LocalCluster, *who: Machine) -> None:
    """The new shares open it, and the old ones do not."""
    cluster.kill("n1")
    cluster.start("n1")
    cluster.wait_until(lambda: cluster.health("n1").kind == "sealed", "n1 is sealed")
    endpoint = cluster.endpoint("n1")
    old = [endpoint.call("PUT", "sys/unseal", {"key": key}).status for key in cluster.keys[:2]]
    assert old == [200, 400]
    for one in who:
        [message] = one.folder.glob("share-prod-*.asc")
        share = Opener(cluster.layout.pgp_key_file(one.name)).open(read_message(message), Desk())
        endpoint.call("PUT", "sys/unseal", {"key": share.for_vault()})
    cluster.wait_until(lambda: cluster.health("n1").kind == "active", "n1 is open")


def fingerprint(cluster: LocalCluster, name: str) -> str:
    return read_key(name, cluster.layout.pgp_public_file(name)).fingerprint
