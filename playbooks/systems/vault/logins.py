"""The login by JWT: a token in memory for as long as this process carries the run."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final

import jwt

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.systems.key_files import read_private
from playbooks.systems.vault.calls import Call
from playbooks.systems.vault.settings import LoginSettings

_LIVES: Final = timedelta(seconds=60)
_CLOCKS_DIFFER: Final = timedelta(seconds=5)


class Login:
    """One cluster's login. `send` logs in at the active node; None means that it was refused."""

    def __init__(
        self, cluster: Name, settings: LoginSettings, send: Callable[[Call], Awaitable[str | None]]
    ) -> None:
        self.role = settings.role
        self._cluster = cluster
        self._settings = settings
        self._send = send
        self._token: str | None = None  # None: not logged in.
        self._turn = asyncio.Lock()

    async def token(self) -> str:
        """Give the token, after a login if there is none. Raises Trouble where that is refused."""
        return self._token or await self.afresh(stale=None)

    async def afresh(self, stale: str | None) -> str:
        """Log in anew, unless somebody else has replaced the stale token meanwhile."""
        async with self._turn:
            if self._token is not None and self._token != stale:
                return self._token
            self._token = await self._send(self._request())
        if self._token is None:
            raise Trouble(
                f"{self._cluster} does not let the role {self.role} log in",
                left="this call changed nothing",
                do=f"check the mount {self._settings.mount} and its role {self.role} in Vault",
            )
        return self._token

    async def works(self) -> bool:
        """Try a login now; a token of before is to be given up first."""
        async with self._turn:
            self._token = await self._send(self._request())
        return self._token is not None

    def drop(self) -> str | None:
        """Forget the token, and say which one it was."""
        token, self._token = self._token, None
        return token

    def _request(self) -> Call:
        now = datetime.now(UTC)
        claims = {
            "sub": self.role,
            "aud": self._settings.audience,
            "iat": now,
            "nbf": now - _CLOCKS_DIFFER,
            "exp": now + _LIVES,
            "jti": token_hex(16),
        }
        return Call(
            "post",
            f"auth/{self._settings.mount}/login",
            body={"role": self.role, "jwt": self._sign(claims)},
        )

    def _sign(self, claims: dict[str, object]) -> str:
        try:
            return jwt.encode(claims, read_private(self._settings.key_file), algorithm="EdDSA")
        except (jwt.PyJWTError, ValueError, TypeError):
            fault = Trouble(
                f"The file {self._settings.key_file} holds no Ed25519 key",
                left="this call changed nothing",
                do="make the login key anew and tell Vault its public half",
            )
        raise fault  # Outside the handler: the library's error may quote the key.
