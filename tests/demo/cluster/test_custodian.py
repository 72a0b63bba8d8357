"""A custodian's share goes to Vault and to its own page, and nowhere else."""

from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path

import pytest

from deploy.demo.cluster.local import LocalCluster
from tests.demo.cluster.asking import ask
from tests.demo.cluster.parts import Part, console, own_share

OF_ANOTHER_CLUSTER = "ab" * 33


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    with LocalCluster.create(tmp_path_factory.mktemp("held"), nodes=1) as cluster:
        yield cluster


@pytest.fixture
def sealed(opened: LocalCluster) -> LocalCluster:
    opened.kill("n1")
    opened.start("n1")
    return opened


def give(part: Part) -> tuple[bool, list[tuple[str, int, int]], str]:
    _, answer = ask(f"{part.ready['url']}unseal", {})
    nodes = [(node["state"], node["given"], node["needed"]) for node in answer["nodes"]]
    return answer["ok"], nodes, answer.get("error", "")


def test_three_custodians_open_a_node_and_each_counts_once(
    sealed: LocalCluster, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        erin, frank, grace = (
            stack.enter_context(
                console(sealed.layout, name, sealed.layout.share_file(name), tmp_path)
            )
            for name in ("erin", "frank", "grace")
        )
        assert give(erin) == (True, [("sealed", 1, 3)], "")
        assert give(erin) == (True, [("sealed", 1, 3)], "")
        assert give(frank) == (True, [("sealed", 2, 3)], "")
        ok, ((kind, _, _),), _ = give(grace)
        assert (ok, kind in {"active", "standby"}) == (True, True)


def test_a_share_is_in_no_page_no_state_and_no_log(sealed: LocalCluster, tmp_path: Path) -> None:
    file = sealed.layout.share_file("erin")
    share = file.read_text().strip()
    with console(sealed.layout, "erin", file, tmp_path) as part:
        give(part)
        url = part.ready["url"]
        seen = [str(ask(f"{url}state")), str(ask(f"{url}alive")), str(ask(f"{url}unseal", {}))]
        assert [text for text in seen if share in text] == []
        assert ask(f"{url}share", {})[0] == HTTPStatus.FORBIDDEN
        assert ask(f"{url}share", {}, {"X-Custodian": "page"})[1]["share"] == share
    assert share not in part.said()


def test_a_page_of_another_site_can_press_nothing(sealed: LocalCluster, tmp_path: Path) -> None:
    with console(sealed.layout, "erin", sealed.layout.share_file("erin"), tmp_path) as part:
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            for path in ("unseal", "share"):
                marked = {"X-Custodian": "page", **headers}
                assert ask(f"{part.ready['url']}{path}", {}, marked)[0] == HTTPStatus.FORBIDDEN
    assert sealed.health("n1").given == 0


def test_shares_that_do_not_open_the_cluster_are_told_in_one_clear_sentence(
    sealed: LocalCluster, tmp_path: Path
) -> None:
    for key in sealed.keys[:2]:
        sealed.unseal("n1", key)
    file = own_share(tmp_path, "ivan", OF_ANOTHER_CLUSTER)
    with console(sealed.layout, "ivan", file, tmp_path) as part:
        ok, nodes, error = give(part)
        assert (ok, nodes) == (False, [("sealed", 0, 3)])
        assert error.startswith("n1 refused the shares it was given")
        assert OF_ANOTHER_CLUSTER not in error + part.said()


def test_a_share_that_others_may_read_is_not_used(sealed: LocalCluster, tmp_path: Path) -> None:
    file = own_share(tmp_path, "erin", sealed.keys[0])
    file.chmod(0o644)
    with console(sealed.layout, "erin", file, tmp_path) as part:
        ok, _, error = give(part)
        assert (ok, "may be read by others" in error) == (False, True)
    assert sealed.health("n1").given == 0


def test_nodes_that_wait_for_no_share_are_reported_and_no_error(tmp_path: Path) -> None:
    with LocalCluster.create(tmp_path / "cluster", nodes=1, shares=1, threshold=1) as cluster:
        file = cluster.layout.share_file("erin")
        with console(cluster.layout, "erin", file, tmp_path) as part:
            assert give(part) == (True, [("active", 0, 0)], "")
            cluster.destroy()
            assert give(part) == (True, [("silent", 0, 0)], "")
            cluster.start("n1")
            assert give(part) == (True, [("uninitialised", 0, 0)], "")
