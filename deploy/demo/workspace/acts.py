"""What a person does in the workspace, and what they see of it: the answer a client would show."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from deploy.demo.workspace import hooks, payloads, seed
from deploy.demo.workspace.composer import typed
from deploy.demo.workspace.elements import filled, pressed, values_left_alone
from deploy.demo.workspace.feed import first
from deploy.demo.workspace.modals import close_modals, push_modal, update_modal
from deploy.demo.workspace.parts import Parts
from deploy.demo.workspace.records import Message, View
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.responses import answer_through
from deploy.demo.workspace.sockets import Ack, NoAck
from deploy.demo.workspace.wire import Json, record, records, text

# How long an answer waits for the first thing the person would see after the acknowledgement.
_SETTLE: Final = timedelta(milliseconds=700)


@dataclass(frozen=True, kw_only=True)
class Answer:
    ok: bool = True
    error: str | None = None
    view_id: str | None = None
    ephemeral: Json | None = None
    errors: Json = field(default_factory=dict)  # a modal's field errors, by block
    message: Json | None = None

    def as_json(self) -> Json:
        return {"ok": self.ok} | {
            name: value for name, value in vars(self).items() if name != "ok" and value
        }


def person(parts: Parts, user: str) -> seed.Person:
    try:
        return parts.workspace.people[user]
    except KeyError:
        raise Refusal("user_not_found") from None


def channel(parts: Parts, channel_id: str, user: str) -> seed.Channel:
    """A channel by id or name; the app's id, or a person's, is their direct messages."""
    name = channel_id.removeprefix("#")
    for each in parts.workspace.channels.values():
        if channel_id == each.id or (name == each.name and not each.direct_with):
            return each
    direct_with = user if channel_id == seed.BOT_USER else channel_id
    if direct_with in parts.workspace.people:
        return parts.workspace.direct(direct_with)
    raise Refusal("channel_not_found")


def _check_open(where: seed.Channel) -> None:
    """Nobody can type anything into an archived channel."""
    if where.is_archived:
        raise Refusal("is_archived")


def say(parts: Parts, where: seed.Channel, user: str, words: str, thread_ts: str | None) -> Answer:
    _check_open(where)
    if not words.strip():
        raise Refusal("no_text")
    if thread_ts and parts.workspace.message(where.id, thread_ts) is None:
        raise Refusal("thread_not_found")
    said = parts.workspace.put(
        Message(
            channel=where.id,
            ts=parts.workspace.tick(),
            user=user,
            text=typed(parts.workspace, words),
            thread_ts=thread_ts,
        )
    )
    return Answer(message=parts.shown(said))


async def command(
    parts: Parts, who: seed.Person, where: seed.Channel, name: str, words: str
) -> Answer:
    _check_open(where)
    known = next((each for each in seed.COMMANDS if each.name == name), None)
    if known is None:
        note = f"`{name}` is not a valid command."
        return _told(parts, who, where, note, "invalid_command")
    hook = _hook(parts, who, where)
    trigger = parts.triggers.make(who.id, parts.now())
    payload = payloads.slash_command(
        who,
        where,
        name,
        typed(parts.workspace, words) if known.should_escape else words,
        {"response_url": f"{parts.base_url}/hooks/{hook.id}", "trigger_id": trigger},
    )
    with parts.workspace.feed.follow() as changes:
        said = await parts.sockets.deliver("slash_commands", payload)
        if isinstance(said, NoAck):
            note = f'{name} failed with the error "{said.error}"'
            return _told(parts, who, where, note, said.error)
        if said.payload:
            answer_through(parts, hook, said.payload)
        return await _settled(parts, who, hook, changes)


async def press(
    parts: Parts, who: seed.Person, message: Message, action: Json, state: Json | None = None
) -> Answer:
    where = parts.workspace.channels[message.channel]
    hook = _hook(parts, who, where, message)
    sent = pressed(message.blocks, action, parts.workspace.tick())
    payload = payloads.block_actions(
        payloads.Press(
            person=who,
            channel=where,
            message=None if message.only_for else parts.shown(message),
            message_ts=message.ts,
            is_ephemeral=message.only_for is not None,
            thread_ts=message.thread_ts,
            action=sent,
            state={**values_left_alone(message.blocks), **(state or {})},
            trigger_id=parts.triggers.make(who.id, parts.now()),
            response_url=f"{parts.base_url}/hooks/{hook.id}",
        )
    )
    with parts.workspace.feed.follow() as changes:
        said = await parts.sockets.deliver("interactive", payload)
        if isinstance(said, NoAck):
            # A warning sign beside the button is all that Slack shows.
            parts.workspace.feed.tell(
                "warning", channel=message.channel, ts=message.ts, action=sent, user=who.id
            )
            return Answer(ok=False, error=said.error)
        return await _settled(parts, who, hook, changes)


async def press_in_view(
    parts: Parts, who: seed.Person, view: View, action: Json, given: Json
) -> Answer:
    blocks = records(view.body, "blocks")
    payload = payloads.view_actions(
        who,
        view,
        pressed(blocks, action, parts.workspace.tick()),
        filled(blocks, given),
        parts.triggers.make(who.id, parts.now()),
    )
    with parts.workspace.feed.follow() as changes:
        said = await parts.sockets.deliver("interactive", payload)
        if isinstance(said, NoAck):
            return Answer(ok=False, error=said.error)
        return await _settled(parts, who, None, changes)


async def submit(parts: Parts, who: seed.Person, view: View, given: Json) -> Answer:
    values = filled(records(view.body, "blocks"), given)
    trigger = parts.triggers.make(who.id, parts.now())
    payload = payloads.view_submission(who, view, values, trigger)
    with parts.workspace.feed.follow() as changes:
        said = await parts.sockets.deliver("interactive", payload)
        if isinstance(said, NoAck):
            return Answer(ok=False, error=said.error, view_id=view.id)
        done = _obey(parts, view, said)
        if not done.ok or done.view_id:
            return done
        return await _settled(parts, who, None, changes)


async def dismiss(parts: Parts, who: seed.Person, view: View, *, everything: bool) -> Answer:
    """Close a modal as the X does (`everything`) or as its Close button does."""
    leaving = parts.workspace.stack(view.user) if everything else [view]
    for each in reversed(leaving):
        parts.workspace.close(each)
    for each in leaving:
        if each.body.get("notify_on_close"):
            payload = payloads.view_closed(who, each, is_cleared=everything)
            said = await parts.sockets.deliver("interactive", payload)
            if isinstance(said, NoAck):
                return Answer(ok=False, error=said.error)
    return Answer()


def _obey(parts: Parts, view: View, said: Ack) -> Answer:
    """What the answer to a submission does with the modal."""
    body = record(said.payload, "view")
    match text(said.payload, "response_action"):
        case "errors":
            errors = record(said.payload, "errors")
            parts.workspace.feed.tell("errors", view_id=view.id, user=view.user, errors=errors)
            said_of_fields = "; ".join(map(str, errors.values()))
            return Answer(ok=False, error=said_of_fields, errors=errors, view_id=view.id)
        case "update":
            return Answer(view_id=update_modal(parts.workspace, view, body).id)
        case "push":
            return Answer(view_id=push_modal(parts.workspace, view.user, body).id)
        case "clear":
            close_modals(parts.workspace, view.user)
        case _:
            parts.workspace.close(view)
    return Answer()


async def _settled(
    parts: Parts, who: seed.Person, hook: hooks.Hook | None, changes: asyncio.Queue[Json]
) -> Answer:
    """Wait until the person sees a modal or a message of their own, but not for long."""

    def seen(change: Json) -> bool:
        if change["kind"] == "view":
            return bool(change["view"].user == who.id)
        if change["kind"] != "message" or change["message"].only_for != who.id:
            return False
        # An answer through another interaction's response_url is not the answer to this one.
        return change["message"].origin in ({None, hook.id} if hook else {None})

    change = await first(changes, seen, _SETTLE)
    if change is None:
        return Answer()
    if change["kind"] == "view":
        return Answer(view_id=change["view"].id)
    return Answer(ephemeral=parts.shown(change["message"]))


def _hook(
    parts: Parts, who: seed.Person, where: seed.Channel, message: Message | None = None
) -> hooks.Hook:
    return parts.hooks.make(
        hooks.Hook(
            id=hooks.new_id(),
            user=who.id,
            channel=where.id,
            made=parts.now(),
            message_ts=message.ts if message else None,
        )
    )


def _told(parts: Parts, who: seed.Person, where: seed.Channel, note: str, error: str) -> Answer:
    """Slackbot tells the person alone."""
    said = parts.workspace.put(
        Message(
            channel=where.id,
            ts=parts.workspace.tick(),
            user=seed.SLACKBOT,
            text=note,
            only_for=who.id,
        )
    )
    return replace(Answer(ok=False, error=error), ephemeral=parts.shown(said))
