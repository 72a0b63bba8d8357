"""The workspace itself, in memory: every change is kept and told to the feed."""

import dataclasses
import secrets
import string
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from deploy.demo.workspace import seed
from deploy.demo.workspace.feed import Feed
from deploy.demo.workspace.records import File, Message, View

_ID_LETTERS = string.ascii_uppercase + string.digits


def new_id(prefix: str) -> str:
    return prefix + "".join(secrets.choice(_ID_LETTERS) for _ in range(10))


class Workspace:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.feed = Feed()
        self.people: dict[str, seed.Person] = {}
        self.channels: dict[str, seed.Channel] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self._messages: dict[str, dict[str, Message]] = {}
        self._last = datetime.fromtimestamp(0, tz=now().tzinfo)
        self.clear()

    def clear(self) -> None:
        """Back to the seed: no messages, files or views. The app's sockets stay open."""
        self.people = {each.id: each for each in seed.PEOPLE}
        self.channels = {each.id: each for each in seed.CHANNELS}
        self.files.clear()
        self.views.clear()
        self._messages = {}
        self.feed.tell("reset")

    def tick(self) -> str:
        """A fresh timestamp; never the same twice, as Slack uses them as ids."""
        self._last = max(self.now(), self._last + timedelta(microseconds=1))
        return f"{int(self._last.timestamp())}.{self._last.microsecond:06d}"

    # Messages

    def put(self, message: Message) -> Message:
        self._messages.setdefault(message.channel, {})[message.ts] = message
        self.feed.tell("message", message=message)
        if message.thread_ts and message.only_for is None:
            self._tell_again(message.channel, message.thread_ts)
        return message

    def drop(self, message: Message) -> None:
        self._messages[message.channel].pop(message.ts, None)
        self.feed.tell("gone", channel=message.channel, ts=message.ts)
        if message.thread_ts:
            self._tell_again(message.channel, message.thread_ts)

    def message(self, channel: str, ts: str) -> Message | None:
        return self._messages.get(channel, {}).get(ts)

    def messages(self, channel: str) -> Iterator[Message]:
        """All of a channel, oldest first, replies and ephemerals among them."""
        kept = self._messages.get(channel, {})
        return (kept[ts] for ts in sorted(kept))

    def replies(self, channel: str, parent: str) -> list[Message]:
        return [
            each
            for each in self.messages(channel)
            if each.thread_ts == parent and each.only_for is None
        ]

    def _tell_again(self, channel: str, ts: str) -> None:
        # The parent shows how many replies it has.
        parent = self.message(channel, ts)
        if parent:
            self.feed.tell("message", message=parent)

    # People

    def keep_person(self, person: seed.Person) -> None:
        self.people[person.id] = person
        self.feed.tell("people")

    # Channels

    def direct(self, person: str) -> seed.Channel:
        """The app's direct messages with a person, opened when first needed."""
        for channel in self.channels.values():
            if channel.direct_with == person:
                return channel
        channel = seed.Channel(
            id="D0" + person.removeprefix("U0"),
            name=person,
            members=frozenset({person, seed.BOT_USER}),
            direct_with=person,
        )
        return self.keep_channel(channel)

    def keep_channel(self, channel: seed.Channel) -> seed.Channel:
        self.channels[channel.id] = channel
        self.feed.tell("channel", channel=channel)
        return channel

    # Files

    def keep_file(self, file: File) -> File:
        self.files[file.id] = file
        return file

    # Views: each person has one stack of them

    def stack(self, user: str) -> list[View]:
        """From the bottom to the one the person sees."""
        return [each for each in self.views.values() if each.user == user]

    def show(self, view: View) -> View:
        self.views[view.id] = view
        self.feed.tell("view", view=view)
        return view

    def close(self, view: View) -> None:
        self.views.pop(view.id, None)
        self.feed.tell("closed", view_id=view.id, user=view.user)


def changed(message: Message, **changes: object) -> Message:
    return dataclasses.replace(message, **changes)  # type: ignore[arg-type]  # checked by callers
