"""What someone typed, as plain words: Slack's escapes and a phone's typography taken out. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from playbooks.core.foreign import spelled_out

# Phones turn quotes and dashes into these; nobody means anything by them.
_PLAIN: Final = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"')
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u00a0\u2007\u202f\u3000", " ")
)
_LINK: Final = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_WORD: Final = re.compile(r'"([^"]*)"|(\S+)')
# Invisible characters could make a reason read differently from what it says.
_INVISIBLE: Final = frozenset({"Cf", "Cs", "Co", "Cn"})


@dataclass(frozen=True)
class Word:
    """One word, or what stood between quotes, and where it begins in the line."""

    text: str
    at: int


def plain(typed: str) -> str:
    """Undo `should_escape`: only ids are believed, names are dropped; then plain typography."""
    text = _LINK.sub(_what_it_links, typed)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return tidy(text)


def tidy(text: str) -> str:
    """Plain typography, and nothing hides. What is typed into a dialog comes unescaped."""
    return spelled_out(_visible(text.translate(_PLAIN))).strip()


def split(line: str) -> list[Word]:
    """Cut a plain line into words; quotes keep several of them together."""
    found = []
    for match in _WORD.finditer(line):
        quoted = match.group(1)
        found.append(Word(match.group(2) if quoted is None else quoted, match.start()))
    return found


def unquoted(text: str) -> str:
    """Take away the quotes around a whole text."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].strip()
    return text


def _what_it_links(match: re.Match[str]) -> str:
    target, label = match.group(1), match.group(2)
    if target[:1] in {"@", "#"}:
        return target
    if target[:1] == "!":
        return "@" + target[1:].rpartition("^")[2]
    # Slack makes links of words that look like one; the label is the word itself then.
    if label and target in {f"http://{label}", f"https://{label}", f"mailto:{label}"}:
        return label
    return target


def _visible(text: str) -> str:
    kept = (
        " " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter
        for letter in text
        if unicodedata.category(letter) not in _INVISIBLE
    )
    return "".join(kept)
