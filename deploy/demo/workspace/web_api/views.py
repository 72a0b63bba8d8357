"""views.*: modals opened, pushed and updated by the app."""

from typing import Final

from deploy.demo.workspace.modals import open_modal, push_modal, update_modal
from deploy.demo.workspace.parts import Parts
from deploy.demo.workspace.records import View
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.shown import view as shown_view
from deploy.demo.workspace.web_api.method import Method, required
from deploy.demo.workspace.wire import Json, text


def open_view(parts: Parts, body: Json) -> Json:
    user = _person_who_clicked(parts, body)
    return {"ok": True, "view": shown_view(open_modal(parts.workspace, user, _view(body)))}


def push(parts: Parts, body: Json) -> Json:
    user = _person_who_clicked(parts, body)
    return {"ok": True, "view": shown_view(push_modal(parts.workspace, user, _view(body)))}


def update(parts: Parts, body: Json) -> Json:
    view = _open_view(parts, body)
    if text(body, "hash") not in {"", view.hash}:
        raise Refusal("hash_conflict")
    return {"ok": True, "view": shown_view(update_modal(parts.workspace, view, _view(body)))}


def _person_who_clicked(parts: Parts, body: Json) -> str:
    [trigger] = required(body, "trigger_id")
    return parts.triggers.use(trigger, parts.now())


def _open_view(parts: Parts, body: Json) -> View:
    view_id, external = text(body, "view_id"), text(body, "external_id")
    for view in parts.workspace.views.values():
        if view_id == view.id or (external and external == text(view.body, "external_id")):
            return view
    raise Refusal("not_found")


def _view(body: Json) -> Json:
    view = body.get("view")
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments", messages=["[ERROR] missing required field: view"])
    return view


METHODS: Final = (
    Method("views.open", open_view, tier=4),
    Method("views.push", push, tier=4),
    Method("views.update", update, tier=4),
)
