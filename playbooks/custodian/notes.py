"""Word that custodians leave in Vault for each other: Vault itself does not tell how one ended.

After a rotation its paths answer the same whether it was completed, cancelled or lost with its
leader; only the caller of the last proof hears it. No note holds a secret, and a note alone makes
no share count: it decides what this program tells people.
"""

from playbooks.core.trouble import Trouble
from playbooks.custodian.custodian import Custodian
from playbooks.custodian.reach import Answer, changes, reads
from playbooks.custodian.rotation import RotationApi
from playbooks.systems.vault.calls import Call

_ENDED = "rotation"


def say_complete(api: RotationApi, custodian: Custodian, nonce: str) -> None:
    _write(api, custodian, _ENDED, {"nonce": nonce, "complete": _now(custodian)})


def say_taken(api: RotationApi, custodian: Custodian, nonce: str) -> None:
    note = {"nonce": nonce, "has": "new share", "at": _now(custodian)}
    _write(api, custodian, custodian.settings.name, note)


def was_completed(api: RotationApi, custodian: Custodian, nonce: str, pauses: int) -> bool:
    """Wait a little for the note: it comes a moment after the rotation is gone."""
    for pause in range(pauses):
        answer = _ask(api, reads(_path(custodian, _ENDED)))
        if answer is None:
            return False
        data = answer.inner.get("data")
        if isinstance(data, dict) and data.get("nonce") == nonce:
            return True
        if pause + 1 < pauses:
            custodian.desk.pause()
    return False


def _write(api: RotationApi, custodian: Custodian, name: str, note: dict[str, str]) -> None:
    """A note that cannot be written is no fault of the ceremony."""
    _ask(api, changes("post", _path(custodian, name), {"data": note}))


def _ask(api: RotationApi, call: Call) -> Answer | None:
    """None: there is no login, or nothing answers."""
    try:
        return api.reach.ask_as(api.role, api.node, call) if api.role else None
    except Trouble:
        return None


def _path(custodian: Custodian, name: str) -> str:
    mount, _, rest = custodian.settings.notes.partition("/")
    return f"{mount}/data/{rest}/{name}"


def _now(custodian: Custodian) -> str:
    return f"{custodian.desk.now():%Y-%m-%dT%H:%M:%SZ}"
