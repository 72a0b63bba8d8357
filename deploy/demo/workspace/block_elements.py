"""Block Kit's limits on elements, as tables: buttons, selects, inputs and their texts."""

from typing import Final

from deploy.demo.workspace.shapes import (
    Check,
    Field,
    boolean,
    both,
    by_type,
    exactly,
    listing,
    number,
    one_of_fields,
    shape,
    string,
)

TYPE: Final = Field("type", string(40), required=True)
ACTION_ID: Final = Field("action_id", string(255))
_FOCUS: Final = Field("focus_on_load", boolean)


def plain(most: int) -> Check:
    return by_type(
        {
            "plain_text": shape(
                TYPE, Field("text", string(most), required=True), Field("emoji", boolean)
            )
        }
    )


def words(most: int) -> Check:
    """Plain text or mrkdwn."""
    return by_type(
        {
            "plain_text": shape(
                TYPE, Field("text", string(most), required=True), Field("emoji", boolean)
            ),
            "mrkdwn": shape(
                TYPE, Field("text", string(most), required=True), Field("verbatim", boolean)
            ),
        }
    )


_CONFIRM: Final = Field(
    "confirm",
    shape(
        Field("title", plain(100), required=True),
        Field("text", words(300), required=True),
        Field("confirm", plain(30), required=True),
        Field("deny", plain(30), required=True),
        Field("style", exactly("primary", "danger")),
    ),
)
_PLACEHOLDER: Final = Field("placeholder", plain(150))
_OPTION: Final = shape(
    Field("text", words(75), required=True),
    Field("value", string(150), required=True),
    Field("description", words(75)),
    Field("url", string(3000)),
)
_OPTION_GROUP: Final = shape(
    Field("label", plain(75), required=True), Field("options", listing(_OPTION, 100))
)
_DISPATCH: Final = Field(
    "dispatch_action_config", shape(Field("trigger_actions_on", listing(string(40), 2)))
)

_BUTTON: Final = shape(
    TYPE,
    ACTION_ID,
    Field("text", plain(75), required=True),
    Field("value", string(2000, least=0)),
    Field("url", string(3000)),
    Field("style", exactly("primary", "danger")),
    _CONFIRM,
    Field("accessibility_label", string(75)),
    Field("visible_to_user_ids", listing(string(20), 100)),
)
_SELECT: Final = both(
    shape(
        TYPE,
        ACTION_ID,
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
        TYPE,
        ACTION_ID,
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
    TYPE, ACTION_ID, _PLACEHOLDER, Field("initial_user", string(20)), _CONFIRM, _FOCUS
)
_CHECKBOXES: Final = shape(
    TYPE,
    ACTION_ID,
    Field("options", listing(_OPTION, 10), required=True),
    Field("initial_options", listing(_OPTION, 10)),
    _CONFIRM,
    _FOCUS,
)
_RADIO: Final = shape(
    TYPE,
    ACTION_ID,
    Field("options", listing(_OPTION, 10), required=True),
    Field("initial_option", _OPTION),
    _CONFIRM,
    _FOCUS,
)
_OVERFLOW: Final = shape(
    TYPE, ACTION_ID, Field("options", listing(_OPTION, 5), required=True), _CONFIRM
)
_DATE: Final = shape(
    TYPE, ACTION_ID, _PLACEHOLDER, Field("initial_date", string(10, 10)), _CONFIRM, _FOCUS
)
_TIME: Final = shape(
    TYPE,
    ACTION_ID,
    _PLACEHOLDER,
    Field("initial_time", string(5, 5)),
    Field("timezone", string(60)),
    _CONFIRM,
    _FOCUS,
)
_TEXT_INPUT: Final = shape(
    TYPE,
    ACTION_ID,
    _PLACEHOLDER,
    Field("initial_value", string(3000, least=0)),
    Field("multiline", boolean),
    Field("min_length", number),
    Field("max_length", number),
    _DISPATCH,
    _FOCUS,
)
_NUMBER_INPUT: Final = shape(
    TYPE,
    ACTION_ID,
    _PLACEHOLDER,
    Field("is_decimal_allowed", boolean, required=True),
    Field("initial_value", string(100)),
    Field("min_value", string(100)),
    Field("max_value", string(100)),
    _DISPATCH,
    _FOCUS,
)
IMAGE: Final = shape(
    TYPE,
    Field("image_url", string(3000), required=True),
    Field("alt_text", string(2000), required=True),
)

IN_ACTIONS: Final[dict[str, Check]] = {
    "button": _BUTTON,
    "static_select": _SELECT,
    "users_select": _USERS_SELECT,
    "radio_buttons": _RADIO,
    "checkboxes": _CHECKBOXES,
    "overflow": _OVERFLOW,
    "datepicker": _DATE,
    "timepicker": _TIME,
}
IN_SECTION: Final = {**IN_ACTIONS, "multi_static_select": _MULTI_SELECT, "image": IMAGE}
IN_INPUT: Final = {
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
