"""Whose signature is on a text: what OpenSSH makes is taken, and nothing else."""

import hashlib
import subprocess
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from asyncssh.packet import Byte, String, UInt32
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jobs.records.signers import AllowedSigners, read_allowed_signers
from playbooks.core.statement import NAMESPACE
from playbooks.core.trouble import Trouble
from tests.ssh import SshKey, make_ssh_key

TEXT: Final = "Restore prod\nfrom the backup of today\n"
NOW: Final = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
KINDS: Final = {
    "ed25519": ("-t", "ed25519"),
    "rsa": ("-t", "rsa", "-b", "3072"),
    "ecdsa 256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa 521": ("-t", "ecdsa", "-b", "521"),
}


@pytest.fixture
def bob(tmp_path: Path) -> SshKey:
    return make_ssh_key(tmp_path, "bob")


def signers(*lines: str) -> AllowedSigners:
    return read_allowed_signers("\n".join(lines), "the allowed signers")


def openssh_agrees(folder: Path, allowed: str, person: str, signature: str) -> bool:
    """Ask ssh-keygen, which we did not write, about the same signature."""
    (folder / "allowed").write_text(allowed, encoding="utf-8")
    (folder / "sig").write_text(signature, encoding="utf-8")
    words = ("-f", str(folder / "allowed"), "-I", person, "-n", NAMESPACE)
    done = subprocess.run(
        ("ssh-keygen", "-Y", "verify", *words, "-s", str(folder / "sig")),
        input=TEXT,
        text=True,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_ordinary_kind_of_key_signs_exactly_one_text(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "key"
    subprocess.run(("ssh-keygen", "-q", *KINDS[kind], "-N", "", "-f", str(file)), check=True)
    key = SshKey("bob", file)
    known, signature = signers(key.allowed), key.sign(TEXT)
    assert known.signer(TEXT, signature, NOW) == "bob"
    assert known.signer(TEXT + " ", signature, NOW) is None
    assert openssh_agrees(tmp_path, key.allowed, "bob", signature)


class Token:
    """A FIDO2 token in software: OpenSSH's PROTOCOL.u2f, with a switch for the touch."""

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()
        self.kind = b"sk-ssh-ed25519@openssh.com"
        point = self.private.public_key().public_bytes_raw()
        self.public = String(self.kind) + String(point) + String(b"ssh:")

    def sign(self, text: str, *, touched: bool) -> str:
        name = String(NAMESPACE) + String(b"") + String(b"sha512")
        data = b"SSHSIG" + name + String(hashlib.sha512(text.encode()).digest())
        after = Byte(1 if touched else 0) + UInt32(7)
        told = hashlib.sha256(b"ssh:").digest() + after + hashlib.sha256(data).digest()
        signature = String(self.kind) + String(self.private.sign(told)) + after
        blob = b"SSHSIG" + UInt32(1) + String(self.public) + name + String(signature)
        body = b64encode(blob).decode()
        return f"-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----\n"


def test_a_fido2_token_signs_only_when_it_is_touched(tmp_path: Path) -> None:
    token = Token()
    line = f"bob {token.kind.decode()} {b64encode(token.public).decode()}"
    touched = token.sign(TEXT, touched=True)
    assert signers(line).signer(TEXT, touched, NOW) == "bob"
    assert openssh_agrees(tmp_path, line + "\n", "bob", touched)
    assert signers(line).signer(TEXT, token.sign(TEXT, touched=False), NOW) is None


def test_a_signature_for_another_purpose_counts_for_nothing(bob: SshKey) -> None:
    assert signers(bob.allowed).signer(TEXT, bob.sign(TEXT, namespace="git"), NOW) is None


def test_a_key_that_is_nobodys_counts_for_nothing(bob: SshKey, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    stranger = make_ssh_key(tmp_path / "other", "bob")
    assert signers(bob.allowed).signer(TEXT, stranger.sign(TEXT), NOW) is None


def test_a_key_counts_only_in_its_time(bob: SshKey) -> None:
    parts = bob.allowed.replace(
        " namespaces", ' valid-after="20261124Z",valid-before="20261126Z",namespaces'
    )
    known, signature = signers(parts), bob.sign(TEXT)
    assert known.signer(TEXT, signature, NOW) == "bob"
    for at in (NOW - timedelta(days=2), NOW + timedelta(days=2)):
        assert known.signer(TEXT, signature, at) is None


def test_a_paste_of_thousands_of_empty_lines_keeps_nobody_busy(bob: SshKey) -> None:
    # Read with two ways to take a row of spaces, this would take longer than any test may.
    paste = f"-----BEGIN SSH SIGNATURE-----{chr(10) * 8_000}!-----END SSH SIGNATURE-----"
    assert signers(bob.allowed).signer(TEXT, paste, NOW) is None


@pytest.mark.parametrize("cut", ["", "nonsense", "-----BEGIN SSH SIGNATURE-----\n====\n"])
def test_what_is_no_signature_is_nobodys(bob: SshKey, cut: str) -> None:
    known, signature = signers(bob.allowed), bob.sign(TEXT)
    assert known.signer(TEXT, cut, NOW) is None
    for place in range(40, len(signature) - 40, 37):
        assert known.signer(TEXT, signature[:place] + signature[place + 1 :], NOW) is None


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("* ssh-ed25519 KEY", "not the name of one person"),
        ("bob,carol ssh-ed25519 KEY", "not the name of one person"),
        ("bob cert-authority ssh-ed25519 KEY", "option “cert-authority” is not taken"),
        ('bob namespaces="git" ssh-ed25519 KEY', "namespaces must be"),
        ('bob valid-before="soon" ssh-ed25519 KEY', "is not a time"),
        ("bob ssh-dss KEY", "is not taken"),
        ("bob ssh-ed25519", "there is no key"),
        ("bob ssh-ed25519 AAAA", "line 1"),
        ("carol ssh-ed25519 KEY\nbob ssh-ed25519 KEY", "this key is carol's already"),
    ],
)
def test_a_line_that_could_mean_more_than_one_person_starts_nothing(
    bob: SshKey, line: str, fault: str
) -> None:
    key = bob.allowed.split()[-1]
    with pytest.raises(Trouble) as caught:
        signers(line.replace("KEY", key))
    assert fault in str(caught.value)


REFUSED: Final = (
    'valid-after=""',
    'valid-before=""',
    'valid-after="Z"',
    "valid-after",
    "valid-after=",
    "valid-after=20200101Z",
    'valid-after="20200101Z',
    "namespaces=vault-responder",
    'valid-after="20200101Z",valid-after="20210101Z"',
    'valid-before="20991231Z",valid-before="20981231Z"',
    'namespaces="vault-responder",namespaces="vault-responder"',
    'valid-after="20990101Z",valid-before="20980101Z"',
    'valid-after="20200101Z",',
    'valid-after="20200101Z"namespaces="vault-responder"',
    'valid-after="19000101Z"',
    'valid-after="19700101Z"',
    'valid-after="20201301Z"',
    'valid-after="202001010060Z"',
    'valid-after="2020\u0660101Z"',
    'namespaces="vault-responder\\""',
)


@pytest.mark.parametrize("options", REFUSED)
def test_options_that_openssh_refuses_start_nothing(
    bob: SshKey, tmp_path: Path, options: str
) -> None:
    line = f"bob {options} {' '.join(bob.allowed.split()[-2:])}\n"
    assert not openssh_agrees(tmp_path, line, "bob", bob.sign(TEXT))
    with pytest.raises(Trouble, match=r"(?s)the allowed signers cannot be used:.*line 2: "):
        signers("# One line, then this one", line)


@pytest.mark.parametrize(
    "line",
    [
        'bob valid-after="20200101Z" KEY',
        'bob valid-after="202001010000Z",valid-before="20991231235959Z" KEY a "comment',
        'bob namespaces="vault-responder",valid-before="20991231Z" KEY\r',
        "  bob\tKEY  # \u2028 bob's, \xa0 of \x0b today",
    ],
)
def test_lines_that_openssh_takes_are_taken(bob: SshKey, tmp_path: Path, line: str) -> None:
    whole = line.replace("KEY", " ".join(bob.allowed.split()[-2:])) + "\n"
    signature = bob.sign(TEXT)
    assert openssh_agrees(tmp_path, whole, "bob", signature)
    assert signers(whole).signer(TEXT, signature, NOW) == "bob"


@pytest.mark.parametrize(
    "line",
    [
        '"bob KEY',
        'bob" KEY',
        "bob\xa0KEY",
        "bob KEY\u2028carol KEY",
        "\rbob KEY",
        "bob KEY,",
        "bob KEY=",
        'bob KEY"',
        "bob KEY\xa0",
    ],
)
def test_a_line_that_openssh_reads_in_another_way_makes_nobody_of_it(
    bob: SshKey, tmp_path: Path, line: str
) -> None:
    whole = line.replace("KEY", " ".join(bob.allowed.split()[-2:])) + "\n"
    signature = bob.sign(TEXT)
    try:
        ours = signers(whole).persons()
    except Trouble:
        return
    assert all(openssh_agrees(tmp_path, whole, person, signature) for person in ours)


def test_an_rsa_key_that_is_a_little_too_short_starts_nothing(tmp_path: Path) -> None:
    file = tmp_path / "short"
    words = ("-t", "rsa", "-b", "1920", "-N", "", "-f", str(file))
    subprocess.run(("ssh-keygen", "-q", *words), check=True)
    with pytest.raises(Trouble, match="2048 bits or more"):
        signers(SshKey("bob", file).allowed)
