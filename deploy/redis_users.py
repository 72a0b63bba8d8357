"""Fill the passwords of Redis's users into deploy/install/redis/users.acl."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

USERS: Final = ("bot", "looker", "worker", "scheduler")
_TEMPLATE: Final = Path(__file__).parent / "install" / "redis" / "users.acl"


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
