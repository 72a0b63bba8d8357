"""A share may come as a PGP message, opened by a key file or by gpg; each fault is one sentence."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pysequoia
import pytest

from deploy.demo.cluster.layout import Layout
from deploy.demo.cluster.local import LocalCluster
from tests.custodian.machines import Ended, Machine, machine
from tests.servers import absent


@dataclass(frozen=True)
class Gpg:
    """The real gpg, with a home of its own and a key without a passphrase in it."""

    home: Path

    def run(self, *words: str, given: str = "") -> None:
        trust = ("--trust-model", "always", "--pinentry-mode", "loopback")
        subprocess.run(
            ["gpg", "--batch", "--quiet", *trust, *words], input=given.encode(), check=True
        )

    def message_for(self, name: str, share: str) -> Path:
        file = self.home / f"for-{name}.asc"
        words = ("--encrypt", "--armor", "--yes", "--recipient", name, "--output", str(file))
        self.run(*words, given=share)
        return file


@pytest.fixture
def gpg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gpg]:
    if shutil.which("gpg") is None:
        absent("gpg")
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    made = Gpg(home)
    for name in ("erin", "somebody"):
        words = ("--passphrase", "", name, "future-default", "default", "never")
        made.run("--quick-generate-key", *words)
    yield made
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=True)


def refused(ended: Ended, *says: str) -> None:
    """Refused in words, and with nothing of the library's insides."""
    assert ended.code == 1, ended.said
    assert all(word in ended.said for word in says), ended.said
    assert "Traceback" not in ended.said
    assert "nothing was sent to Vault" in ended.said


def message_for(layout: Layout, name: str, share: str, file: Path) -> Path:
    key = pysequoia.Tsk.from_file(str(layout.pgp_key_file(name))).extract_certificate()
    file.write_bytes(pysequoia.encrypt(share.encode(), recipients=[key], armor=False))
    return file


def test_gpg_opens_the_message_and_the_share_goes_to_vault(
    sealed: LocalCluster, tmp_path: Path, gpg: Gpg
) -> None:
    erin = machine(sealed.layout, "erin", tmp_path)
    message = gpg.message_for("erin", sealed.keys[0])
    with erin.running("unseal", "--no-wait", "--gpg", "--message", str(message)) as program:
        program.until("n1 has your share: 1 of 3")
        seen = program.arguments_and_environment()
        ended = program.end()
    assert sealed.keys[0] not in ended.said
    assert sealed.keys[0].encode() not in seen


def test_what_gpg_cannot_open_is_refused_in_words(
    sealed: LocalCluster, tmp_path: Path, gpg: Gpg
) -> None:
    """For another key, cut off, of something that is no share, and without any gpg."""
    erin = machine(sealed.layout, "erin", tmp_path)
    opens = ("unseal", "--no-wait", "--gpg", "--message")
    foreign = gpg.message_for("somebody", sealed.keys[0])
    gpg.run("--yes", "--delete-secret-keys", *_fingerprints("somebody"))
    refused(erin.run(*opens, str(foreign)), "gpg did not open the message", "put the card in")
    whole = gpg.message_for("erin", sealed.keys[0])
    cut = tmp_path / "cut.asc"
    cut.write_text("".join(whole.read_text().splitlines(keepends=True)[:-3]))
    refused(erin.run(*opens, str(cut)), "gpg did not open the message")
    refused(erin.run(*opens, str(gpg.message_for("erin", "hello"))), "That is not a share")
    with pytest.MonkeyPatch.context() as nowhere:
        nowhere.setenv("PATH", str(tmp_path))
        refused(erin.run(*opens, str(whole)), "There is no gpg on this machine", "--pgp-key")
    assert sealed.health("n1").given == 0


def test_what_a_key_file_cannot_open_is_refused_in_words(
    sealed: LocalCluster, tmp_path: Path
) -> None:
    layout, file = sealed.layout, tmp_path / "share.pgp"
    frank = machine(layout, "frank", tmp_path)
    opens = ("unseal", "--no-wait", "--message", str(file))
    message_for(layout, "frank", sealed.keys[1], file)
    assert "1 of 3" in frank.run(*opens).said
    sealed.kill("n1")
    sealed.start("n1")
    sealed.wait_until(lambda: sealed.health("n1").kind == "sealed", "n1 is sealed again")
    message_for(layout, "grace", sealed.keys[1], file)
    refused(frank.run(*opens), "does not open with this PGP key", "gpg --list-packets")
    whole = message_for(layout, "frank", sealed.keys[1], file).read_bytes()
    file.write_bytes(whole[:-20])
    refused(frank.run(*opens), "does not open with this PGP key")
    file.unlink()
    refused(frank.run(*opens), "cannot be read")
    message_for(layout, "frank", sealed.keys[1][:40], file)
    refused(frank.run(*opens), "That is not a share")
    _lies_open(frank, layout)
    assert sealed.health("n1").given == 0


def _lies_open(who: Machine, layout: Layout) -> None:
    """A private key that others may read is not used."""
    copy = who.folder / "open.key"
    copy.write_bytes(layout.pgp_key_file(who.name).read_bytes())
    copy.chmod(0o644)
    message = who.folder.parent / "share.pgp"
    words = ("unseal", "--no-wait", "--pgp-key", str(copy), "--message", str(message))
    ended = who.run(*words)
    assert (ended.code, "may be read by others" in ended.said) == (1, True), ended.said


def _fingerprints(name: str) -> list[str]:
    words = ["gpg", "--batch", "--with-colons", "--list-secret-keys", name]
    listed = subprocess.run(words, capture_output=True, text=True, check=True, env=dict(os.environ))
    lines = listed.stdout.splitlines()
    return [line.split(":")[9] for line in lines if line.startswith("fpr:")][:1]
