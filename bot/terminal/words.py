"""The words that only a terminal has: each button of a card, and the live view. Pure."""

import difflib
import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from bot.commands import within_limit
from bot.words import plain, split, unquoted
from jobs.people import Button
from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Name

_BUTTONS: Final[Mapping[str, Button]] = {
    button.value.lower().replace(" ", "-"): button for button in Button
}
_MUST_SAY_WHY: Final = frozenset({Button.DENY, Button.BREAK_GLASS})
_MAY_SAY_WHY: Final = frozenset({*_MUST_SAY_WHY, Button.CANCEL})
_RUN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")

# What each does, as `help` shows it.
ABOUT: Final[Mapping[str, str]] = {
    "approve ID": "shows the text to sign, takes signatures of it",
    "deny ID reason WHY": "ends the run before it starts",
    "cancel ID [reason WHY]": "ends it, or stops it between two steps",
    "try-again ID": "goes on with the step that failed",
    "undo ID": "takes back what can be taken back",
    "leave ID": "ends the run and leaves everything as it is",
    "withdraw ID": "takes one's own approval back",
    "ask-again ID": "asks for a fresh look; its plan needs approvals of its own",
    "break-glass ID CLUSTER reason WHY": "starts it on one person's word, where that is allowed",
    "watch ID": "shows the run live until it has ended",
}


class PressRun(Frozen):
    """A button of a run."""

    run: Name
    button: Button
    reason: str
    confirms: str = ""  # The cluster's name, typed by whoever breaks the glass.


class WatchRun(Frozen):
    run: Name


Order: TypeAlias = PressRun | WatchRun


def read_order(typed: str) -> Order | None:
    """Understand one line; None where it begins with another word. Raises Trouble."""
    line = plain(typed)
    words = split(line)
    first = words[0].text.lower() if words else ""
    if first != "watch" and first not in _BUTTONS:
        return None
    if len(words) < 2 or not _RUN.fullmatch(words[1].text):  # noqa: PLR2004 -- word and id
        raise _needs(first, "the id of a run")
    run = words[1].text
    rest = words[2:]
    if first == "watch":
        _nothing_after(first, [word.text for word in rest])
        return WatchRun(run=run)
    button = _BUTTONS[first]
    if button not in _MAY_SAY_WHY:
        _nothing_after(first, [word.text for word in rest])
    reason, confirms = "", ""
    if rest and button is Button.BREAK_GLASS:
        confirms, rest = rest[0].text, rest[1:]
    if rest:
        said = rest[0].text.lower() == "reason"
        reason = within_limit(unquoted(line[rest[0].at + len("reason") * said :]))
    if button in _MUST_SAY_WHY and not reason:
        raise _needs(first, "more than the id of a run")
    return PressRun(run=run, button=button, reason=reason, confirms=confirms)


def meant(typed: str) -> str | None:
    """Guess which of these words a mistyped one was; None if it resembles none."""
    words = split(plain(typed))
    known = [*_BUTTONS, "watch"]
    near = difflib.get_close_matches(words[0].text.lower() if words else "", known, 1, 0.7)
    return near[0] if near else None


def word_of(button: Button) -> str:
    """Name the word that presses a button."""
    return next(word for word, known in _BUTTONS.items() if known is button)


def _nothing_after(word: str, rest: list[str]) -> None:
    if rest:
        raise Trouble(
            f"“{rest[0]}” means nothing after `{word} ID`",
            left="nothing was changed",
            do=f"say `{word} ID` alone",
        )


def _needs(word: str, what: str) -> Trouble:
    usage = next(usage for usage in ABOUT if usage.split()[0] == word)
    return Trouble(f"`{word}` needs {what}", left="nothing was changed", do=f"say `{usage}`")
