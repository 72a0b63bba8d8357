"""The buttons of a run at a terminal: a signature says who presses, where a login is not enough."""

from datetime import timedelta
from typing import Final

from bot.desk import Pressed
from bot.envelope import request_id
from bot.given import Given, Opened
from bot.terminal.console import Console
from bot.terminal.follow import Following, answer_to, follow
from bot.terminal.signed import proofs
from bot.terminal.words import PressRun, word_of
from jobs.people import Button, Who, why_not
from jobs.records.journal import History
from jobs.records.standing import check_goes_on
from jobs.runs.approving import approved_by
from jobs.runs.state import AwaitsApproval, Run
from jobs.runs.statement import to_be_signed
from playbooks.core.trouble import Trouble

RINGS: Final = timedelta(seconds=1)  # How long a ring may take that is on its way.
_NEVER_BY_LOGIN: Final = frozenset({Button.APPROVE, Button.BREAK_GLASS})


async def press(order: PressRun, given: Given, records: Opened, console: Console) -> int:
    """Press a button as whoever sits here proves to be; the exit code is 1 if it did not count."""
    history = await records.journal.read(order.run)
    run = _run_of(history)
    check_goes_on(history)
    told = len(history.events)
    if _login_is_enough(order.button, run, given, console):
        put = [await _put(_pressed(order, run, console, seed=console.seed, proof=""), records)]
    else:
        put = await _put_signed(order, run, given, records, console)
    following = Following(run=run.id, told=told, presses=frozenset(put), until=console.until)
    return await follow(following, given, records, console)


async def known_run(name: str, records: Opened) -> Run:
    """Read a run that can be pressed. Raises Trouble."""
    return _run_of(await records.journal.read(name))


def _run_of(history: History) -> Run:
    if not isinstance(history.state, Run):
        raise Trouble(f"There is no run {history.run}", left="nothing was changed", do="see `runs`")
    return history.state


def _login_is_enough(button: Button, run: Run, given: Given, console: Console) -> bool:
    """Only a hint that spares people a signature in vain: the worker decides."""
    if button in _NEVER_BY_LOGIN or console.signatures or console.sign is not None:
        return False
    who = Who(id=console.login, standing="terminal")
    if button is Button.WITHDRAW:
        return given.people.person(who) in approved_by(run)
    return why_not(given.people, who, run.matter, button) is None


async def _put_signed(
    order: PressRun, run: Run, given: Given, records: Opened, console: Console
) -> list[str]:
    """Show what is to be signed, and put a press for each signature. Raises Trouble without any."""
    text = to_be_signed(run, order.button, order.reason).text()
    print(f"{text}\nWhat is signed is all of the text above, with `vault-responder sign`.\n")
    put: list[str] = []
    async for proof in proofs(text, console):
        pressed = _pressed(order, run, console, seed=f"{console.seed}\n{len(put)}", proof=proof)
        put.append(await _put(pressed, records))
        if console.asks and not await _wants_another(put[-1], run, given, records):
            break
    if not put:
        raise Trouble(
            f"No signature was given, so {order.button.value} was not pressed",
            left=f"run {run.id} is as it was",
            do=f"say `{word_of(order.button)} {run.id}` again once somebody has signed it",
        )
    return put


async def _wants_another(press: str, run: Run, given: Given, records: Opened) -> bool:
    """Say how a press was answered, and if the plan waits for one more."""
    await answer_to(press, run.id, given, records)
    stands = await known_run(run.id, records)
    return isinstance(stands.stage, AwaitsApproval)


def _pressed(order: PressRun, run: Run, console: Console, *, seed: str, proof: str) -> Pressed:
    return Pressed(
        seed=seed,
        run=run.id,
        button=order.button,
        digest=run.planned.digest,
        who=Who(id=console.login, standing="terminal"),
        reason=order.reason,
        proof=proof,
        confirms=order.confirms,
    )


async def _put(pressed: Pressed, records: Opened) -> str:
    """Put it into the inbox, and answer its id there."""
    await records.desk.press(pressed)
    await records.desk.drain(RINGS)
    return request_id(pressed.seed)
