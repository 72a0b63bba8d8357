"""Block Kit's limits as tables: what a message and a modal may hold (Slack's reference, 2026)."""

from typing import Final

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

_TYPE: Final = Field("type", string(40), required=True)
_BLOCK_ID: Final = Field("block_id", string(255))
_ACTION_ID: Final = Field("action_id", string(255))
_FOCUS: Final = Field("focus_on_load", boolean)


def _plain(most: int) -> Check:
    return by_type(
        {
            "plain_text": shape(
                _TYPE, Field("text", string(most), required=True), Field("emoji", boolean)
            )
        }
    )


def _words(most: int) -> Check:
    """Plain text or mrkdwn."""
    return by_type(
        {
            "plain_text": shape(
                _TYPE, Field("text", string(most), required=True), Field("emoji", boolean)
            ),
            "mrkdwn": shape(
                _TYPE, Field("text", string(most), required=True), Field("verbatim", boolean)
            ),
        }
    )


_CONFIRM: Final = Field(
    "confirm",
    shape(
        Field("title", _plain(100), required=True),
        Field("text", _words(300), required=True),
        Field("confirm", _plain(30), required=True),
        Field("deny", _plain(30), required=True),
        Field("style", exactly("primary", "danger")),
    ),
)
_PLACEHOLDER: Final = Field("placeholder", _plain(150))
_OPTION: Final = shape(
    Field("text", _words(75), required=True),
    Field("value", string(150), required=True),
    Field("description", _words(75)),
    Field("url", string(3000)),
)
_OPTION_GROUP: Final = shape(
    Field("label", _plain(75), required=True), Field("options", listing(_OPTION, 100))
)
_DISPATCH: Final = Field(
    "dispatch_action_config", shape(Field("trigger_actions_on", listing(string(40), 2)))
)

_BUTTON: Final = shape(
    _TYPE,
    _ACTION_ID,
    Field("text", _plain(75), required=True),
    Field("value", string(2000, least=0)),
    Field("url", string(3000)),
    Field("style", exactly("primary", "danger")),
    _CONFIRM,
    Field("accessibility_label", string(75)),
    Field("visible_to_user_ids", listing(string(20), 100)),
)
_SELECT: Final = both(
    shape(
        _TYPE,
        _ACTION_ID,
        _PLACEHOLDER,
        Field("options", listing(_OPTION, 100)),
        Field("option_groups", listing(_OPTION_GROUP, 100)),
        Field("initial_option", _OPTION),
        _CONFIRM,
        _FOCUS,
    ),
    one_of_fields("options", "option_groups"),
)
_MULTI_SELECT: Final = both(
    shape(
        _TYPE,
        _ACTION_ID,
        _PLACEHOLDER,
        Field("options", listing(_OPTION, 100)),
        Field("option_groups", listing(_OPTION_GROUP, 100)),
        Field("initial_options", listing(_OPTION, 100)),
        Field("max_selected_items", number),
        _CONFIRM,
        _FOCUS,
    ),
    one_of_fields("options", "option_groups"),
)
_USERS_SELECT: Final = shape(
    _TYPE, _ACTION_ID, _PLACEHOLDER, Field("initial_user", string(20)), _CONFIRM, _FOCUS
)
_CHECKBOXES: Final = shape(
    _TYPE,
    _ACTION_ID,
    Field("options", listing(_OPTION, 10), required=True),
    Field("initial_options", listing(_OPTION, 10)),
    _CONFIRM,
    _FOCUS,
)
_RADIO: Final = shape(
    _TYPE,
    _ACTION_ID,
    Field("options", listing(_OPTION, 10), required=True),
    Field("initial_option", _OPTION),
    _CONFIRM,
    _FOCUS,
)
_OVERFLOW: Final = shape(
    _TYPE, _ACTION_ID, Field("options", listing(_OPTION, 5), required=True), _CONFIRM
)
_DATE: Final = shape(
    _TYPE, _ACTION_ID, _PLACEHOLDER, Field("initial_date", string(10, 10)), _CONFIRM, _FOCUS
)
_TIME: Final = shape(
    _TYPE,
    _ACTION_ID,
    _PLACEHOLDER,
    Field("initial_time", string(5, 5)),
    Field("timezone", string(60)),
    _CONFIRM,
    _FOCUS,
)
_TEXT_INPUT: Final = shape(
    _TYPE,
    _ACTION_ID,
    _PLACEHOLDER,
    Field("initial_value", string(3000, least=0)),
    Field("multiline", boolean),
    Field("min_length", number),
    Field("max_length", number),
    _DISPATCH,
    _FOCUS,
)
_NUMBER_INPUT: Final = shape(
    _TYPE,
    _ACTION_ID,
    _PLACEHOLDER,
    Field("is_decimal_allowed", boolean, required=True),
    Field("initial_value", string(100)),
    Field("min_value", string(100)),
    Field("max_value", string(100)),
    _DISPATCH,
    _FOCUS,
)
_IMAGE: Final = shape(
    _TYPE,
    Field("image_url", string(3000), required=True),
    Field("alt_text", string(2000), required=True),
)

