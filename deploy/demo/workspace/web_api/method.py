"""What a Web API method is: its name, the scopes one of which it needs, its tier, its handler."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from deploy.demo.workspace import seed
from deploy.demo.workspace.parts import Parts
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.wire import Json, text

Handler = Callable[[Parts, Json], Json]


@dataclass(frozen=True)
class Method:
    name: str
    handle: Handler
    scopes: tuple[str, ...] = ()  # any one of them will do
    tier: int | None = None  # None: Slack's "special" limits, too high to matter here
    for_app_token: bool = False


_FAMILIES: Final = {
    "public_channel": "channels",
    "private_channel": "groups",
    "im": "im",
    "mpim": "mpim",
}


def need_scope(parts: Parts, kind: str, what: str) -> None:
    """Reading needs the scope of that kind of conversation, such as groups:history."""
    if kind not in _FAMILIES:
        raise Refusal("invalid_types")
    needed = f"{_FAMILIES[kind]}:{what}"
    if needed not in parts.scopes:
        raise missing_scope(parts, needed)


def missing_scope(parts: Parts, needed: str) -> Refusal:
    provided = ",".join(sorted(parts.scopes))
    return Refusal("missing_scope", needed=needed, provided=provided)


def required(body: Json, *names: str) -> list[str]:
    """The values of arguments that must be there."""
    missing = [name for name in names if not text(body, name)]
    if missing:
        raise Refusal(
            "invalid_arguments",
            messages=[f"[ERROR] missing required field: {name}" for name in missing],
        )
    return [text(body, name) for name in names]


def channel_of(parts: Parts, body: Json, name: str = "channel") -> seed.Channel:
    """A channel the app can see: public ones, and others it is a member of."""
    [wanted] = required(body, name)
    channel = parts.workspace.channels.get(wanted)
    hidden = channel is not None and (channel.is_private or channel.direct_with)
    if channel is None or (hidden and seed.BOT_USER not in channel.members):
        raise Refusal("channel_not_found")
    return channel


def joined_channel_of(parts: Parts, body: Json, name: str = "channel") -> seed.Channel:
    channel = channel_of(parts, body, name)
    if seed.BOT_USER not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def open_channel_of(parts: Parts, body: Json, name: str = "channel") -> seed.Channel:
    """A channel the app may say something in."""
    channel = joined_channel_of(parts, body, name)
    if channel.is_archived:
        raise Refusal("is_archived")
    return channel
