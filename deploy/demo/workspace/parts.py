"""The pieces that all handlers share: one workspace and what surrounds it."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.faults import Faults
from deploy.demo.workspace.hooks import Hooks
from deploy.demo.workspace.log import Log
from deploy.demo.workspace.rates import Rates
from deploy.demo.workspace.records import Message
from deploy.demo.workspace.shown import message as shown_message
from deploy.demo.workspace.sockets import Sockets
from deploy.demo.workspace.state import Workspace
from deploy.demo.workspace.triggers import Triggers
from deploy.demo.workspace.wire import Json


@dataclass(frozen=True, kw_only=True)
class Parts:
    workspace: Workspace
    tokens: Tokens
    faults: Faults
    log: Log
    rates: Rates
    triggers: Triggers
    hooks: Hooks
    sockets: Sockets
    world_url: str | None  # None when no world is attached
    base_url: str

    @property
    def scopes(self) -> frozenset[str]:
        """What the app's token may do."""
        return self.tokens.scopes - self.faults.on.missing_scopes

    def now(self) -> datetime:
        return self.workspace.now()

    def shown(self, message: Message, *, metadata: bool = True) -> Json:
        return shown_message(self.workspace, message, self.base_url, metadata=metadata)


PARTS: web.AppKey[Parts] = web.AppKey("parts", Parts)
