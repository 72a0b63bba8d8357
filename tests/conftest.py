"""Fixtures that many tests share: a real Valkey, and a summary of what did not run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from _pytest.terminal import TerminalReporter

from tests.servers import DID_NOT_RUN, Valkey

# The demo, which two folders share.
pytest_plugins = ("tests.stories.fixtures",)


_DEMO: Final = "demo"
_HERE: Final = Path(__file__).parent


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


@pytest.hookimpl(tryfirst=True)  # Before the plugin that reads the groups.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Share the tests out by what they start: one process plays the demo, the other the rest.

    A file's tests stay together, so that no server is started twice; the demo's come first, since
    they take longest.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: _group(item) != _DEMO)


def _group(item: pytest.Item) -> str:
    if not item.path.is_relative_to(_HERE):
        return str(item.path)
    folder = item.path.relative_to(_HERE).parts[0]
    if folder in {"stories", "attacks"}:
        return _DEMO
    return folder if folder == "contracts" else str(item.path)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name the servers that were missing, so that nobody takes a skipped test for a passed one."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)]
    missing = {text.split(DID_NOT_RUN)[1] for text in reasons if DID_NOT_RUN in text}
    if missing:
        terminalreporter.write_line(f"{DID_NOT_RUN}{', '.join(sorted(missing))}", yellow=True)
