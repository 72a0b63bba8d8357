"""What a message must be before Slack takes it: checked and named, ready to be put."""

import json
from dataclasses import dataclass
from typing import Final

from deploy.demo.workspace.block_kit import faults_of_message
from deploy.demo.workspace.modals import with_ids
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.wire import Json, text

MOST_IN_UPDATE: Final = 4_000
MOST_IN_POST: Final = 40_000
_MOST_IN_BLOCKS: Final = 13_200  # where Slack answered msg_blocks_too_long in practice
_MOST_METADATA: Final = 16_000
_MOST_ATTACHMENTS: Final = 100


@dataclass(frozen=True)
class Content:
    text: str
    blocks: tuple[Json, ...]
    attachments: tuple[Json, ...]
    metadata: Json | None
    truncated: bool = False


def content_of(body: Json, *, most: int | None = None) -> Content:
    """The content of a call; longer text than `most` is refused, without it truncated."""
    blocks = _list_of(body, "blocks", "invalid_blocks_format")
    attachments = _list_of(body, "attachments", "invalid_attachments")
    words = text(body, "text")
    if not (words.strip() or blocks or attachments):
        raise Refusal("no_text")
    if most and len(words) > most:
        raise Refusal("msg_too_long")
    check_blocks(blocks)
    if len(attachments) > _MOST_ATTACHMENTS:
        raise Refusal("too_many_attachments")
    return Content(
        words[:MOST_IN_POST],
        tuple(with_ids(blocks)),
        tuple(attachments),
        _metadata_of(body),
        truncated=len(words) > MOST_IN_POST,
    )


def check_blocks(blocks: list[Json]) -> None:
    faults = faults_of_message(blocks)
    if faults:
        raise Refusal("invalid_blocks", messages=faults)
    if sum(map(_letters, blocks)) > _MOST_IN_BLOCKS:
        raise Refusal("msg_blocks_too_long")


def _letters(value: object) -> int:
    """How much a person would read in a block."""
    match value:
        case {"text": str(words)}:
            return len(words)
        case dict():
            return sum(map(_letters, value.values()))
        case list():
            return sum(map(_letters, value))
        case _:
            return 0


def _list_of(body: Json, key: str, error: str) -> list[Json]:
    value = body.get(key)
    if value is None or value == "":
        return []
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return value
    raise Refusal(error)


def _metadata_of(body: Json) -> Json | None:
    kept = body.get("metadata")
    if kept in (None, "", {}):
        return None
    if not isinstance(kept, dict):
        raise Refusal("invalid_metadata_format")
    if not (text(kept, "event_type") and isinstance(kept.get("event_payload"), dict)):
        raise Refusal("invalid_metadata_schema")
    if len(json.dumps(kept)) > _MOST_METADATA:
        raise Refusal("metadata_too_large")
    return {"event_type": kept["event_type"], "event_payload": kept["event_payload"]}
