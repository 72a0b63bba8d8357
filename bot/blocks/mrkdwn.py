"""Slack's mrkdwn, and how foreign text is made harmless in it.

Source: Slack's "Formatting text for app surfaces": `&`, `<` and `>` are the only control
characters, and what stands between `<` and `>` may notify a whole channel.
"""

import re
from datetime import UTC
from typing import Final

from jobs.people import People
from playbooks.core.foreign import one_line
from playbooks.core.values import Moment

_CONTROL: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# A reason such as ":white_check_mark: done" would look like a line of ours.
_EMOJI: Final = re.compile(r":(?=[A-Za-z0-9_+'-]*[A-Za-z_+-][A-Za-z0-9_+'-]*:)")
_APART: Final = ":\N{ZERO WIDTH SPACE}"
_ACCOUNT: Final = re.compile(r"[UW][A-Z0-9]+")
# A second line that belongs to the one above; Slack drops ordinary spaces at a line's start.
BELOW: Final = "\n\N{EM SPACE}\N{EM SPACE}"
_CUT_SHORT: Final = re.compile(r"(&[a-z]{0,4}|<[^<>]*)$")


def sentence(text: str) -> str:
    """Escape a sentence of ours, in which backticks set commands apart."""
    if text.count("`") % 2 or "``" in text:
        text = text.replace("`", "'")
    return _EMOJI.sub(_APART, " ".join(text.split())).translate(_CONTROL)


def foreign(text: str) -> str:
    """Escape what a person or another system wrote; it stays one line and loses its formatting."""
    flat = one_line(text) if text.strip() else ""
    return re.sub(r"(?<!\w)([*_~])|([*_~])(?!\w)", _letter, _EMOJI.sub(_APART, flat)).translate(
        _CONTROL
    )


def _letter(match: re.Match[str]) -> str:
    return f"\N{ZERO WIDTH SPACE}{match.group()}\N{ZERO WIDTH SPACE}"


def code(text: str) -> str:
    """Set a name apart; it is escaped."""
    return f"`{' '.join(text.replace('`', chr(39)).split()).translate(_CONTROL)}`"


def block(text: str) -> str:
    """Show a text of several lines letter for letter; there are no backticks in it."""
    return f"```{text.translate(_CONTROL)}```"


def bold(text: str) -> str:
    """Make a text of ours bold; it must be escaped already."""
    return f"*{text}*"


def link(url: str, says: str) -> str:
    """Link a text of ours to an address of ours."""
    return f"<{url.translate(_CONTROL).replace('|', '%7C')}|{says}>"


def clock(moment: Moment) -> str:
    """Show a time in the reader's own zone, with UTC where a client cannot."""
    utc = moment.astimezone(UTC)
    return f"<!date^{int(utc.timestamp())}^{{time}}|{utc:%H:%M} UTC>"


def date_and_clock(moment: Moment) -> str:
    """As `clock`, with the day before it."""
    utc = moment.astimezone(UTC)
    shown = f"{utc:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(utc.timestamp())}^{{date_short_pretty}} {{time}}|{shown}>"


def mention(person: str, people: People) -> str:
    """Mention a person by their first Slack id; someone without one is named."""
    accounts = people.accounts(person)
    known = accounts and _ACCOUNT.fullmatch(accounts[0])
    return f"<@{accounts[0]}>" if known else code(person)


def fit(text: str, limit: int) -> str:
    """Shorten escaped text to a limit of Slack, never in the middle of an escape or a mention."""
    if len(text) <= limit:
        return text
    kept = _CUT_SHORT.sub("", text[: limit - 1]).rstrip()
    return f"{kept}…"
