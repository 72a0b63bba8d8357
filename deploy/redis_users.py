"""What every Redis that this program starts has in common: its users, and how it keeps data."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

USERS: Final = ("bot", "looker", "worker", "scheduler")
_TEMPLATE: Final = Path(__file__).parent / "install" / "redis" / "users.acl"


def kept_in(folder: Path) -> tuple[str, ...]:
    """Configure a server whose every write is on disk before its answer, with the ACL beside it."""
    return (
        f"dir {folder}",
        f"aclfile {folder}/users.acl",
        "appendonly yes",
        "appendfsync always",
        'save ""',
    )


def users_acl(passwords: Mapping[str, str]) -> str:
    """Write the ACL file for these passwords, one a user; it holds their hashes alone."""
    text = "".join(
        line
        for line in _TEMPLATE.read_text(encoding="utf-8").splitlines(keepends=True)
        if not line.startswith("#")  # An ACL file has no comments.
    )
    for user in USERS:
        digest = hashlib.sha256(passwords[user].encode()).hexdigest()
        text = text.replace(f"{{{user}}}", digest)
    return text
