"""Answers that are lists: a headline, lines, and what to type next, within Slack's limits."""

from collections.abc import Sequence
from typing import Final

from bot.blocks import limits
from bot.blocks.message import Block, Message
from bot.blocks.mrkdwn import fit, sentence
from bot.blocks.parts import header, sections, size_of, small_print

_LINE: Final = 600


def listed(title: str, lines: Sequence[str], *below: str) -> Message:
    """Show as many lines as fit, and say how many do not; lines are escaped already."""
    short = [fit(line, _LINE) for line in lines]
    # The longest beginning of the list that Slack takes, found by halving.
    fits, fits_not = 0, len(short) + 1
    while fits_not - fits > 1:
        tried = (fits + fits_not) // 2
        if _is_taken(_blocks(title, short, tried, below)):
            fits = tried
        else:
            fits_not = tried
    return Message(fit(sentence(title), limits.TEXT), _blocks(title, short, fits, below))


def _is_taken(blocks: Sequence[Block]) -> bool:
    return size_of(blocks) <= limits.ALL_BLOCKS and len(blocks) <= limits.BLOCKS


def _blocks(title: str, lines: Sequence[str], shown: int, below: Sequence[str]) -> list[Block]:
    left = len(lines) - shown
    rest = [f"… and {left} more"] if left else []
    ends = [small_print(*below)] if below else []
    return [header(title), *sections([*lines[:shown], *rest]), *ends]
