"""Plans that are not what people approved, and requests that say more than they may."""

from datetime import timedelta
from typing import Final

from jobs.records.journal import History, Journal
from jobs.runs.events import Planned
from jobs.runs.planning import plan_run
from jobs.runs.state import Stopped
from jobs.work.orders import request_of
from playbooks.core.danger import Danger
from tests.attacks.room import Room
from tests.jobs.bench import PEOPLE, now
from tests.jobs.toys import TOY, ToyPlan
from tests.jobs.work.hands import RUN

_AHEAD: Final = timedelta(days=900)


async def test_a_plan_that_is_swapped_after_approval_is_not_carried_out(room: Room) -> None:
    """The looker's own key and Redis user write another plan in the place of the signed one."""
    planned = await room.plan()
    await room.approve("bob", "carol")
    (room.place.folder / "work" / "elsewhere").mkdir()
    other = ToyPlan.model_validate({**planned.plan, "run": "elsewhere"})
    await _write_as_looker(room, _planned(room, planned, other))
    before = await room.trace()
    await room.drive()
    assert [why.split(",")[0] for why in await room.refusals()] == [
        "this signature is not over the text of this plan as it stands"
    ] * 2
    assert await room.trace() == before


async def test_a_request_that_is_dated_ahead_is_not_good_for_longer(room: Room) -> None:
    """Signatures could be collected now, and used when everybody has forgotten them."""
    asked = await room.place.ask(RUN, danger=Danger.DESTROYS)
    later = {"id": "ask-later", "run": "run-later", "at": now() + _AHEAD}
    await room.place.put(asked.model_copy(update=later))
    await room.look("run-later")
    expires = (await room.planned("run-later")).expires_at
    assert expires <= now() + room.shop("look").rules.expires_after


async def test_a_plan_that_is_dated_ahead_is_not_carried_out(room: Room) -> None:
    """As above, by a looker that was taken over."""
    planned = await room.plan()
    later = planned.model_copy(update={"at": planned.at + _AHEAD})
    again = _planned(room, later, ToyPlan.model_validate(planned.plan))
    await _write_as_looker(room, again)
    await room.approve("bob", "carol")
    before = await room.trace()
    await room.drive()
    stage = (await room.state()).stage
    assert isinstance(stage, Stopped)
    assert "it would count for longer than plans do" in stage.happened
    assert (await room.trace()).besides_journal == before.besides_journal


def _planned(room: Room, like: Planned, plan: ToyPlan) -> Planned:
    """Write what a looker would, were that the plan."""
    return plan_run(TOY, plan, request_of(like), PEOPLE, room.shop("look").rules)


async def _write_as_looker(room: Room, planned: Planned) -> None:
    """Begin the journal anew, which its Redis user may, with an event that its key signs."""
    connection = room.place.address("looker").connect()
    try:
        for key in (f"journal:{RUN}", f"run:{RUN}"):
            await connection.delete(key)
        journal = Journal(connection, room.place.ring, room.place.key("looker"))
        history = History(RUN)
        await journal.append(history, journal.seal(history, planned, 0), 0)
    finally:
        await connection.close()
