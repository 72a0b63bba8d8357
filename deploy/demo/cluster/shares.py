"""Each custodian's share, in a file of that custodian alone."""

from deploy.demo.cluster.layout import Layout


def write(layout: Layout, keys: tuple[str, ...]) -> None:
    """The first key for the first custodian, and so on."""
    for custodian, key in zip(layout.custodians, keys, strict=True):
        file = layout.share_file(custodian)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(key + "\n", encoding="ascii")


def read(layout: Layout) -> tuple[str, ...] | None:
    """The keys in the custodians' order; None where not every custodian has one."""
    files = [layout.share_file(custodian) for custodian in layout.custodians]
    if not all(file.exists() and file.stat().st_size for file in files):
        return None
    return tuple(file.read_text(encoding="ascii").strip() for file in files)
