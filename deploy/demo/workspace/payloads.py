"""Slack's payloads for a command, a click and a modal, as its clients send them to the app."""

from dataclasses import dataclass

from deploy.demo.workspace import seed
from deploy.demo.workspace.records import View
from deploy.demo.workspace.shown import view as shown_view
from deploy.demo.workspace.wire import Json


@dataclass(frozen=True, kw_only=True)
class Press:
    """One click: who, where it sat, what was pressed, and the credentials it carries."""

    person: seed.Person
    channel: seed.Channel
    message: Json | None  # None for an ephemeral message: Slack leaves it out
    message_ts: str
    is_ephemeral: bool
    thread_ts: str | None
    action: Json
    state: Json
    trigger_id: str
    response_url: str


def slash_command(
    person: seed.Person, channel: seed.Channel, command: str, words: str, given: Json
) -> Json:
    """`given` holds the trigger_id and the response_url."""
    return {
        "token": "not-to-be-used",
        "team_id": seed.TEAM.id,
        "team_domain": seed.TEAM.domain,
        "channel_id": channel.id,
        "channel_name": _name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": words,
        "api_app_id": seed.APP_ID,
        "is_enterprise_install": "false",
        **given,
    }


def block_actions(press: Press) -> Json:
    container: Json = {
        "type": "message",
        "message_ts": press.message_ts,
        "channel_id": press.channel.id,
        "is_ephemeral": press.is_ephemeral,
    }
    if press.thread_ts:
        container["thread_ts"] = press.thread_ts
    payload = {
        **_envelope("block_actions", press.person),
        "container": container,
        "trigger_id": press.trigger_id,
        "channel": {"id": press.channel.id, "name": _name(press.channel)},
        "state": {"values": press.state},
        "response_url": press.response_url,
        "actions": [press.action],
    }
    return payload if press.message is None else {**payload, "message": press.message}


def view_actions(
    person: seed.Person, view: View, action: Json, values: Json, trigger_id: str
) -> Json:
    return {
        **_envelope("block_actions", person),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger_id,
        "view": shown_view(view, values),
        "actions": [action],
    }


def view_submission(person: seed.Person, view: View, values: Json, trigger_id: str) -> Json:
    return {
        **_envelope("view_submission", person),
        "trigger_id": trigger_id,
        "view": shown_view(view, values),
        "response_urls": [],
    }


def view_closed(person: seed.Person, view: View, *, is_cleared: bool) -> Json:
    return {
        **_envelope("view_closed", person),
        "view": shown_view(view),
        "is_cleared": is_cleared,
    }


def _envelope(kind: str, person: seed.Person) -> Json:
    return {
        "type": kind,
        "team": {"id": seed.TEAM.id, "domain": seed.TEAM.domain},
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team,
        },
        "api_app_id": seed.APP_ID,
        "token": "not-to-be-used",
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _name(channel: seed.Channel) -> str:
    """Slack tells the names of public channels only."""
    hidden = {"im": "directmessage", "private_channel": "privategroup"}
    return hidden.get(channel.kind, channel.name)
