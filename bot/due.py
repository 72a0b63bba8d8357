"""What must be shown of a run besides its card, in order, each thing once. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from bot.blocks.message import Message
from bot.blocks.thread import direct, line, mention_approvers, not_planned
from bot.lines import Told, told
from bot.summons import calls
from jobs.people import Button, People, Who, why_not
from jobs.runs.events import Event, GlassBroken, PlanRefused, Refused, Waits
from jobs.runs.proofs import ProofKind
from jobs.runs.state import AwaitsApproval, Ended, Run
from jobs.runs.story import call_for_approval, refusal, reminder
from playbooks.core.values import Moment

REMIND_AFTER: Final = timedelta(minutes=5)
# An answer to one person is worth something only while they still look.
_FRESH: Final = timedelta(minutes=10)
# Whoever typed elsewhere is answered through their own command first; this is the second way.
_LINK_AFTER: Final = timedelta(seconds=6)


@dataclass(frozen=True)
class Say:
    """A line of the thread."""

    message: Message
    urgent: bool = False
    broadcast: bool = False


@dataclass(frozen=True)
class Tell:
    """A direct message."""

    user: str
    message: Message


@dataclass(frozen=True)
class Whisper:
    """What only one person sees, in the channel where they pressed or typed."""

    user: str
    channel: str
    message: Message


@dataclass(frozen=True)
class Report:
    """The whole story as a file."""

    run: Run


@dataclass(frozen=True)
class Outcome:
    """What the run proved on the checklist."""

    run: Run


@dataclass(frozen=True)
class Due:
    """One thing to show, from a moment on; `key` names it for good."""

    key: str
    at: Moment
    what: Say | Tell | Whisper | Report | Outcome


@dataclass(frozen=True)
class Scene:
    """Where a run is shown: its channel, the address of its card, and where it was asked for."""

    channel: str
    link: str | None  # None: Slack did not say.
    posted_at: Moment
    asked_in: str | None  # None: at a terminal.
    done: frozenset[str]
    # What to tell of a run that is read-only history. None: it is carried on here.
    history: str | None = None


Events: TypeAlias = tuple[Event, ...]


def dues(events: Events, scene: Scene, people: People, now: Moment) -> list[Due]:
    """List what was not shown yet, what is due later included."""
    thread = told(events)
    found, run = [*_all(events, thread, scene, (people, now))], thread.run
    if isinstance(run, Run) and isinstance(run.stage, Ended):
        ended_at = run.ended_at or now
        found += _rest(thread.left_out, ended_at)
        found += [Due("report", ended_at, Report(run)), Due("outcome", ended_at, Outcome(run))]
    left = [due for due in found if due.key not in scene.done]
    # What is for one person has a channel of its own, so it need not wait for the thread.
    return sorted(left, key=lambda due: not isinstance(due.what, Tell | Whisper))


def _all(events: Events, thread: Told, scene: Scene, known: tuple[People, Moment]) -> Iterator[Due]:
    people, now = known
    run = thread.run if isinstance(thread.run, Run) else None
    for number, event in enumerate(events, 1):
        if number in thread.lines:
            # Nobody is called out of bed for what happened elsewhere, or before.
            loud = thread.lines[number].urgency in {"failure", "end"} and scene.history is None
            urgent = thread.lines[number].urgency != "progress"
            say = Say(line(thread.lines[number], people), urgent, loud)
            yield Due(f"line-{number}", event.at, say)
        if scene.history is None:
            yield from _answer(number, event, scene, people, now)
        if scene.history is None and run is not None and isinstance(event, Waits):
            yield from _custodians(event, run, people)
        if isinstance(event, GlassBroken):
            yield from _skipped(number, event, scene, people)
        if number == 1 and scene.history is None and run is not None:
            yield from _calls(run, scene, people)
            yield from _link(run, scene, now)
    if scene.history:
        yield Due("left-behind", now, Say(direct(scene.history), urgent=True, broadcast=True))


def _rest(left_out: int, ended_at: Moment) -> Iterator[Due]:
    """Say what is not in the thread, once it is known how much that is."""
    if left_out:
        says = f"{left_out} more events have no line here; the report has all of them"
        yield Due("rest", ended_at, Say(direct(says)))


def _answer(number: int, event: Event, scene: Scene, people: People, now: Moment) -> Iterator[Due]:
    """Whoever was refused is told why, wherever they are."""
    if now - event.at > _FRESH:
        return
    match event:
        # Only accounts of Slack can be written to; a terminal prints the reason itself.
        case Refused(press=press) if press.account in people.accounts(press.by):
            message = direct(refusal(event))
            yield Due(f"why-{number}", event.at, Whisper(press.account, scene.channel, message))
        case PlanRefused(who=who, channel=str(channel)) if who.standing != "terminal":
            yield Due(f"why-{number}", event.at, Whisper(who.id, channel, not_planned(event)))
        case _:
            return


def _skipped(number: int, event: GlassBroken, scene: Scene, people: People) -> Iterator[Due]:
    """Everyone who was not asked is told, however late."""
    where = f": {scene.link}" if scene.link else ""
    says = (
        f"A run that needed your approval was started without it, by {event.press.by}:"
        f" “{event.reason}”. Look at it now{where}"
    )
    for person in event.skipped:
        for account in people.accounts(person)[:1]:
            yield Due(f"skipped-{number}-{account}", event.at, Tell(account, direct(says)))


def _calls(run: Run, scene: Scene, people: People) -> Iterator[Due]:
    """Approvers are mentioned and written to at once, and once more while it still waits."""
    # Those of a standing order have signed long ago.
    if not isinstance(run.stage, AwaitsApproval) or run.planned.standing_order is not None:
        return
    begun = run.planned.at
    yield Due("call", begun, Say(mention_approvers(run, people), urgent=True))
    later = begun + REMIND_AFTER
    yield Due("call-again", later, Say(mention_approvers(run, people), urgent=True))
    for account in _who_may_still(run, people):
        first = direct(call_for_approval(run, scene.link))
        yield Due(f"ask-{account}", begun, Tell(account, first))
        second = direct(reminder(run, scene.link))
        yield Due(f"ask-again-{account}", later, Tell(account, second))


def _custodians(event: Waits, run: Run, people: People) -> Iterator[Due]:
    for key, account, message in calls(event, run, people):
        yield Due(key, event.at, Tell(account, message))


def _who_may_still(run: Run, people: People) -> Iterable[str]:
    given = {approved.press.by for approved in run.approvals}
    if run.planned.proof is ProofKind.SIGNATURE:
        given |= run.withdrawn  # Nobody signs a plan again whose signature they took back.
    for account in people.approver_accounts(run.matter):
        who = Who(id=account, standing="member")
        may = why_not(people, who, run.matter, Button.APPROVE) is None
        if may and people.person(who) not in given:
            yield account


def _link(run: Run, scene: Scene, now: Moment) -> Iterator[Due]:
    """Whoever asked in another channel is shown the way to the card."""
    if scene.asked_in is None or scene.asked_in == scene.channel:
        return
    at = scene.posted_at + _LINK_AFTER
    if now - at > _FRESH:
        return
    words = f"Follow it in <#{scene.channel}>" + (f": {scene.link}" if scene.link else "")
    message = Message(words, [{"type": "section", "text": {"type": "mrkdwn", "text": words}}])
    yield Due("link", at, Whisper(run.planned.who.id, scene.asked_in, message))
