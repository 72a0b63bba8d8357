"""The implementation checklist: what is proved, by what, how long ago, and what is open again."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.blocks.lists import listed
from bot.blocks.message import Message
from bot.blocks.mrkdwn import BELOW, bold, code, date_and_clock, foreign, mention, sentence
from jobs.people import People
from jobs.readiness.checklist import Item, Phase, phases
from jobs.readiness.evidence import NOT_YET, Tick, score, what_proves
from playbooks.core.spans import in_words
from playbooks.core.values import Moment

_CELLS: Final = 8


def overview(ticked: Sequence[Tick]) -> Message:
    """Show the score, and how far each phase is."""
    by_item = {tick.item: tick for tick in ticked}
    proved, total = score(ticked)
    lines = [_phase_line(number, phase, by_item) for number, phase in enumerate(phases(), 1)]
    hints = (
        "One phase: `/vault checklist 2`",
        "Vouch for an item: `/vault checklist attest 2.1 NOTE`",
    )
    return listed(f"Checklist: {proved} of {total} items are proved", lines, *hints)


def one_phase(phase: Phase, ticked: Sequence[Tick], people: People, now: Moment) -> Message:
    """Show each item of a phase with its proof, or with what would prove it."""
    by_item = {tick.item: tick for tick in ticked}
    lines = [_item(item, by_item.get(item.id), people, now) for item in phase.items]
    holding = _holding(phase, by_item)
    return listed(f"{phase.name}: {holding} of {len(phase.items)} items are proved", lines)


def outcome(proved: Sequence[str], ticked: Sequence[Tick]) -> Message:
    """Say at the end of a run what it proved."""
    count, total = score(ticked)
    lines = [f":white_check_mark: {sentence(item)}" for item in proved]
    nothing = ["This run proves no item of the checklist"]
    return listed(f"Checklist: {count} of {total} items are proved", lines or nothing)


def _phase_line(number: int, phase: Phase, by_item: Mapping[str, Tick]) -> str:
    holding, total = _holding(phase, by_item), len(phase.items)
    again = sum(item.id in by_item and not by_item[item.id].holds for item in phase.items)
    opened = f" · :warning: {again} open again" if again else ""
    full = -(-holding * _CELLS // total)
    bar = "▰" * full + "▱" * (_CELLS - full)
    return f"{bar} {number}. {bold(sentence(phase.name))} · {holding} of {total}{opened}"


def _holding(phase: Phase, by_item: Mapping[str, Tick]) -> int:
    return sum(item.id in by_item and by_item[item.id].holds for item in phase.items)


def _item(item: Item, tick: Tick | None, people: People, now: Moment) -> str:
    says = f"{item.id} {sentence(item.item)}"
    if tick is None:
        needs = NOT_YET.get(item.id) or f"needs {what_proves(item)}"
        return f":white_circle: {bold(says)}{BELOW}open: {sentence(needs)}"
    proof = f"{_proof(tick, people)}, {in_words(now - tick.at)} ago"
    if tick.holds:
        until = f"counts until {date_and_clock(tick.until)}"
        return f":white_check_mark: {bold(says)}{BELOW}proved by {proof} · {until}"
    return f":warning: {bold(says)}{BELOW}open again: {proof} is too old"


def _proof(tick: Tick, people: People) -> str:
    if tick.run is not None:
        return f"run {code(tick.run)} on {code(tick.cluster or '')}"
    note = f" (“{foreign(tick.note)}”)" if tick.note else ""
    return f"{mention(tick.by or '', people)}'s word{note}"
