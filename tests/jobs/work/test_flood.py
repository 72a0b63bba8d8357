"""However many presses one account or a stolen bot sends, everybody else's are answered."""

import json
from dataclasses import replace
from typing import Any

from jobs.people import Button, Who
from jobs.runs.events import Refused
from jobs.runs.hearing import to_hear
from jobs.runs.requests import Press
from jobs.runs.state import Ended
from playbooks.core.danger import Danger
from tests.jobs.bench import PEOPLE, Place, member, now
from tests.jobs.work.hands import RUN, begin, drive


def leave(id: str, digest: str, who: Who, proof: str = "") -> Press:
    return Press(id=id, run=RUN, button=Button.LEAVE, digest=digest, who=who, proof=proof, at=now())


def send(place: Place, presses: list[Press]) -> None:
    """Append them as a stolen bot does."""
    pipeline: Any = place.address("bot").connect_sync().pipeline()
    for press in presses:
        body = json.dumps(press.model_dump(mode="json"))
        pipeline.xadd(f"inbox:{RUN}", {"kind": "press", "body": body})
    pipeline.execute()


async def refused(place: Place) -> list[str]:
    events = (await place.history(RUN)).events
    return [event.press.account for event in events if isinstance(event, Refused)]


async def test_five_hundred_presses_of_one_account_deafen_no_run(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    digest = (await place.state(RUN)).planned.digest
    send(place, [leave(f"x{number}", digest, member("eve")) for number in range(500)])
    await drive(place, RUN)
    await place.press(RUN, Button.DENY, "bob")
    await drive(place, RUN)
    assert isinstance((await place.state(RUN)).stage, Ended)
    assert await refused(place) == ["U0EVE"] * 50


async def test_made_up_accounts_neither_push_persons_out_nor_lengthen_the_journal(
    place: Place,
) -> None:
    await begin(place, danger=Danger.DESTROYS)
    digest = (await place.state(RUN)).planned.digest
    first = await place.press(RUN, Button.APPROVE, "bob")
    send(place, [leave(f"x{number}", digest, member(f"m{number}")) for number in range(900)])
    logins = [Who(id=f"m{number}", standing="terminal") for number in range(900)]
    send(place, [leave(f"t{who.id}", digest, who, proof="x") for who in logins])
    await drive(place, RUN)
    await place.press(RUN, Button.CANCEL, "alice")
    await drive(place, RUN)
    state = await place.state(RUN)
    assert isinstance(state.stage, Ended)
    assert first.id in state.answered
    assert len(state.refusals) == 100  # Fifty each time.
    # Nor does it go on for ever: of what is signed, five hundred are answered in all.
    more = [leave(f"s{who.id}", digest, who, proof="x") for who in logins]
    told = replace(state, refusals=state.refusals * 5)
    assert to_hear([*more, first], replace(told, answered=frozenset()), PEOPLE) == (first,)
    assert len(to_hear(more, replace(told, refusals=told.refusals[:470]), PEOPLE)) == 30
