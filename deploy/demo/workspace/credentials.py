"""The two tokens of the app and what its bot token may do, from a file only its owner reads."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from deploy.demo.workspace import seed


@dataclass(frozen=True)
class Tokens:
    bot: str = field(repr=False)
    app: str = field(repr=False)
    scopes: frozenset[str] = seed.SCOPES


def read_tokens(file: Path) -> Tokens:
    """Read `{"bot": "xoxb-…", "app": "xapp-…", "scopes": [optional]}`; the mode must be 0600."""
    if file.stat().st_mode & 0o077:
        raise PermissionError(f"{file} can be read by others: set its mode to 0600")
    kept = json.loads(file.read_text())
    return Tokens(kept["bot"], kept["app"], frozenset(kept.get("scopes", seed.SCOPES)))
