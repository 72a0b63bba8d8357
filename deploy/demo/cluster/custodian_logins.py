"""What custodians log in with when they rotate shares: one mount, a role each, two policies."""

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from deploy.demo.cluster.layout import Layout

_INSTALL: Final = Path(__file__).resolve().parents[2] / "install" / "vault" / "custodians"
_MOUNT: Final = "vault-responder-custodians"
_POLICIES: Final[Mapping[str, str]] = {
    "vault-responder-custodian": "custodian.hcl",
    "vault-responder-share-check": "share-check.hcl",
}

Put = Callable[[str, Mapping[str, object]], Awaitable[object]]


async def install(layout: Layout, put: Put) -> None:
    """Do what the page for custodians says; `put` writes with the first token."""
    for policy, file in _POLICIES.items():
        await put(f"sys/policies/acl/{policy}", {"policy": _text(file)})
    await put(f"sys/auth/{_MOUNT}", {"type": "jwt"})
    keys = [
        layout.login_public_file(custodian).read_text(encoding="ascii")
        for custodian in layout.custodians
    ]
    await put(
        f"auth/{_MOUNT}/config",
        {"jwt_validation_pubkeys": keys, "jwt_supported_algs": ["EdDSA"]},
    )
    check = json.loads(_text("share-check.json"))
    await put(f"auth/{_MOUNT}/role/share-check", check)
    for custodian in layout.custodians:
        role = {
            **check,
            "bound_subject": custodian,
            "token_policies": ["vault-responder-custodian"],
        }
        await put(f"auth/{_MOUNT}/role/{custodian}", role)


def _text(name: str) -> str:
    return (_INSTALL / name).read_text(encoding="utf-8")
