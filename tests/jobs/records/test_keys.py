"""Laws of the signing keys."""

from pathlib import Path

import pytest

from jobs.records.keys import load_key, make_key, ring_of
from playbooks.core.trouble import Trouble


def test_a_signature_names_the_role_of_its_key(tmp_path: Path) -> None:
    worker, looker = make_key(tmp_path / "w"), make_key(tmp_path / "l")
    ring = ring_of([worker.public], [looker.public])
    assert ring.check(worker.id, b"text", worker.sign(b"text")) == "worker"
    assert ring.check(looker.id, b"text", looker.sign(b"text")) == "looker"


def test_a_signature_over_another_text_or_by_another_key_is_nobodys(tmp_path: Path) -> None:
    worker, looker = make_key(tmp_path / "w"), make_key(tmp_path / "l")
    ring = ring_of([worker.public], [looker.public])
    assert ring.check(worker.id, b"other", worker.sign(b"text")) is None
    assert ring.check(worker.id, b"text", looker.sign(b"text")) is None
    assert ring.check("unknown", b"text", worker.sign(b"text")) is None
    for signature in ("no base64", "é" + worker.sign(b"text")[1:], "\ud800", "\0", "=", "A" * 87):
        assert ring.check(worker.id, b"text", signature) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    make_key(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(Trouble, match="can be read by others"):
        load_key(tmp_path / "key")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    with pytest.raises(FileExistsError):
        make_key(tmp_path / "key")


def test_a_key_shows_nothing_of_itself(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    assert (tmp_path / "key").read_bytes().hex() not in repr(key)
    assert "private" not in repr(key)


def test_a_file_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short")
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(Trouble, match="does not hold a signing key"):
        load_key(tmp_path / "key")
