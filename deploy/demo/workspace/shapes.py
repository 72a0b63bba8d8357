"""Combinators that check a value against a shape and say what is wrong in Slack's words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Check = Callable[[object, str], list[str]]


@dataclass(frozen=True)
class Field:
    name: str
    check: Check
    required: bool = False


def _fault(says: str, pointer: str) -> list[str]:
    return [f"[ERROR] {says} [json-pointer:{pointer or '/'}]"]


def string(most: int, least: int = 1) -> Check:
    def check(value: object, pointer: str) -> list[str]:
        if not isinstance(value, str):
            return _fault("must be a string", pointer)
        if len(value) > most:
            return _fault(f"must be less than {most + 1} characters", pointer)
        if len(value) < least:
            return _fault(f"must be more than {least - 1} characters", pointer)
        return []

    return check


def exactly(*allowed: object) -> Check:
    def check(value: object, pointer: str) -> list[str]:
        if value in allowed:
            return []
        return _fault(f"must be one of {', '.join(map(str, allowed))}", pointer)

    return check


def boolean(value: object, pointer: str) -> list[str]:
    return [] if isinstance(value, bool) else _fault("must be a boolean", pointer)


def number(value: object, pointer: str) -> list[str]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return [] if is_number else _fault("must be a number", pointer)


def anything(value: object, pointer: str) -> list[str]:
    return []


def listing(of: Check, most: int, least: int = 1) -> Check:
    def check(value: object, pointer: str) -> list[str]:
        if not isinstance(value, list):
            return _fault("must be an array", pointer)
        if len(value) > most:
            return _fault(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            return _fault(f"no less than {least} items allowed", pointer)
        return [fault for at, each in enumerate(value) for fault in of(each, f"{pointer}/{at}")]

    return check


def shape(*fields: Field) -> Check:
    """An object with these fields and no others: Slack refuses what it does not know."""
    known = {field.name for field in fields}

    def check(value: object, pointer: str) -> list[str]:
        if not isinstance(value, dict):
            return _fault("must be an object", pointer)
        faults = [
            fault
            for name in value
            if name not in known
            for fault in _fault(f"invalid additional property: {name}", pointer)
        ]
        for field in fields:
            if value.get(field.name) is not None:
                faults += field.check(value[field.name], f"{pointer}/{field.name}")
            elif field.required:
                faults += _fault(f"missing required field: {field.name}", pointer)
        return faults

    return check


def by_type(table: Mapping[str, Check]) -> Check:
    """An object whose `type` names its shape."""

    def check(value: object, pointer: str) -> list[str]:
        if not isinstance(value, dict):
            return _fault("must be an object", pointer)
        kind = value.get("type")
        if kind is None:
            return _fault("missing required field: type", pointer)
        if not isinstance(kind, str) or kind not in table:
            return _fault(f"unsupported type: {kind}", f"{pointer}/type")
        return table[kind](value, pointer)

    return check


def both(*checks: Check) -> Check:
    def check(value: object, pointer: str) -> list[str]:
        return [fault for each in checks for fault in each(value, pointer)]

    return check


def one_of_fields(*names: str) -> Check:
    def check(value: object, pointer: str) -> list[str]:
        if isinstance(value, dict) and any(value.get(name) for name in names):
            return []
        return _fault(f"must provide at least one of: {', '.join(names)}", pointer)

    return check


def unique(key: str, inside: str | None = None) -> Check:
    """No two objects of a list may share `key`; `inside` names the list within each object."""

    def check(value: object, pointer: str) -> list[str]:
        items = value.get(inside) if inside and isinstance(value, dict) else value
        seen: set[str] = set()
        faults: list[str] = []
        for at, each in enumerate(items if isinstance(items, list) else []):
            name = each.get(key) if isinstance(each, dict) else None
            if not isinstance(name, str):
                continue
            if name in seen:
                where = f"{pointer}/{inside}/{at}/{key}" if inside else f"{pointer}/{at}/{key}"
                faults += _fault(f"duplicate {key}: {name}", where)
            seen.add(name)
        return faults

    return check
