"""What no other listener knows: buttons of an older version, and faults of our own."""

import logging
import re
import secrets
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.blocks.thread import direct
from bot.listeners.buttons import too_old
from bot.listeners.lobby import to_one, told

_LOG: Final = logging.getLogger(__name__)
_ANY: Final = re.compile(r".*", re.DOTALL)


def register(app: AsyncApp) -> None:
    """Must come last: Bolt takes the first listener that fits."""

    @app.action(_ANY)
    async def on_unknown_button(ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any]) -> None:
        await ack()
        # A button that is a link, or a part of a dialog, needs no more than the acknowledgement.
        action = body["actions"][0] if body.get("actions") else {}
        if body.get("response_url") and not action.get("url"):
            await respond(**to_one(told(too_old())), replace_original=False)

    @app.view(_ANY)
    async def on_unknown_dialog(ack: AsyncAck) -> None:
        await ack()

    @app.error
    async def on_fault(error: Exception, body: dict[str, Any], respond: AsyncRespond) -> None:
        # The body holds credentials (trigger_id, response_url), so it is never logged.
        id = secrets.token_hex(4)
        _LOG.error("a listener failed", extra={"error_id": id}, exc_info=error)
        if body.get("response_url"):
            says = f"The bot met a fault of its own (error {id}). Look at `/vault runs` before you"
            await respond(**to_one(direct(f"{says} say it again")), replace_original=False)
