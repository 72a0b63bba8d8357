"""Each custodian's share, in a file of that custodian alone."""

from pathlib import Path

from deploy.demo.cluster.layout import Layout
from playbooks.custodian.desk import Desk
from playbooks.custodian.memory import Notebook
from playbooks.custodian.opening import Opener, read_message
from playbooks.systems.key_files import read_private


def write(layout: Layout, keys: tuple[str, ...]) -> None:
    """The first key for the first custodian, and so on."""
    for custodian, key in zip(layout.custodians, keys, strict=True):
        file = layout.share_file(custodian)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(key + "\n", encoding="ascii")


def memory_file(share_file: Path, custodian: str) -> Path:
    """What the custodian's program remembers, beside the first share."""
    return share_file.parent / f"custodian-{custodian}.json"


def now(layout: Layout, custodian: str, share_file: Path) -> str:
    """The share that opens the cluster now: the first one, or what the last rotation gave."""
    notebook = Notebook(memory_file(share_file, custodian), layout.shape.name)
    message = notebook.memory.message_file
    if message is None:
        return read_private(share_file).decode("ascii").strip()
    opener = Opener(layout.pgp_key_file(custodian))
    return opener.open(read_message(message), Desk()).for_vault()


def read(layout: Layout) -> tuple[str, ...] | None:
    """The keys in the custodians' order; None where not every custodian has one."""
    files = {custodian: layout.share_file(custodian) for custodian in layout.custodians}
    if not all(file.exists() and file.stat().st_size for file in files.values()):
        return None
    return tuple(now(layout, custodian, file) for custodian, file in files.items())
