"""The few kinds of blocks that messages are made of, each within Slack's limits."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import JsonValue

from bot.blocks import limits
from bot.blocks.message import Block
from bot.blocks.mrkdwn import fit


def plain(text: str, limit: int) -> JsonValue:
    """Plain text: nothing in it is read as formatting, so nothing is escaped."""
    return {"type": "plain_text", "text": _cut(text, limit), "emoji": True}


def _cut(text: str, limit: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"


def mrkdwn(text: str, limit: int) -> JsonValue:
    return {"type": "mrkdwn", "text": fit(text, limit)}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, limits.HEADER)}


def section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn(text, limits.SECTION)}


def fields(pairs: Iterable[tuple[str, str]]) -> Block:
    """Show names with their values, two columns wide; the values are escaped already."""
    cells: list[JsonValue] = [mrkdwn(f"*{name}*\n{value}", limits.FIELD) for name, value in pairs]
    return {"type": "section", "fields": cells[: limits.FIELDS]}


def small_print(*texts: str) -> Block:
    cells: list[JsonValue] = [mrkdwn(text, limits.FIELD) for text in texts]
    return {"type": "context", "elements": cells[: limits.CONTEXT_ELEMENTS]}


def divider() -> Block:
    return {"type": "divider"}


def sections(lines: Sequence[str], limit: int = limits.SECTION) -> list[Block]:
    """Put lines into as few sections as hold them; a line is never torn apart."""
    blocks: list[Block] = []
    piece = ""
    for line in lines:
        fitted = fit(line, limit)
        if piece and len(piece) + 1 + len(fitted) > limit:
            blocks.append(section(piece))
            piece = fitted
        else:
            piece = f"{piece}\n{fitted}" if piece else fitted
    return [*blocks, section(piece)] if piece else blocks


_ID: Final = 30  # Letters of `"block_id": "12-0123abcd"`.


@dataclass(frozen=True)
class Confirm:
    """The dialog a client shows before it sends a press. A forged press never sees it."""

    title: str
    text: str
    yes: str


def button(
    label: str,
    action: str,
    value: str,
    *,
    style: Literal["primary", "danger"] | None = None,
    confirm: Confirm | None = None,
) -> JsonValue:
    shown: dict[str, JsonValue] = {
        "type": "button",
        "action_id": action,
        "text": plain(label, limits.BUTTON),
        "value": value,
    }
    if style is not None:
        shown["style"] = style
    if confirm is not None:
        shown["confirm"] = {
            "title": plain(confirm.title, limits.CONFIRM_TITLE),
            "text": plain(confirm.text, limits.CONFIRM_TEXT),
            "confirm": plain(confirm.yes, limits.CONFIRM_BUTTON),
            "deny": plain("Go back", limits.CONFIRM_BUTTON),
        }
    return shown


def actions(buttons: Sequence[JsonValue]) -> Block:
    return {"type": "actions", "elements": list(buttons)}


def marked(blocks: Sequence[Block]) -> list[Block]:
    """Name each block by its place and by what is drawn, since Slack wants new ids at an update."""
    drawn = json.dumps(blocks, sort_keys=True).encode()
    revision = hashlib.sha256(drawn).hexdigest()[:8]
    return [{**block, "block_id": f"{place}-{revision}"} for place, block in enumerate(blocks)]


def size_of(blocks: Sequence[Block]) -> int:
    """Count the letters of all blocks as they are sent; block_ids come on top."""
    return len(json.dumps(blocks, ensure_ascii=False)) + _ID * len(blocks)
