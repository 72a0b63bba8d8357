"""How this program reaches a cluster: node by node, over TLS, with a login where one is needed."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

from playbooks.core.trouble import Trouble
from playbooks.custodian.settings import CustodianSettings, login_mount_of
from playbooks.systems.vault.calls import Call, Calls
from playbooks.systems.vault.logins import Login
from playbooks.systems.vault.settings import LoginSettings, VaultSettings

_QUICK: Final = timedelta(seconds=2)
# Opening the barrier with the last share takes Vault a moment.
_SLOW: Final = timedelta(seconds=30)
_LOGIN_REFUSED: Final = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}


@dataclass(frozen=True)
class Answer:
    """What a node said. OpenBao wraps some answers in `data`, HashiCorp Vault does not."""

    status: int
    body: dict[str, object] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        return self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def inner(self) -> dict[str, object]:
        data = self.body.get("data")
        return data if isinstance(data, dict) else self.body

    @property
    def words(self) -> str:
        """Vault's own words, for deciding; they may quote a nonce, never a share."""
        errors = self.body.get("errors")
        return " ".join(map(str, errors)) if isinstance(errors, list) else ""


class Reach:
    """Blocks. The token lives here, in memory, and nowhere else."""

    def __init__(self, settings: CustodianSettings) -> None:
        self.cluster = settings.cluster
        self.nodes = tuple(settings.nodes)
        self._settings = settings
        self._calls = Calls(settings.cluster, _vault(settings, settings.name))
        self._tokens: dict[str, str] = {}

    @property
    def role(self) -> str:
        """This custodian's own: each has one, so that Vault's audit log tells them apart."""
        return self._settings.name

    @property
    def can_log_in(self) -> bool:
        return self._settings.login_key_file is not None

    def ask(self, node: str, call: Call) -> Answer:
        """Ask without a login. Raises Trouble where no answer comes."""
        return self._send(node, call)

    def ask_as(self, role: str, node: str, call: Call) -> Answer:
        """Ask with a login as that role; after a 403 once more with one that is new."""
        answer = self._send(node, replace(call, token=self._token(role, node)))
        if answer.status != HTTPStatus.FORBIDDEN:
            return answer
        self._tokens.pop(role, None)
        return self._send(node, replace(call, token=self._token(role, node)))

    def close(self) -> None:
        """Give the tokens back, where a node still answers, and end every connection."""
        for token in self._tokens.values():
            self._revoke(token)
        self._tokens.clear()
        self._calls.close()

    def _token(self, role: str, node: str) -> str:
        if role not in self._tokens:
            login = self._login(role, node)
            if not asyncio.run(login.works()):
                raise self._refused(role)
            self._tokens[role] = asyncio.run(login.token())
        return self._tokens[role]

    def _refused(self, role: str) -> Trouble:
        mount = _vault(self._settings, role).login.mount
        return Trouble(
            f"{self.cluster} does not let you log in as {role}",
            left="nothing was done under that name",
            do=f"tell whoever runs {self.cluster}: does the mount {mount} trust your login key, and"
            f" has it the role {role}?",
        )

    def _login(self, role: str, node: str) -> Login:
        if not self.can_log_in:
            raise Trouble(
                f"{self.cluster} asks for a login, and no login key is named here",
                left="your share was not given",
                do="put `login_key_file` into the file that --config names",
            )
        settings = _vault(self._settings, role).login

        async def send(call: Call) -> str | None:
            answer = self._send(node, call)
            if answer.status in _LOGIN_REFUSED:
                return None
            auth = answer.body.get("auth")
            return str(auth["client_token"]) if isinstance(auth, dict) else None

        return Login(self.cluster, settings, send)

    def _revoke(self, token: str) -> None:
        for node in self.nodes:
            try:
                call = Call("post", "auth/token/revoke-self", token=token, within=_QUICK)
                if self._send(node, call).ok:
                    return
            except Trouble:
                continue

    def _send(self, node: str, call: Call) -> Answer:
        answer = self._calls.ask(node, call)
        try:
            body = answer.json() if answer.content else {}
        except ValueError:
            body = {}
        return Answer(answer.status_code, body if isinstance(body, dict) else {})


def reads(path: str) -> Call:
    return Call("get", path, within=_QUICK)


def changes(method: str, path: str, body: dict[str, object] | None = None) -> Call:
    return Call(method, path, body=body, within=_SLOW)


def _vault(settings: CustodianSettings, role: str) -> VaultSettings:
    login = LoginSettings(
        mount=settings.login_mount or login_mount_of(settings.name),
        role=role,
        key_file=settings.login_key_file or Path("login.key"),
    )
    return VaultSettings(nodes=settings.nodes, ca_file=settings.ca_file, login=login, canaries=())
