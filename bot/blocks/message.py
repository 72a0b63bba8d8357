"""A message as it goes to Slack: what is drawn, and the text of its notification."""

from dataclasses import dataclass
from typing import TypeAlias

from pydantic import JsonValue

Block: TypeAlias = dict[str, JsonValue]
View: TypeAlias = dict[str, JsonValue]


@dataclass(frozen=True)
class Message:
    """`text` says the same as the blocks in one line, for notifications and screen readers."""

    text: str
    blocks: list[Block]
