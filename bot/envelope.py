"""Slack's payloads as typed values, and the ids that make a redelivery harmless. Pure.

What is missing in a payload reads as nothing, which fits no run, person or workspace.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Body: TypeAlias = Mapping[str, object]

_RUN_LETTERS: Final = 8  # 40 bits: short enough to type, and two runs never share one in practice.
_REQUEST_LETTERS: Final = 20


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who sent it, through which app and workspace, by Slack's word."""

    app: str
    team: str
    enterprise: str
    user: str


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A slash command."""

    sender: Sender
    channel: str
    text: str
    trigger: str
    seed: str


@dataclass(frozen=True, kw_only=True)
class Click:
    """A button that was pressed, and the message it sat under."""

    sender: Sender
    channel: str
    message_ts: str
    bot: str  # Who posted that message; nothing for an ephemeral one.
    ephemeral: bool
    action: str
    value: str
    trigger: str
    seed: str


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """A dialog that was sent off."""

    sender: Sender
    callback: str
    metadata: str
    values: Body
    seed: str

    def value(self, name: str) -> str:
        """Read a field whose block and element share one name; nothing if it was left empty."""
        return _text(self.values, name, name, "value").strip()

    def choice(self, name: str) -> str:
        """Read what was chosen in such a field."""
        return _text(self.values, name, name, "selected_option", "value")


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What Slack tells of a person whose account changed, in the shape of `users.info`."""

    sender: Sender  # The person it is about.
    user: Body


def typed(body: Body) -> Typed:
    sender = Sender(
        app=_text(body, "api_app_id"),
        team=_text(body, "team_id"),
        enterprise=_text(body, "enterprise_id"),
        user=_text(body, "user_id"),
    )
    text, trigger = _text(body, "text"), _text(body, "trigger_id")
    channel = _text(body, "channel_id")
    # Slack makes one trigger a command, so the same command typed twice is two.
    seed = _seed("command", trigger, sender.team, channel, sender.user, text)
    return Typed(sender=sender, channel=channel, text=text, trigger=trigger, seed=seed)


def click(body: Body) -> Click:
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else {}
    action: Body = first if isinstance(first, dict) else {}
    sender = _sender(body)
    channel = _text(body, "container", "channel_id")
    message_ts = _text(body, "container", "message_ts")
    name = _text(action, "action_id")
    at = _text(action, "action_ts")
    container = body.get("container")
    return Click(
        sender=sender,
        channel=channel,
        message_ts=message_ts,
        bot=_text(body, "message", "bot_id"),
        ephemeral=isinstance(container, dict) and bool(container.get("is_ephemeral")),
        action=name,
        value=_text(action, "value"),
        trigger=_text(body, "trigger_id"),
        seed=_seed("click", at, message_ts, channel, sender.user, name),
    )


def submitted(body: Body) -> Submitted:
    sender = _sender(body)
    view = body.get("view")
    state = view.get("state") if isinstance(view, dict) else None
    values = state.get("values") if isinstance(state, dict) else None
    return Submitted(
        sender=sender,
        callback=_text(body, "view", "callback_id"),
        metadata=_text(body, "view", "private_metadata"),
        values=values if isinstance(values, dict) else {},
        # A dialog is sent off once: it closes, and the next one has another id.
        seed=_seed("view", _text(body, "view", "id"), sender.user),
    )


def changed(body: Body) -> Changed:
    event = body.get("event")
    user = event.get("user") if isinstance(event, dict) else None
    sender = Sender(
        app=_text(body, "api_app_id"),
        team=_text(body, "team_id"),
        enterprise=_text(body, "enterprise_id"),
        user=_text(user, "id"),
    )
    return Changed(sender=sender, user=user if isinstance(user, dict) else {})


def run_id(seed: str) -> str:
    """Name the run that a request asks for; the same request always names the same run."""
    return f"r-{_letters('run', seed, _RUN_LETTERS)}"


def request_id(seed: str) -> str:
    return f"q-{_letters('request', seed, _REQUEST_LETTERS)}"


def _sender(body: Body) -> Sender:
    return Sender(
        app=_text(body, "api_app_id"),
        team=_text(body, "team", "id"),
        enterprise=_text(body, "enterprise", "id"),
        user=_text(body, "user", "id"),
    )


def _seed(*parts: str) -> str:
    return "\n".join(parts)


def _letters(what: str, seed: str, count: int) -> str:
    digest = hashlib.sha256(f"{what}\n{seed}".encode("utf-8", "replace")).digest()
    return base64.b32encode(digest).decode().lower()[:count]


def _text(body: object, *path: str) -> str:
    for key in path:
        body = body.get(key) if isinstance(body, Mapping) else None
    return body if isinstance(body, str) else ""
