"""Modals: opened, pushed and updated by a method call or by the answer to a submission."""

import json
import secrets
from typing import Final

from deploy.demo.workspace.block_kit import faults_of_view
from deploy.demo.workspace.records import View
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.state import Workspace, new_id
from deploy.demo.workspace.wire import Json, text

_STACK: Final = 3
_MOST_BYTES: Final = 250_000


def open_modal(workspace: Workspace, user: str, body: Json) -> View:
    """A new stack: what the person had open is replaced."""
    kept = _checked(workspace, body)
    for below in workspace.stack(user):
        workspace.close(below)
    view_id = new_id("V0")
    return workspace.show(
        View(id=view_id, user=user, body=kept, hash=_new_hash(workspace), root_id=view_id)
    )


def push_modal(workspace: Workspace, user: str, body: Json) -> View:
    below = workspace.stack(user)
    if not below:
        raise Refusal("not_found")
    if len(below) >= _STACK:
        raise Refusal("push_limit_reached")
    return workspace.show(
        View(
            id=new_id("V0"),
            user=user,
            body=_checked(workspace, body),
            hash=_new_hash(workspace),
            root_id=below[0].root_id,
            previous_id=below[-1].id,
        )
    )


def update_modal(workspace: Workspace, view: View, body: Json) -> View:
    return workspace.show(
        View(
            id=view.id,
            user=view.user,
            body=_checked(workspace, body, instead_of=view),
            hash=_new_hash(workspace),
            root_id=view.root_id,
            previous_id=view.previous_id,
        )
    )


def close_modals(workspace: Workspace, user: str) -> None:
    for view in reversed(workspace.stack(user)):
        workspace.close(view)


def with_ids(blocks: list[Json]) -> list[Json]:
    """Slack gives a name to every block and element that came without one."""
    return [_with_ids(each) for each in blocks]


def _with_ids(block: Json) -> Json:
    named = {"block_id": _short_id(), **block}
    if not named["block_id"]:
        named["block_id"] = _short_id()
    for place in ("element", "accessory"):
        if isinstance(block.get(place), dict):
            named[place] = _with_action_id(block[place])
    if block.get("type") == "actions":
        named["elements"] = [_with_action_id(each) for each in block.get("elements", [])]
    return named


def _with_action_id(element: Json) -> Json:
    return element if element.get("action_id") else {**element, "action_id": _short_id()}


def _checked(workspace: Workspace, body: Json, instead_of: View | None = None) -> Json:
    if len(json.dumps(body)) > _MOST_BYTES:
        raise Refusal("view_too_large")
    faults = faults_of_view(body)
    if faults:
        raise Refusal("invalid_arguments", messages=faults)
    external = text(body, "external_id")
    if external and any(
        text(each.body, "external_id") == external
        for each in workspace.views.values()
        if instead_of is None or each.id != instead_of.id
    ):
        raise Refusal("duplicate_external_id")
    return {**body, "blocks": with_ids(body["blocks"])}


def _new_hash(workspace: Workspace) -> str:
    return f"{workspace.tick().partition('.')[0]}.{secrets.token_hex(4)}"


def _short_id() -> str:
    return secrets.token_urlsafe(4)[:5]
