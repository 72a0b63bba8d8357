"""Rotations of unseal key shares: OpenBao's sys/rotate/root, HashiCorp Vault's sys/rekey."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import requests

from playbooks.core.backup import SealScheme
from playbooks.core.trouble import Trouble
from playbooks.core.values import Count, Name
from playbooks.core.world.rotation import Product, Rotating, Rotation
from playbooks.systems.vault.access import Access
from playbooks.systems.vault.calls import Call

# HashiCorp Vault has no such path (404); a server that has it and keeps it shut says 405.
_ABSENT: Final = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
_STILL_NONE: Final = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}


@dataclass(frozen=True)
class _Paths:
    product: Product
    root: str

    @property
    def init(self) -> str:
        return f"{self.root}/init"

    @property
    def verify(self) -> str:
        return f"{self.root}/verify"

    @property
    def backup(self) -> str:
        return f"{self.root}/backup"


_OPENBAO: Final = _Paths("OpenBao", "sys/rotate/root")
_VAULT: Final = _Paths("HashiCorp Vault", "sys/rekey")


async def rotating(access: Access, node: Name) -> Rotating:
    """Ask the active node. With a token: without one HashiCorp Vault would answer 403, not 404."""
    paths, body = await _init(access, node)
    if not body.get("started"):
        return Rotating(product=paths.product, now=None)
    proving = bool(body.get("verification_nonce"))
    proved = await _proved(access, node, paths) if proving else 0
    return Rotating(
        product=paths.product,
        now=Rotation(
            nonce=str(body.get("nonce", "")),
            scheme=SealScheme(shares=_count(body, "n"), threshold=_count(body, "t")),
            fingerprints=tuple(body.get("pgp_fingerprints") or ()),
            verified=bool(body.get("verification_required")),
            required=_count(body, "required"),
            given=0 if proving else _count(body, "progress"),
            proving=proving,
            proved=proved,
        ),
    )


async def start(access: Access, node: Name, keys: tuple[str, ...], threshold: Count) -> None:
    """Begin one. The server keeps the encrypted shares until every custodian has fetched theirs."""
    paths, body = await _init(access, node)
    if body.get("started"):
        raise Trouble(
            f"A rotation of the shares of {access.cluster} is under way already",
            left="it was not touched, and no other one was begun",
            do="find out who began it, and let them end it or cancel it",
        )
    wanted = {
        "secret_shares": len(keys),
        "secret_threshold": threshold,
        "pgp_keys": list(keys),
        "require_verification": True,
        "backup": True,
    }
    answer = await access.ask_logged_in(node, Call("put", paths.init, body=wanted))
    access.raise_for(node, paths.init, answer)


async def cancel(access: Access, node: Name, nonce: str) -> None:
    """End this very one, its copies first and last: a last share may be given in between.

    Whoever finds neither a rotation nor copies knows that no new shares came out of it.
    """
    paths, body = await _init(access, node)
    if not body.get("started") or body.get("nonce") != nonce:
        raise Trouble(
            f"Rotation {nonce} is not under way on {node} of {access.cluster}",
            left="nothing was cancelled",
            do="see `/vault status`, then press Try again",
        )
    await _delete(access, node, paths.backup)
    # OpenBao takes no nonce here; HashiCorp Vault wants it, in a JSON body.
    await _delete(access, node, paths.init, {"nonce": nonce})
    await _delete(access, node, paths.backup)


async def _init(access: Access, node: Name) -> tuple[_Paths, dict[str, Any]]:
    answer = await access.ask_logged_in(node, Call("get", _OPENBAO.init))
    if answer.status_code not in _ABSENT:
        access.raise_for(node, _OPENBAO.init, answer)
        return _OPENBAO, _body(answer)
    answer = await access.ask_logged_in(node, Call("get", _VAULT.init))
    access.raise_for(node, _VAULT.init, answer)
    return _VAULT, _body(answer)


async def _proved(access: Access, node: Name, paths: _Paths) -> Count:
    answer = await access.ask_logged_in(node, Call("get", paths.verify))
    if answer.status_code in _STILL_NONE:  # It ended between the two questions.
        return 0
    access.raise_for(node, paths.verify, answer)
    return _count(_body(answer), "progress")


async def _delete(
    access: Access, node: Name, path: str, body: Mapping[str, Any] | None = None
) -> None:
    call = Call("delete", path, body=dict(body) if body is not None else None)
    access.raise_for(node, path, await access.ask_logged_in(node, call))


def _body(answer: requests.Response) -> dict[str, Any]:
    """OpenBao wraps these answers in `data`; HashiCorp Vault answers both ways, with the same."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    data = body.get("data")
    return data if isinstance(data, dict) else body


def _count(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) and value >= 0 else 0
