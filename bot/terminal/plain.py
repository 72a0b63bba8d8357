"""Messages made for Slack, as plain text for a terminal. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from pydantic import JsonValue

from bot.blocks.message import Message
from jobs.people import People, Who
from playbooks.core.foreign import spelled_out

_LINK: Final = re.compile(r"<([^<>|]+)\|([^<>]*)>")
_MENTION: Final = re.compile(r"<@([UW][A-Z0-9]+)>")
_EMOJI: Final = re.compile(r":[a-z0-9_+-]+: ?")
_SLASH: Final = re.compile(r"(?<![\w/])/vault (?=[a-z])")


def plain(message: Message, people: People) -> str:
    """Show a message without Slack: its texts, one a line."""
    return "\n".join(_plain(text, people) for block in message.blocks for text in _texts(block))


def visible(text: str) -> str:
    """Take out what a terminal would obey, such as escapes; write out what it would not show."""
    kept = (letter for letter in text if unicodedata.category(letter) != "Cf")
    shown = (letter if letter.isprintable() else " " for letter in kept)
    return spelled_out("".join(shown))


def here(text: str) -> str:
    """Say what to type as one types it at a terminal."""
    return _SLASH.sub("", text)


def _texts(part: JsonValue) -> Sequence[str]:
    match part:
        case {"type": "plain_text" | "mrkdwn", "text": str(text)}:
            return [text]
        case {"type": "button"}:
            return []
        case dict():
            return [text for value in part.values() for text in _texts(value)]
        case list():
            return [text for value in part for text in _texts(value)]
        case _:
            return []


def _plain(text: str, people: People) -> str:
    text = _LINK.sub(
        lambda match: f"{match[2]} ({match[1]})" if match[1][:4] == "http" else match[2], text
    )
    text = _MENTION.sub(lambda match: _mentioned(match[1], people), text)
    text = _EMOJI.sub("", text).replace("*", "")
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return "\n".join(visible(line) for line in here(text).splitlines())


def _mentioned(account: str, people: People) -> str:
    return people.name_of(people.person(Who(id=account, standing="member")))
