"""Alice asks, Bob and Carol decide: each does what they see, and does it again if it got lost."""

import asyncio
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from jobs.runs.proofs import ProofKind
from jobs.runs.state import AwaitsApproval, Run, Running, Stopped
from jobs.runs.statement import statement
from tests.bot.people import Json, Slack
from tests.chaos.storm.book import WORD, knock, mend
from tests.chaos.storm.house import House
from tests.chaos.storm.processes import CHANNELS, LONG
from tests.jobs.bench import PEOPLE

_AGAIN_AFTER: Final = 2.5  # Seconds after which somebody presses once more.
_MIX: Final = (
    ("long", "reads"),
    ("waits", "disrupts"),
    ("fails", "destroys"),
    ("succeeds", "destroys"),
    ("breaks", "disrupts"),
    ("succeeds", "disrupts"),
    ("fails", "reads"),
    ("waits", "destroys"),
    ("succeeds", "disrupts"),
    ("fails", "disrupts"),
)


@dataclass
class Crowd:
    """`asked` are the runs of commands that were heard, by the name that was typed."""

    house: House
    slack: Slack
    chance: random.Random
    asked: dict[str, str] = field(default_factory=dict)
    typed: Counter[str] = field(default_factory=Counter)
    given: set[tuple[str, str]] = field(default_factory=set)  # Runs, and who approved them.
    busy: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    pressed_at: dict[tuple[str, ...], float] = field(default_factory=dict)

    async def type_command(self) -> bool:
        """Ask for one more run; False where nobody said that it was heard."""
        name = f"s-{self.typed.total() + 1}"
        place = len(self.asked)
        meets, danger = _MIX[place % len(_MIX)]
        channel = CHANNELS[place % len(CHANNELS)] if place else LONG
        words = f"{WORD} {name} {meets} {danger} reason it blows"
        answer = await self.slack.say(words, channel=channel)
        said = str(answer.get("ephemeral", {}).get("text", ""))
        heard = bool(answer["ok"]) and said.startswith("Asked for")
        self.typed["acknowledged" if heard else "not acknowledged"] += 1
        if heard:
            self.asked[name] = said.split("`")[1]
        return heard

    async def act(self) -> None:
        """Look at every card once, and press what it offers."""
        cards = await cards_in(self.slack)
        await asyncio.gather(*(self._look_at(card, run) for run, card in cards))

    async def _look_at(self, card: Json, run: str) -> None:
        offered = buttons(card)
        if not offered & {"press:approve", "press:try_again", "press:cancel"}:
            return
        state = (await self.house.place.history(run)).state
        if not isinstance(state, Run):
            return
        # Nobody told her that it was heard, and here is its card.
        self.asked.setdefault(name_of(state), run)
        match state.stage:
            case AwaitsApproval() if "press:approve" in offered:
                await self._approve(card, state)
            case Stopped() if "press:try_again" in offered:
                mend(self.house.effects, name_of(state))
                await self._press(card, "press:try_again", "bob")
            case Running() if any(step.status == "waits" for step in state.steps):
                knock(self.house.effects, name_of(state))
            case _:
                return

    async def _approve(self, card: Json, run: Run) -> None:
        given = {approval.press.by for approval in run.approvals}
        for name in PEOPLE.approvers[: run.planned.needs]:
            if name in given or not self._wants((run.id, "approve", name)):
                continue
            async with self.busy[name]:  # Nobody reads two dialogs at once.
                await self._sign(card, run, name)

    async def _sign(self, card: Json, run: Run, name: str) -> None:
        opened = await self._post(card, "press:approve", name)
        if opened.get("view_id"):
            values: Json = {}
            if run.planned.proof is ProofKind.SIGNATURE:
                text = statement(run.planned).text()
                signed = await asyncio.to_thread(self.house.keys[name].sign, text)
                typed = {"type": "plain_text_input", "value": signed}
                values = {"proof": {"proof": typed}}
            sent = await self.slack.submit(opened["view_id"], f"U0{name.upper()}", **values)
            if sent["ok"] and not sent.get("view_id"):
                self.given.add((run.id, name))

    async def ask_again(self, run: str) -> str:
        """Press Ask again on the card of a run that was left behind; the new run, or nothing."""
        for about, card in await cards_in(self.slack):
            if about == run and "press:ask_again" in buttons(card):
                answer = await self._post(card, "press:ask_again", "alice")
                said = str(answer.get("ephemeral", {}).get("text", ""))
                return said.split("`")[1] if said.startswith("Asked for") else ""
        return ""

    async def _press(self, card: Json, action: str, name: str) -> None:
        if self._wants((card["ts"], action, name)):
            await self._post(card, action, name)

    def _wants(self, deed: tuple[str, ...]) -> bool:
        """Nobody presses twice before the first press had time to be seen."""
        last = self.pressed_at.get(deed)
        if last is not None and monotonic() - last < _AGAIN_AFTER:
            return False
        self.pressed_at[deed] = monotonic()
        return True

    async def _post(self, card: Json, action: str, name: str) -> Json:
        body: Json = {"channel": card["channel"], "messageTs": card["ts"]}
        element = next(each for each in _elements(card) if each["action_id"] == action)
        return await self.slack.post("interact", **body, user=f"U0{name.upper()}", action=element)


async def cards_in(slack: Slack) -> list[tuple[str, Json]]:
    """Find every card, with the name of its run."""
    found = []
    for channel in (*CHANNELS, LONG):
        for message in await slack.said(channel):
            about = message.get("metadata", {}).get("event_payload", {})
            if str(about.get("key", "")).startswith("card-"):
                found.append((str(about["run"]), message | {"channel": channel}))
    return found


def name_of(run: Run) -> str:
    return str(run.planned.ask["name"])


def buttons(card: Json) -> set[str]:
    return {each["action_id"] for each in _elements(card)}


def _elements(card: Json) -> list[Json]:
    return [
        {"action_id": element["action_id"], "value": element.get("value", "")}
        | {"block_id": block["block_id"]}
        for block in card["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]
