"""Block Kit's limits as tables: what a message and a modal may hold (Slack's reference, 2026)."""

from typing import Final

from deploy.demo.workspace.block_elements import (
    IMAGE,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    TYPE,
    plain,
    words,
)
from deploy.demo.workspace.shapes import (
    Check,
    Field,
    anything,
    boolean,
    both,
    by_type,
    exactly,
    listing,
    number,
    one_of_fields,
    shape,
    string,
    unique,
)
from deploy.demo.workspace.wire import Json

_BLOCK_ID: Final = Field("block_id", string(255))
_RICH: Final = by_type(
    {
        kind: shape(
            TYPE,
            Field("elements", listing(anything, 1000, least=0), required=True),
            Field("style", exactly("bullet", "ordered")),
            Field("indent", number),
            Field("offset", number),
            Field("border", number),
            Field("language", string(40)),
        )
        for kind in (
            "rich_text_section",
            "rich_text_list",
            "rich_text_quote",
            "rich_text_preformatted",
        )
    }
)

_BLOCKS: Final[dict[str, Check]] = {
    "header": shape(
        TYPE, _BLOCK_ID, Field("text", plain(150), required=True), Field("level", number)
    ),
    "section": both(
        shape(
            TYPE,
            _BLOCK_ID,
            Field("text", words(3000)),
            Field("fields", listing(words(2000), 10)),
            Field("accessory", by_type(IN_SECTION)),
            Field("expand", boolean),
        ),
        one_of_fields("text", "fields"),
    ),
    "context": shape(
        TYPE,
        _BLOCK_ID,
        Field(
            "elements",
            listing(
                by_type({"image": IMAGE, "mrkdwn": words(3000), "plain_text": words(3000)}), 10
            ),
            required=True,
        ),
    ),
    "divider": shape(TYPE, _BLOCK_ID),
    "actions": both(
        shape(TYPE, _BLOCK_ID, Field("elements", listing(by_type(IN_ACTIONS), 25), required=True)),
        unique("action_id", inside="elements"),
    ),
    "image": shape(
        TYPE,
        _BLOCK_ID,
        Field("image_url", string(3000), required=True),
        Field("alt_text", string(2000), required=True),
        Field("title", plain(2000)),
    ),
    "rich_text": shape(
        TYPE, _BLOCK_ID, Field("elements", listing(_RICH, 1000, least=0), required=True)
    ),
    "input": shape(
        TYPE,
        _BLOCK_ID,
        Field("label", plain(2000), required=True),
        Field("element", by_type(IN_INPUT), required=True),
        Field("hint", plain(2000)),
        Field("optional", boolean),
        Field("dispatch_action", boolean),
    ),
}
_IN_MESSAGE: Final = by_type(
    {**_BLOCKS, "markdown": shape(TYPE, _BLOCK_ID, Field("text", string(12000), required=True))}
)
_MESSAGE: Final = both(listing(_IN_MESSAGE, 50, least=0), unique("block_id"))
_VIEW_FIELDS: Final = (
    TYPE,
    Field("title", plain(24), required=True),
    Field(
        "blocks", both(listing(by_type(_BLOCKS), 100, least=0), unique("block_id")), required=True
    ),
    Field("submit", plain(24)),
    Field("close", plain(24)),
    Field("private_metadata", string(3000, least=0)),
    Field("callback_id", string(255, least=0)),
    Field("external_id", string(255, least=0)),
    Field("clear_on_close", boolean),
    Field("notify_on_close", boolean),
    Field("submit_disabled", boolean),
)
_MODAL: Final = by_type({"modal": shape(*_VIEW_FIELDS)})


def faults_of_message(blocks: list[Json]) -> list[str]:
    return _MESSAGE(blocks, "/blocks")


def faults_of_view(view: Json) -> list[str]:
    faults = _MODAL(view, "/view")
    has_input = any(
        isinstance(each, dict) and each.get("type") == "input" for each in view.get("blocks") or []
    )
    if has_input and not view.get("submit"):
        faults.append("[ERROR] missing required field: submit [json-pointer:/view]")
    return faults
