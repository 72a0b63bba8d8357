"""Whoever took over the bot: its Redis user, its doorbell's key, its Slack token, and own code."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis
from rq.queue import Queue
from slack_sdk.web.async_client import AsyncWebClient

from jobs.people import Button
from jobs.work.rings import SignedJson
from tests.attacks.room import Room
from tests.jobs.bench import now
from tests.jobs.work.hands import RUN


@dataclass(frozen=True)
class Thief:
    """None of the bot's code is between this and Redis, so nothing of it is checked."""

    url: str
    bell_secret: bytes

    @property
    def client(self) -> Any:
        return redis.Redis.from_url(self.url, decode_responses=True)

    def asks(self, run: str, ask: Mapping[str, object], **who: str) -> None:
        """Append a request in anyone's name."""
        asked = {
            "kind": "asked",
            "id": f"stolen-{secrets.token_hex(4)}",
            "run": run,
            "word": "toy",
            "ask": ask,
            "who": {"id": "U0ALICE", "standing": "member", **who},
            "channel": "C0INCIDENT",
            "at": now().isoformat(),
        }
        self._appends(run, asked)
        self.client.xadd("asked", {"run": run})

    async def presses(self, room: Room, run: str = RUN, proof: str = "", **changed: Any) -> None:
        """Append a press in anyone's name, over whatever plan there is."""
        press = {
            "kind": "press",
            "id": f"stolen-{secrets.token_hex(4)}",
            "run": run,
            "button": Button.APPROVE,
            "digest": (await room.planned(run)).digest,
            "who": {"id": "U0BOB", "standing": "member"},
            "reason": "because",
            "proof": proof,
            "at": now().isoformat(),
        }
        self._appends(run, press | changed)

    def rings(self, name: str, run: str = RUN) -> None:
        """Ring, signed as the bot signs its rings; the queue is the bot's to write."""
        signed = SignedJson(self.bell_secret)
        client = redis.Redis.from_url(self.url)
        Queue("act", connection=client, serializer=signed).enqueue_call(name, args=(run,))

    async def posts(self, api_url: str, token: str, text: str, blocks: list[Any]) -> str:
        """Post as the bot; the timestamp of the message."""
        client = AsyncWebClient(token=token, base_url=api_url)
        answer = await client.chat_postMessage(channel="C0INCIDENT", text=text, blocks=blocks)
        return str(answer["ts"])

    def _appends(self, run: str, body: dict[str, Any]) -> None:
        fields: Any = {"kind": body["kind"], "body": json.dumps(body)}
        self.client.xadd(f"inbox:{run}", fields)
