"""What Slack's composer makes of typed words: ids for names, and escaped signs."""

import re
from typing import Final

from deploy.demo.workspace import seed
from deploy.demo.workspace.state import Workspace

_TOKEN: Final = re.compile(
    r"(?P<link>https?://[^\s<>|]+)"
    r"|(?<![\w@])@(?P<person>[\w.-]*\w)"
    r"|(?<![\w#])#(?P<channel>[\w-]+)"
)
_EVERYONE: Final = frozenset({"channel", "here", "everyone"})


def escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(workspace: Workspace, words: str) -> str:
    """Typed text as a message, or a command with `should_escape`, carries it."""
    made: list[str] = []
    at = 0
    for found in _TOKEN.finditer(words):
        made += [escaped(words[at : found.start()]), _token(workspace, found)]
        at = found.end()
    return "".join([*made, escaped(words[at:])])


def _token(workspace: Workspace, found: re.Match[str]) -> str:
    if found["link"]:
        return f"<{escaped(found['link'])}>"
    if found["person"]:
        return _person(workspace, found["person"]) or found[0]
    for channel in workspace.channels.values():
        if channel.name == found["channel"] and not channel.direct_with:
            return f"<#{channel.id}|{'' if channel.is_private else channel.name}>"
    return found[0]


def _person(workspace: Workspace, name: str) -> str | None:
    if name in _EVERYONE:
        return f"<!{name}>"
    for person in workspace.people.values():
        if name.lower() == person.name and not person.deleted:
            return f"<@{person.id}|{person.name}>"
    for group in seed.GROUPS:
        if name.lower() == group.handle:
            return f"<!subteam^{group.id}|@{group.handle}>"
    return None
