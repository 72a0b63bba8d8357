"""What the workspace keeps: messages, files and open views, each replaced whole when it changes."""

from dataclasses import dataclass, field

from deploy.demo.workspace.wire import Json


@dataclass(frozen=True)
class Reaction:
    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Message:
    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    by_app: bool = False
    thread_ts: str | None = None  # the parent's ts, for a reply
    edited: str | None = None  # the ts of the last edit that Slack marks as one
    metadata: Json | None = None
    only_for: str | None = None  # the one person who sees an ephemeral message
    origin: str | None = None  # the response_url it came through
    broadcast: bool = False
    files: tuple[str, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    pinned: bool = False


@dataclass(frozen=True, kw_only=True)
class File:
    id: str
    name: str
    length: int
    title: str = ""
    data: bytes | None = None  # None until the upload came
    channels: tuple[str, ...] = ()
    created: int = 0
    complete: bool = False


@dataclass(frozen=True, kw_only=True)
class View:
    id: str
    user: str
    body: Json = field(hash=False)
    hash: str
    root_id: str
    previous_id: str | None = None  # the view below it on the stack
