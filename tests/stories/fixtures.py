"""The one demo that stories and attacks share, and a cluster that serves before each of them."""

from collections.abc import Iterator

import pytest

from tests.stories.demo import Demo, begun


@pytest.fixture(scope="session")
def shared_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Started once: a demo takes longer to start than any of its stories to play."""
    with begun(tmp_path_factory.mktemp("demo") / "demo") as demo:
        yield demo


@pytest.fixture
def demo(shared_demo: Demo) -> Demo:
    """The shared demo, whose cluster serves, whatever an earlier test left behind."""
    shared_demo.settle()
    return shared_demo