_IN_ACTIONS: Final[dict[str, Check]] = {
    "button": _BUTTON,
    "static_select": _SELECT,
    "users_select": _USERS_SELECT,
    "radio_buttons": _RADIO,
    "checkboxes": _CHECKBOXES,
    "overflow": _OVERFLOW,
    "datepicker": _DATE,
    "timepicker": _TIME,
}
_IN_SECTION: Final = {**_IN_ACTIONS, "multi_static_select": _MULTI_SELECT, "image": _IMAGE}
_IN_INPUT: Final = {
    "plain_text_input": _TEXT_INPUT,
    "number_input": _NUMBER_INPUT,
    "static_select": _SELECT,
    "multi_static_select": _MULTI_SELECT,
    "users_select": _USERS_SELECT,
    "radio_buttons": _RADIO,
    "checkboxes": _CHECKBOXES,
    "datepicker": _DATE,
    "timepicker": _TIME,
}
_RICH: Final = by_type(
    {
        kind: shape(
            _TYPE,
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
        _TYPE, _BLOCK_ID, Field("text", _plain(150), required=True), Field("level", number)
    ),
    "section": both(
        shape(
            _TYPE,
            _BLOCK_ID,
            Field("text", _words(3000)),
            Field("fields", listing(_words(2000), 10)),
            Field("accessory", by_type(_IN_SECTION)),
            Field("expand", boolean),
        ),
        one_of_fields("text", "fields"),
    ),
    "context": shape(
        _TYPE,
        _BLOCK_ID,
        Field(
            "elements",
            listing(
                by_type({"image": _IMAGE, "mrkdwn": _words(3000), "plain_text": _words(3000)}), 10
            ),
            required=True,
        ),
    ),
    "divider": shape(_TYPE, _BLOCK_ID),
    "actions": both(
        shape(
            _TYPE, _BLOCK_ID, Field("elements", listing(by_type(_IN_ACTIONS), 25), required=True)
        ),
        unique("action_id", inside="elements"),
    ),
    "image": shape(
        _TYPE,
        _BLOCK_ID,
        Field("image_url", string(3000), required=True),
        Field("alt_text", string(2000), required=True),
        Field("title", _plain(2000)),
    ),
    "rich_text": shape(
        _TYPE, _BLOCK_ID, Field("elements", listing(_RICH, 1000, least=0), required=True)
    ),
    "input": shape(
        _TYPE,
        _BLOCK_ID,
        Field("label", _plain(2000), required=True),
        Field("element", by_type(_IN_INPUT), required=True),
        Field("hint", _plain(2000)),
        Field("optional", boolean),
        Field("dispatch_action", boolean),
    ),
}
_IN_MESSAGE: Final = by_type(
    {**_BLOCKS, "markdown": shape(_TYPE, _BLOCK_ID, Field("text", string(12000), required=True))}
)
_MESSAGE: Final = both(listing(_IN_MESSAGE, 50, least=0), unique("block_id"))
_VIEW_FIELDS: Final = (
    _TYPE,
    Field("title", _plain(24), required=True),
    Field(
        "blocks", both(listing(by_type(_BLOCKS), 100, least=0), unique("block_id")), required=True
    ),
    Field("submit", _plain(24)),
    Field("close", _plain(24)),
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
