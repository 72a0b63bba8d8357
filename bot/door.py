"""Who stands at the door, by Slack's own fresh word. It reports; workers decide who may."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Generic, TypeVar

from bot.envelope import Body, Sender
from bot.web import SlackLimitedError, SlackRefusedError, SlackUnsureError, Web
from jobs.people import Standing, Who

T = TypeVar("T")

# Someone who left a minute ago may still press; the worker asks nobody, so this is the bound.
_FRESH: Final = timedelta(seconds=60)
# An acknowledgement must come within 3 s, so Slack gets half of that to answer.
_PATIENCE: Final = timedelta(seconds=1.5)
_KEPT: Final = 5_000


@dataclass(frozen=True)
class Home:
    """Our own workspace and app, as `auth.test` and `bots.info` told them at start."""

    team: str
    app: str
    bot: str
    enterprise: str = ""  # Nothing: the workspace belongs to no organisation.


class Door:
    """Fails closed: no answer is "unknown", and an unknown channel is no place to ask."""

    def __init__(self, web: Web, home: Home) -> None:
        self.home = home
        self._web = web
        self._people: _Remembered[Standing] = _Remembered(self._standing)
        self._channels: _Remembered[str] = _Remembered(self._why_not)

    async def who(self, sender: Sender) -> Who:
        """Say what Slack says of a sender now, at most a minute old."""
        if not self.is_ours(sender):
            return Who(id=sender.user, standing="other workspace")
        return Who(id=sender.user, standing=await self.standing(sender.user))

    def is_ours(self, sender: Sender) -> bool:
        """Say if this came through our own app, from our own workspace."""
        home = self.home
        in_ours = sender.team == home.team and sender.app == home.app
        return in_ours and sender.enterprise in {"", home.enterprise}

    def forget(self, user: str) -> None:
        """Ask Slack anew about a person, of whom it says that something changed."""
        self._people.forget(user)

    async def standing(self, user: str) -> Standing:
        """Say what Slack says of an account now; "unknown" where it does not say."""
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                return await self._people.get(user)
        except (TimeoutError, SlackLimitedError, SlackRefusedError, SlackUnsureError):
            return "unknown"

    async def why_not_here(self, channel: str) -> str:
        """Say in a clause why nothing is done in this channel; nothing if it is a fit place."""
        # Slack tells a bot nothing of a conversation between others, nor is that needed.
        if channel.startswith("D"):
            return "a recovery is begun where others see it"
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                return await self._channels.get(channel)
        except (TimeoutError, SlackLimitedError, SlackUnsureError):
            return "Slack did not say what kind of channel this is"
        except SlackRefusedError:
            return "this bot cannot see what kind of channel this is"

    async def _standing(self, user: str) -> Standing:
        answer = await self._web.call("users.info", user=user)
        found = answer.get("user")
        return standing_of(found if isinstance(found, dict) else {}, user, self.home)

    async def _why_not(self, channel: str) -> str:
        answer = await self._web.call("conversations.info", channel=channel)
        found = answer.get("channel")
        if not isinstance(found, dict) or found.get("id") != channel:
            return "Slack did not say what kind of channel this is"
        if found.get("is_ext_shared") or found.get("is_pending_ext_shared"):
            return "this channel is shared with another organisation"
        if found.get("is_mpim"):
            return "a recovery is begun where others see it"
        if found.get("is_archived"):
            return "this channel is archived"
        return ""


def standing_of(user: Body, id: str, home: Home) -> Standing:
    """Read `users.info`; whatever is not plainly a member of this workspace is none."""
    if user.get("id") != id:
        return "unknown"
    if user.get("deleted"):
        return "deleted"
    if any(user.get(flag) for flag in ("is_bot", "is_workflow_bot", "is_connector_bot")):
        return "bot"
    if user.get("is_stranger"):
        return "stranger"
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "guest"
    if user.get("is_invited_user"):
        return "unknown"
    # In an organisation Slack may name it instead of the workspace.
    if user.get("team_id") not in {home.team, home.enterprise or home.team}:
        return "other workspace"
    return "member"


class _Remembered(Generic[T]):
    """Answers for a minute; whoever asks meanwhile waits for the same call."""

    def __init__(self, ask: Callable[[str], Awaitable[T]]) -> None:
        self._ask = ask
        self._answers: dict[str, tuple[float, asyncio.Task[T]]] = {}

    async def get(self, key: str) -> T:
        now = asyncio.get_running_loop().time()
        asked_at, task = self._answers.get(key, (0.0, None))
        if task is None or now - asked_at > _FRESH.total_seconds() or _failed(task):
            if len(self._answers) > _KEPT:
                self._answers.clear()
            task = asyncio.create_task(self._call(key))
            task.add_done_callback(_failed)  # Nobody may be left who asks what became of it.
            self._answers[key] = (now, task)
        # Shielded: one who gives up must not take the answer away from the others.
        return await asyncio.shield(task)

    def forget(self, key: str) -> None:
        self._answers.pop(key, None)

    async def _call(self, key: str) -> T:
        return await self._ask(key)


def _failed(task: asyncio.Task[T]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
