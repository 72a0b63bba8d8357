"""What people do in the workspace, and what they see there."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp

T = TypeVar("T")
Json = dict[str, Any]
INCIDENT = "C0INCIDENT"


async def eventually(look: Callable[[], Awaitable[T | None]], within: float = 15.0) -> T:
    """Wait until something is there."""
    give_up = time.monotonic() + within
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < give_up, "it never came"
        await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Slack:
    """The workspace's control API."""

    url: str
    session: aiohttp.ClientSession

    async def post(self, word: str, **body: object) -> Json:
        async with self.session.post(f"{self.url}/_control/{word}", json=body) as answer:
            read: Json = await answer.json()
            return read

    async def get(self, path: str, **query: str) -> Json:
        async with self.session.get(f"{self.url}/_control/{path}", params=query) as answer:
            read: Json = await answer.json()
            return read

    async def say(self, text: str, user: str = "U0ALICE", channel: str = INCIDENT) -> Json:
        return await self.post("command", channel=channel, user=user, command="/vault", text=text)

    async def ask(self, text: str, user: str = "U0ALICE", channel: str = INCIDENT) -> str:
        """Ask for a run and read its name from the answer."""
        answer = await self.say(text, user, channel)
        assert answer["ok"], answer
        words: str = answer["ephemeral"]["text"]
        return words.split("`")[1]

    async def messages(self, channel: str = INCIDENT, **query: str) -> list[Json]:
        found: list[Json] = (await self.get(f"messages/{channel}", **query)).get("messages", [])
        return found

    async def connections(self) -> int:
        return int((await self.get("state"))["connections"])

    async def views(self, user: str) -> list[Json]:
        views: list[Json] = (await self.get("state"))["views"]
        return [view for view in views if view["user"] == user]

    async def calls(self, method: str) -> list[Json]:
        log: list[Json] = (await self.get("log"))["log"]
        return [call for call in log if call["method"] == method]

    async def envelopes(self) -> list[Json]:
        found: list[Json] = (await self.get("log"))["envelopes"]
        return found

    async def said(self, channel: str = INCIDENT) -> list[Json]:
        """What the bot said to everyone."""
        found = await self.messages(channel)
        return [each for each in found if each.get("bot_id") and not each.get("is_ephemeral")]

    async def cards(self, run: str) -> list[Json]:
        """Every live message of a run, the present one last."""
        return [each for each in await self.said() if about(each, run).startswith("card")]

    async def card(self, run: str, *holding: str) -> Json:
        """Wait for the card of a run, and for words on it."""

        async def look() -> Json | None:
            for each in reversed(await self.cards(run)):
                if all(words in str(each["blocks"]) + each["text"] for words in holding):
                    return each
            return None

        return await eventually(look)

    async def thread(self, card: Json) -> list[Json]:
        said = await self.messages(thread_ts=card["ts"])
        return [each for each in said if each["ts"] != card["ts"]]

    async def thread_line(self, card: Json, words: str) -> Json:
        async def look() -> Json | None:
            lines = await self.thread(card)
            return next((line for line in lines if words in line["text"]), None)

        return await eventually(look)

    async def whispers(self, user: str, channel: str = INCIDENT) -> list[str]:
        """What only this person sees in a channel."""
        seen = await self.messages(channel, user=user)
        return [each["text"] for each in seen if each.get("is_ephemeral")]

    async def press(self, card: Json, action: str, user: str, **forged: str) -> Json:
        element: Json = {"action_id": action, **forged}
        return await self.post(
            "interact", channel=INCIDENT, messageTs=card["ts"], user=user, action=element
        )

    async def approve(self, card: Json, user: str) -> Json:
        """Open the dialog and send it off, as a person does."""
        opened = await self.press(card, "press:approve", user)
        assert opened.get("view_id"), opened
        return await self.submit(opened["view_id"], user)

    async def submit(self, view: str, user: str, **values: Json) -> Json:
        return await self.post("submit", user=user, view_id=view, values=values)


def about(message: Json, run: str) -> str:
    """The key that the bot put on a message of a run; nothing if it is about another one."""
    payload = message.get("metadata", {}).get("event_payload", {})
    return str(payload.get("key", "")) if payload.get("run") == run else ""


def text(value: str) -> Json:
    return {"type": "plain_text_input", "value": value}


def field(name: str, value: str) -> Json:
    """A field whose block and element share one name."""
    return {name: {name: text(value)}}
