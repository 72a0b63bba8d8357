"""Gusts: how Slack fails for a few seconds, and what is killed meanwhile."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from time import time
from typing import Final

from tests.bot.people import Json, Slack
from tests.chaos.storm.house import BOTS, House

_GUST: Final = (2.0, 3.5)  # Seconds.
_CALLS: Final = ("rate_limit", "http_500", "reset", "silence", "lost_answer")
_RETRY_AFTER: Final = 2  # Seconds, as Slack says them.
_HARD: Final = 0.9  # The chance that a call of a hard gust fails; a soft one is half of that.
_KILLS: Final = {
    ("bot", False): 3,
    ("act", False): 2,
    ("act", True): 3,
    ("look", False): 1,
    ("scheduler", False): 1,
}
_UP: Final = 5.0  # Seconds after which a bot that was started listens.
_AWAY: Final = (0.1, 1.2)  # Seconds that Valkey is away.


@dataclass
class Weather:
    """Chance comes from a seed, so that a storm can be repeated."""

    house: House
    slack: Slack
    chance: random.Random
    faults: Counter[str] = field(default_factory=Counter)

    async def storm(self, seconds: float, *, with_valkey: bool) -> None:
        """Let it blow for so long; Slack fails throughout, and something is killed now and then."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        kills = asyncio.create_task(self._kill(until, with_valkey=with_valkey))
        while (left := until - loop.time()) > 0:
            await self._gust()
            await asyncio.sleep(min(left, self.chance.uniform(*_GUST)))
        await kills

    async def calm(self) -> float:
        """End it; the moment from which Slack takes posts again, in seconds since 1970.

        Whoever was told to wait has to: Slack takes nothing from them before.
        """
        await self.slack.post("faults", clear=True)
        cleared = time()
        log: list[Json] = (await self.slack.get("log", since=str(cleared - 60)))["log"]
        said = [each for each in log if each["outcome"] == "rate_limit"]
        return max([cleared, *(float(each["at"]) + _RETRY_AFTER for each in said)])

    async def _gust(self) -> None:
        hard = self.chance.random() < 0.6
        left = _HARD if hard else _HARD / 2
        faults: Json = {}
        kinds = self.chance.sample(_CALLS, 3)
        for kind in kinds:
            share = left / len(kinds)
            faults[kind] = {"method": "*", "chance": share}
        if "rate_limit" in faults:
            faults["rate_limit"]["retry_after"] = _RETRY_AFTER
        if "silence" in faults:
            faults["silence"]["takes_effect"] = self.chance.random() < 0.5
        if self.chance.random() < 0.3:
            faults["envelope_lost"] = {"chance": 0.3}
        if self.chance.random() < 0.3:
            faults["drop_socket"] = True
        await self.slack.post("faults", clear=True, **faults)
        self.faults.update(kinds)

    async def _kill(self, until: float, *, with_valkey: bool) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() < until:
            await asyncio.sleep(self.chance.uniform(0.5, 2.0))
            if with_valkey and self.chance.random() < 0.4:
                with_valkey = False
                self.faults["kill valkey"] += 1
                await self.house.kill_valkey(self.chance.uniform(*_AWAY))
                continue
            (part, horse), *_ = self.chance.choices(list(_KILLS), list(_KILLS.values()))
            name = self.chance.choice(BOTS) if part == "bot" else part
            # There are two bots so that one is left.
            if part == "bot" and not self.house.all_are_up(BOTS, _UP):
                continue
            if self.house.kill(name, horse=horse, at=self.chance.randrange(2)):
                self.faults[f"kill {part}{' horse' if horse else ''}"] += 1
