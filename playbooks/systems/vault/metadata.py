"""The metadata of all secrets: one call a mount on OpenBao, key by key on HashiCorp Vault."""

import asyncio
from typing import Any, Final

from playbooks.core.values import Name
from playbooks.systems.vault.access import Access

# Key by key, 2000 secrets take some ten seconds; beyond that the count is "at least".
MOST_KEYS: Final = 2000
_AT_ONCE: Final = 8


async def secrets_of(access: Access, node: Name, mount: str) -> dict[str, dict[str, Any]]:
    """Map the path of every secret below a mount to its metadata; values are never read."""
    scanned = await access.read(node, f"{mount}/detailed-metadata/", scan="true")
    if scanned is not None:
        return {f"{mount}/{key}": info for key, info in scanned.get("key_info", {}).items()}
    keys = await _keys(access, node, mount)
    turns = asyncio.Semaphore(_AT_ONCE)

    async def _one(key: str) -> tuple[str, dict[str, Any]]:
        async with turns:
            return f"{mount}/{key}", await access.read(node, f"{mount}/metadata/{key}") or {}

    return dict(await asyncio.gather(*(_one(key) for key in keys)))


async def _keys(access: Access, node: Name, mount: str) -> list[str]:
    folders, found = [""], list[str]()
    while folders and len(found) < MOST_KEYS:
        below = folders[:_AT_ONCE]
        del folders[:_AT_ONCE]
        lists = await asyncio.gather(
            *(access.read(node, f"{mount}/metadata/{folder}", list="true") for folder in below)
        )
        for folder, listed in zip(below, lists, strict=True):
            names = [f"{folder}{name}" for name in (listed or {}).get("keys", [])]
            folders += [name for name in names if name.endswith("/")]
            found += [name for name in names if not name.endswith("/")]
    return found[:MOST_KEYS]
