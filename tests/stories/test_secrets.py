"""After the whole story no secret is anywhere but in the one file of its owner."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories import secrets
from tests.stories.demo import Demo, until
from tests.stories.secrets import Found, Secret, look_in, of_the_demo, shaped
from tests.stories.told import write_slack, write_valkey
from tests.stories.vault_root import tenants_secrets


@pytest.fixture(scope="module")
def world(shared_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> tuple[Demo, Path]:
    """A run to its end, then all that can be read from outside its processes, written down."""
    demo = shared_demo
    demo.settle()
    run = demo.people.ask("backup reason one more before we look")
    demo.journals.wait(run, "finished")
    until(lambda: "outcome" in demo.people.keys(run), 60, "the outcome")
    into = tmp_path_factory.mktemp("told")
    for folder in ("slack", "processes", "valkey"):
        (into / folder).mkdir()
    write_slack(demo, into / "slack")
    assert secrets.processes(demo, into / "processes") > 15
    assert write_valkey(demo, into / "valkey") > 20
    return demo, into


@pytest.fixture(scope="module")
def known(world: tuple[Demo, Path]) -> tuple[Secret, ...]:
    """Collected last, so that the collecting itself leaves no trace in what was written down."""
    demo, _ = world
    found = (*of_the_demo(demo), *tenants_secrets(demo))
    assert len(found) > 250
    return found


def test_no_secret_is_in_what_anyone_can_read(
    world: tuple[Demo, Path], known: tuple[Secret, ...]
) -> None:
    _, into = world
    assert _told(look_in(into, known)) == []


def test_no_secret_is_in_a_file_of_somebody_else(
    world: tuple[Demo, Path], known: tuple[Secret, ...]
) -> None:
    """Logs, Valkey's data, journals, store, configuration: the whole folder of the demo."""
    demo, _ = world
    assert _told(look_in(demo.folder, known)) == []


def test_a_secrets_own_file_is_its_owners_alone(known: tuple[Secret, ...]) -> None:
    for secret in known:
        for path in secret.owners:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_an_approvers_key_is_named_to_nobody_but_their_own_console(
    world: tuple[Demo, Path], known: tuple[Secret, ...]
) -> None:
    """Not in the configuration, and in no argument or variable of bot, worker or workspace."""
    demo, into = world
    own = {path for secret in known for path in secret.owners if path.name == "id_ed25519"}
    assert {path.parent.name for path in own} == {"bob", "carol", "dave"}
    told = [demo.house.config, *(into / "processes").iterdir()]
    for path in told:
        assert str(demo.folder / "approvers") not in path.read_text(encoding="utf-8"), path.name


def test_a_copied_key_file_would_be_found(known: tuple[Secret, ...], tmp_path: Path) -> None:
    """Its lines are short, so what is secret in it is never whole on one of them."""
    for secret in known:
        for path in (each for each in secret.owners if each.name == "id_ed25519"):
            copy = tmp_path / path.parent.name
            copy.mkdir()
            (copy / "copy").write_bytes(path.read_bytes())
            assert {found.what for found in look_in(copy, known)} == {secret.name}
    assert len(list(tmp_path.iterdir())) == 3


def test_nothing_that_looks_like_a_credential_was_written(world: tuple[Demo, Path]) -> None:
    """Logins and tokens are made all the time; nobody can list them, but all look alike."""
    demo, into = world
    places = [into, demo.house.logs, demo.house.redis, demo.house.records]
    places += [demo.house.store / name for name in ("catalogue", "drafts", "clusters")]
    files = [file for place in places for file in place.rglob("*") if file.is_file()]
    files += (demo.folder / "cluster" / "nodes").glob("*/*.log")
    assert len(files) > 50
    assert _told(found for file in files for found in shaped(file)) == []


@pytest.mark.parametrize("form", ["plain", "hex", "base64 of something longer", "its beginning"])
def test_the_search_finds_what_it_should(
    known: tuple[Secret, ...], tmp_path: Path, form: str
) -> None:
    """A search that never finds anything proves nothing."""
    share = next(secret for secret in known if secret.value.isascii())
    (tmp_path / "leak").write_bytes(secrets.leaked(share.value, form))
    assert {found.what for found in look_in(tmp_path, known)} == {share.name}


def test_the_search_finds_bytes_that_would_end_a_line(tmp_path: Path) -> None:
    key = Secret("a key", b"\rno text\0\r\xff" + bytes(range(128, 160)))
    (tmp_path / "leak").write_bytes(b"got " + key.value)
    assert {found.what for found in look_in(tmp_path, [key])} == {"a key"}


def _told(found: Iterator[Found]) -> list[str]:
    return sorted({f"{each.what} in {each.where}" for each in found})
