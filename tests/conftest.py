"""Fixtures that many tests share: a real Valkey, and a summary of what did not run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from tests.servers import DID_NOT_RUN, Valkey

# The demo, which two folders share.
pytest_plugins = ("tests.stories.fixtures",)


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


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name the servers that were missing, so that nobody takes a skipped test for a passed one."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)]
    missing = {text.split(DID_NOT_RUN)[1] for text in reasons if DID_NOT_RUN in text}
    if missing:
        terminalreporter.write_line(f"{DID_NOT_RUN}{', '.join(sorted(missing))}", yellow=True)
