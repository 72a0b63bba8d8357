"""Elements of blocks: found by their ids, and what pressing or leaving one as it was sends."""

from collections.abc import Iterable, Iterator

from deploy.demo.workspace.wire import Json, record, records, text


def elements(blocks: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    """Every interactive element with its block's id."""
    for block in blocks:
        kept = [record(block, "accessory"), record(block, "element")]
        if block.get("type") == "actions":
            kept += records(block, "elements")
        for element in kept:
            if text(element, "action_id"):
                yield text(block, "block_id"), element


def pressed(blocks: Iterable[Json], action: Json, action_ts: str) -> Json:
    """The action as sent: what the caller says wins over what the element holds.

    So a script may forge a value, a block or a whole button that is not there.
    """
    real: Json = {}
    for block_id, element in elements(blocks):
        same_block = action.get("block_id") in (None, block_id)
        if same_block and element["action_id"] == action.get("action_id"):
            real = {
                name: element[name]
                for name in ("type", "action_id", "text", "value", "style", "url", "placeholder")
                if name in element
            }
            real["block_id"] = block_id
            break
    return {"type": "button", "block_id": "", **real, **action, "action_ts": action_ts}


def values_left_alone(blocks: Iterable[Json]) -> Json:
    """`state.values` of a form that nobody touched."""
    values: Json = {}
    for block_id, element in elements(blocks):
        value = _initial(element)
        if value is not None:
            values.setdefault(block_id, {})[element["action_id"]] = value
    return values


def filled(blocks: Iterable[Json], given: Json) -> Json:
    values = values_left_alone(blocks)
    for block_id, fields in given.items():
        if isinstance(fields, dict):
            values[block_id] = {**values.get(block_id, {}), **fields}
    return values


def _initial(element: Json) -> Json | None:
    kind = text(element, "type")
    match kind:
        case "plain_text_input" | "number_input":
            return {"type": kind, "value": element.get("initial_value") or None}
        case "static_select" | "radio_buttons":
            return {"type": kind, "selected_option": element.get("initial_option")}
        case "checkboxes" | "multi_static_select":
            return {"type": kind, "selected_options": element.get("initial_options", [])}
        case "users_select":
            return {"type": kind, "selected_user": element.get("initial_user")}
        case "datepicker":
            return {"type": kind, "selected_date": element.get("initial_date")}
        case "timepicker":
            return {"type": kind, "selected_time": element.get("initial_time")}
        case _:
            return None
