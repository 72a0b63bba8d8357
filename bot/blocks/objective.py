"""The objective clock on a card: time used and writes lost, against what is allowed."""

from typing import Final

from bot.blocks.mrkdwn import bold, clock, sentence
from jobs.incidents.clock import Clock, Verdict, rpo_in_words, rto_in_words
from playbooks.core.spans import in_words

_CELLS: Final = 10
_MARKS: Final[dict[Verdict, str]] = {
    "counting": "",
    "met": ":white_check_mark: ",
    "missed": ":x: ",
    "not recovered": "",
}


def objective_lines(measured: Clock) -> list[str]:
    """Draw both clocks; the bar says nothing that the words do not."""
    if measured.rto == "not recovered":
        used = f"{in_words(measured.took)} of {in_words(measured.objective.rto)}"
        return [f":warning: This run recovered nothing; {used} were used up when it ended"]
    share = measured.rpo_share()
    bar = "" if share is None else f"{_bar(share)} "
    name = f"{bold('Objective')} {sentence(measured.objective.name)}"
    rto = f"{_MARKS[measured.rto]}{bold('RTO')} {_bar(measured.rto_share())}"
    rpo = f"{_MARKS[measured.rpo]}{bold('RPO')} {bar}{rpo_in_words(measured)}"
    return [
        f"{name} · the clock runs from {clock(measured.since)}",
        f"{rto} {rto_in_words(measured)}",
        rpo,
    ]


def _bar(percent: int) -> str:
    # Any use at all fills one cell, so that an empty bar means none.
    full = min(-(-percent * _CELLS // 100), _CELLS)
    return "▰" * full + "▱" * (_CELLS - full)
