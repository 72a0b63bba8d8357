"""Slack's own limits, written down apart from the code that keeps them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

LONGEST: Final = {
    "header": 150,
    "section": 3000,
    "field": 2000,
    "context": 2000,
    "button": 75,
    "option": 75,
    "confirm title": 100,
    "confirm text": 300,
    "confirm button": 30,
    "modal title": 24,
    "label": 2000,
}


def faults_of_message(text: str, blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """List what Slack would refuse, or show wrongly, in one message."""
    whole = json.dumps(blocks, ensure_ascii=False)
    ids = [str(block.get("block_id", place)) for place, block in enumerate(blocks)]
    return [
        *_too_many("blocks", len(blocks), 50),
        *_too_many("letters of all blocks", len(whole), 10_000),
        *_too_many("letters of text", len(text), 3_000),
        *(["no text"] if not text.strip() else []),
        *(["no blocks"] if not blocks else []),
        *(["a block_id is there twice"] if len(set(ids)) < len(ids) else []),
        *(fault for block in blocks for fault in _faults_of_block(block)),
    ]


def faults_of_view(view: Mapping[str, Any]) -> list[str]:
    """List what Slack would refuse in a modal."""
    has_input = any(block["type"] == "input" for block in view["blocks"])
    return [
        *_too_many("blocks", len(view["blocks"]), 100),
        *_too_many("bytes", len(json.dumps(view, ensure_ascii=False).encode()), 250_000),
        *_too_many("private_metadata", len(view["private_metadata"]), 3_000),
        *_text("modal title", view["title"]),
        *_text("modal title", view["close"]),
        *(_text("modal title", view["submit"]) if "submit" in view else []),
        *(["an input without submit"] if has_input and "submit" not in view else []),
        *(fault for block in view["blocks"] for fault in _faults_of_block(block)),
    ]


def _faults_of_block(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _too_many("block_id", len(str(block.get("block_id", ""))), 255)
    yield from _too_many("fields", len(block.get("fields", [])), 10)
    yield from _too_many("elements", len(block.get("elements", [])), 25)
    texts = {"header": "header", "section": "section", "context": "context"}
    kind = block["type"]
    for text in [*([block["text"]] if "text" in block else []), *block.get("elements", [])]:
        if kind in texts:
            yield from _text(texts[kind], text)
        else:
            yield from _faults_of_button(text)
    for field in block.get("fields", []):
        yield from _text("field", field)
    if kind == "input":
        yield from _text("label", block["label"])
        yield from _faults_of_input(block["element"])
    elif kind not in {*texts, "actions", "divider"}:
        yield f"a block of type {kind}"


def _faults_of_button(element: Mapping[str, Any]) -> Iterator[str]:
    yield from _text("button", element["text"])
    yield from _too_many("value", len(element.get("value", "")), 2_000)
    yield from _too_many("action_id", len(element["action_id"]), 255)
    confirm = element.get("confirm")
    if confirm:
        yield from _text("confirm title", confirm["title"])
        yield from _text("confirm text", confirm["text"])
        yield from _text("confirm button", confirm["confirm"])
        yield from _text("confirm button", confirm["deny"])


def _faults_of_input(element: Mapping[str, Any]) -> Iterator[str]:
    options = element.get("options", [])
    yield from _too_many("options", len(options), 100)
    for option in options:
        yield from _text("option", option["text"])
        yield from _text("option", option["description"])
        yield from _too_many("value of an option", len(option["value"]), 150)
    if options and element["initial_option"] not in options:
        yield "the first choice is not among the options"


def _text(what: str, text: Mapping[str, Any]) -> Iterator[str]:
    shown = text["text"]
    yield from _too_many(f"letters of {what}", len(shown), LONGEST[what])
    if not shown:
        yield f"{what} is empty"
    if text["type"] == "mrkdwn":
        yield from _unsafe(shown)
    elif "\n" in shown:
        yield f"{what} has a line of its own making"


_OURS: Final = re.compile(
    r"<(?:@[UW][A-Z0-9]+|!date\^\d+\^[^|<>]+\|[^<>]+|https?://[^|<>]+\|[^<>]+)>"
)
_ENTITY: Final = re.compile(r"&(?:amp|lt|gt);")


def _unsafe(shown: str) -> Iterator[str]:
    rest = _ENTITY.sub("", _OURS.sub("", shown))
    yield from (f"a stray {letter} in {shown[:80]!r}" for letter in "<>&" if letter in rest)
    if shown.count("`") % 2:
        yield f"an open backtick in {shown[:80]!r}"


def _too_many(what: str, there: int, limit: int) -> Iterator[str]:
    if there > limit:
        yield f"{what}: {there} of {limit}"
