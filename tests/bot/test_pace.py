"""The budget: urgent things first, each message once, always as it is when it is drawn."""

import asyncio
from datetime import timedelta

import pytest

from bot.edits import A_MINUTE, Edits, Urgency
from bot.pace import Turnstile
from bot.web import SlackLimitedError, SlackUnsureError
from tests.bot.people import eventually


async def test_urgent_callers_overtake_the_others() -> None:
    turnstile = Turnstile(1, timedelta(milliseconds=30))
    passed: list[str] = []

    async def caller(name: str, *, urgent: bool) -> None:
        await turnstile.enter(urgent=urgent)
        passed.append(name)

    await turnstile.enter(urgent=False)
    names = [("a", False), ("b", False), ("now", True)]
    await asyncio.gather(*(caller(name, urgent=urgent) for name, urgent in names))
    assert passed == ["now", "a", "b"]


async def test_a_caller_that_gave_up_uses_no_turn() -> None:
    turnstile = Turnstile(1, timedelta(milliseconds=200))
    await turnstile.enter(urgent=False)
    quitter = asyncio.create_task(turnstile.enter(urgent=True))
    await asyncio.sleep(0)
    quitter.cancel()
    async with asyncio.timeout(0.35):
        await turnstile.enter(urgent=False)


class Drawn:
    """What a test's queue has drawn."""

    def __init__(self) -> None:
        self.edits = Edits()
        self.keys: list[str] = []
        self.troubles: list[Exception] = []

    def want(self, key: str, urgency: Urgency = Urgency.PROGRESS) -> None:
        async def draw() -> bool:
            if self.troubles:
                raise self.troubles.pop(0)
            self.keys.append(key)
            return True

        self.edits.want(key, draw, urgency)


@pytest.fixture
def drawn() -> Drawn:
    return Drawn()


async def test_urgent_messages_are_drawn_first_and_each_once(drawn: Drawn) -> None:
    for key in ("a", "b", "a", "a"):
        drawn.want(key)
    drawn.want("failed", Urgency.WAITS)
    running = asyncio.create_task(drawn.edits.run())
    await eventually(lambda: _length(drawn, 3))
    running.cancel()
    assert drawn.keys == ["failed", "a", "b"]


async def test_a_message_that_became_urgent_stays_so(drawn: Drawn) -> None:
    drawn.want("a")
    drawn.want("b", Urgency.WAITS)
    drawn.want("b")
    running = asyncio.create_task(drawn.edits.run())
    await eventually(lambda: _length(drawn, 2))
    running.cancel()
    assert drawn.keys == ["b", "a"]


async def test_the_budget_of_an_earlier_process_counts(drawn: Drawn) -> None:
    drawn.edits.remember([1.0] * A_MINUTE)
    drawn.want("a", Urgency.WAITS)
    running = asyncio.create_task(drawn.edits.run())
    await asyncio.sleep(0.3)
    running.cancel()
    assert drawn.keys == []


async def test_progress_leaves_room_for_what_people_are_waited_for(drawn: Drawn) -> None:
    for number in range(A_MINUTE):
        drawn.want(f"step {number}")
    running = asyncio.create_task(drawn.edits.run())
    await eventually(lambda: _more(drawn, 20))
    await asyncio.sleep(0.2)
    made = len(drawn.keys)
    assert made < A_MINUTE
    for number in range(A_MINUTE - made):
        drawn.want(f"failed {number}", Urgency.WAITS)
    await eventually(lambda: _length(drawn, A_MINUTE))
    running.cancel()
    assert all(key.startswith("failed") for key in drawn.keys[made:])


async def test_after_a_limit_only_what_people_are_waited_for_is_drawn(drawn: Drawn) -> None:
    drawn.troubles = [SlackLimitedError("chat.update", timedelta(seconds=0.1))]
    drawn.want("a", Urgency.NEWS)
    running = asyncio.create_task(drawn.edits.run())
    await eventually(lambda: _no_more(drawn))
    drawn.want("failed", Urgency.WAITS)
    await eventually(lambda: _length(drawn, 1))
    await asyncio.sleep(0.2)
    running.cancel()
    assert drawn.keys == ["failed"]


async def test_limits_and_lost_answers_are_tried_again(drawn: Drawn) -> None:
    drawn.troubles = [SlackLimitedError("chat.update", timedelta(seconds=0.1)), SlackUnsureError()]
    drawn.want("a", Urgency.WAITS)
    running = asyncio.create_task(drawn.edits.run())
    await eventually(lambda: _length(drawn, 1))
    running.cancel()


async def test_a_card_that_cannot_be_drawn_does_not_stop_the_others(drawn: Drawn) -> None:
    drawn.troubles = [KeyError("a bug")]
    drawn.want("a", Urgency.WAITS)
    drawn.want("b")
    running = asyncio.create_task(drawn.edits.run())
    await eventually(lambda: _length(drawn, 1))
    running.cancel()
    assert drawn.keys == ["b"]


async def _no_more(drawn: Drawn) -> bool | None:
    return not drawn.troubles or None


async def _more(drawn: Drawn, than: int) -> bool | None:
    return len(drawn.keys) > than or None


async def _length(drawn: Drawn, wanted: int) -> bool | None:
    return len(drawn.keys) == wanted or None
