"""What custodians log in with when they rotate shares: a mount each, and two policies."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from deploy.demo.cluster.layout import Layout
from playbooks.custodian.settings import login_mount_of

_INSTALL: Final = Path(__file__).resolve().parents[2] / "install" / "vault" / "custodians"
_POLICIES: Final[Mapping[str, str]] = {
    "vault-responder-custodian": "custodian.hcl",
    "vault-responder-share-check": "share-check.hcl",
}

Put = Callable[[str, Mapping[str, object]], Awaitable[object]]


async def install(layout: Layout, put: Put) -> None:
    """Do what the page for custodians says; `put` writes with the first token.

    Here everybody may start a check.
    """
    for policy, file in _POLICIES.items():
        await put(f"sys/policies/acl/{policy}", {"policy": _text(file)})
    await asyncio.gather(*(_install_one(layout, put, name) for name in layout.custodians))


async def _install_one(layout: Layout, put: Put, custodian: str) -> None:
    mount = login_mount_of(custodian)
    await put(f"sys/auth/{mount}", {"type": "jwt"})
    key = layout.login_public_file(custodian).read_text(encoding="ascii")
    trust = {"jwt_validation_pubkeys": [key], "jwt_supported_algs": ["EdDSA"]}
    await put(f"auth/{mount}/config", trust)
    check = json.loads(_text("share-check.json"))
    own = {"bound_subject": custodian, "token_policies": ["vault-responder-custodian"]}
    await put(f"auth/{mount}/role/share-check", check)
    await put(f"auth/{mount}/role/{custodian}", {**check, **own})


def _text(name: str) -> str:
    return (_INSTALL / name).read_text(encoding="utf-8")
