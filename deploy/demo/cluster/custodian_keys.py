"""Each custodian's own keys: one to log in to Vault, one that new shares are encrypted to."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pysequoia import Profile, Tsk

from deploy.demo.cluster.layout import Layout
from playbooks.systems.key_files import create_private


def make(layout: Layout) -> None:
    """Make the keys that are missing: the folder may come from an earlier version."""
    for custodian in layout.custodians:
        if not layout.pgp_public_file(custodian).exists():
            _make_pgp(layout, custodian)
        if not layout.login_public_file(custodian).exists():
            _make_login(layout, custodian)


def _make_pgp(layout: Layout, custodian: str) -> None:
    """The public half is written last, so it stands for both."""
    # Vault reads version 4 keys only, which is what this profile makes.
    key = Tsk.generate(f"{custodian.capitalize()}, custodian", profile=Profile.RFC4880)
    layout.pgp_key_file(custodian).unlink(missing_ok=True)
    create_private(layout.pgp_key_file(custodian), str(key).encode("ascii"))
    public = layout.pgp_public_file(custodian)
    public.parent.mkdir(mode=0o755, exist_ok=True)
    public.write_text(str(key.extract_certificate()), encoding="ascii")


def _make_login(layout: Layout, custodian: str) -> None:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    layout.login_key_file(custodian).unlink(missing_ok=True)
    create_private(layout.login_key_file(custodian), private)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    layout.login_public_file(custodian).write_bytes(public)
