"""The configuration that is installed, with the keys and the records of a test."""

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.check.files import ROOT
from tests.jobs.bench import Place

_INSTALLED: Final = ROOT / "deploy" / "install" / "vault-responder.toml"


def configuration(place: Place) -> Path:
    """Write it into the folder of the test."""
    signers = place.folder / "allowed_signers"
    signers.write_text("".join(map(_signer, ("bob", "carol", "dave"))), encoding="utf-8")
    text = _INSTALLED.read_text(encoding="utf-8")
    for old, new in {
        "REPLACE-WITH-THE-WORKER'S-PUBLIC-KEY": place.key("worker").public,
        "REPLACE-WITH-THE-LOOKER'S-PUBLIC-KEY": place.key("looker").public,
        "/etc/vault-responder/worker/bell.key": f"{place.folder}/bell.key",
        "/etc/vault-responder/worker/journal.key": f"{place.folder}/worker.key",
        "file:///var/lib/vault-responder/records": f"file://{place.folder}/store",
        "/etc/vault-responder/allowed_signers": str(signers),
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = place.folder / "vault-responder.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _signer(name: str) -> str:
    """Give a line of an allowed-signers file, with a key of nobody's."""
    key = Ed25519PrivateKey.generate().public_key()
    return f"{name} {key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()}\n"
