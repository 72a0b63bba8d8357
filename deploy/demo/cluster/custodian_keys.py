"""Each custodian's own keys: one to log in to Vault, one that new shares are encrypted to."""

from pysequoia import Profile, Tsk

from deploy.demo.cluster.layout import Layout
from deploy.keys import make_login_key
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
    layout.login_key_file(custodian).unlink(missing_ok=True)
    layout.login_key_file(custodian).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    public = make_login_key(layout.login_key_file(custodian))
    layout.login_public_file(custodian).write_text(public, encoding="ascii")
