"""Fixtures that many tests share: a real Valkey, and a summary of what did not run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from _pytest.terminal import TerminalReporter
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.servers import DID_NOT_RUN, Valkey

# The demo, which two folders share.
pytest_plugins = ("tests.stories.fixtures",)


_ATTACKS_ON_THE_DEMO: Final = {
    f"tests/attacks/test_{name}.py" for name in ("approvals", "backups", "journals", "lost_redis")
}
_LONGEST_FIRST: Final = {"the demo": 0, "tests/laws/test_on_real_clusters.py": 1, "contracts": 2}


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """One server for all tests of this process."""
    server = Valkey(tmp_path_factory.mktemp("v"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def valkey(valkey_server: Valkey) -> Valkey:
    """The shared server, emptied; a test that ends or alters it makes one of its own."""
    valkey_server.admin().flushall()
    return valkey_server


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server that the test may kill."""
    folder = tmp_path / "v"
    folder.mkdir()
    server = Valkey(folder)
    server.start()
    yield server
    server.kill()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: _LONGEST_FIRST.get(_start_of(item.nodeid), len(_LONGEST_FIRST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Share the tests out by the servers they start."""
    return _ByTheirServers(config, log)


class _ByTheirServers(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    def _split_scope(self, nodeid: str) -> str:
        return _start_of(nodeid)


def _start_of(nodeid: str) -> str:
    """Name what must stay in one process, so that nothing is started twice."""
    file = nodeid.split("::", 1)[0]
    folder = file.removeprefix("tests/").split("/", 1)[0]
    if folder == "stories" or file in _ATTACKS_ON_THE_DEMO:
        return "the demo"
    return folder if folder == "contracts" else file


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name the servers that were missing, so that nobody takes a skipped test for a passed one."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)]
    missing = {text.split(DID_NOT_RUN)[1] for text in reasons if DID_NOT_RUN in text}
    if missing:
        terminalreporter.write_line(f"{DID_NOT_RUN}{', '.join(sorted(missing))}", yellow=True)
