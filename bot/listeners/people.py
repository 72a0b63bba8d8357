"""What Slack tells of people: deactivated, made a guest, or anything else about an account."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.departures import Departures
from bot.envelope import changed


def register(app: AsyncApp, departures: Departures) -> None:
    # Bolt acknowledges an event before this is called; what gets lost is looked for later.
    @app.event("user_change")
    async def on_change(body: dict[str, Any]) -> None:
        await departures.hear(changed(body))
