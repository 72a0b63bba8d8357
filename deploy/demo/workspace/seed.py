"""Who and what is in the workspace when it starts: team, app, people, channels, group, command."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Team:
    id: str
    name: str
    domain: str


@dataclass(frozen=True, kw_only=True)
class Person:
    id: str
    name: str
    real_name: str
    role: str  # one word, for the "Act as" switch
    team: str = "T0DEMO"
    is_restricted: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Channel:
    id: str
    name: str
    members: frozenset[str]
    purpose: str = ""
    is_private: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False
    direct_with: str | None = None  # set for the app's direct messages with one person

    @property
    def kind(self) -> str:
        if self.direct_with:
            return "im"
        return "private_channel" if self.is_private else "public_channel"


@dataclass(frozen=True, kw_only=True)
class Group:
    id: str
    handle: str
    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Command:
    name: str
    description: str
    usage_hint: str
    should_escape: bool


TEAM: Final = Team("T0DEMO", "Postbox", "postbox")
OTHER_TEAM: Final = Team("T0OTHER", "Northwind", "northwind")
APP_ID: Final = "A0VAULT"
BOT_ID: Final = "B0VAULT"
BOT_USER: Final = "U0VAULT"
SLACKBOT: Final = "USLACKBOT"

PEOPLE: Final = (
    Person(id="U0ALICE", name="alice", real_name="Alice", role="responder"),
    Person(id="U0BOB", name="bob", real_name="Bob", role="approver"),
    Person(id="U0CAROL", name="carol", real_name="Carol", role="approver"),
    Person(id="U0DAVE", name="dave", real_name="Dave", role="approver"),
    Person(id="U0ERIN", name="erin", real_name="Erin", role="custodian"),
    Person(id="U0FRANK", name="frank", real_name="Frank", role="custodian"),
    Person(id="U0GRACE", name="grace", real_name="Grace", role="custodian"),
    Person(id="U0HEIDI", name="heidi", real_name="Heidi", role="custodian"),
    Person(id="U0IVAN", name="ivan", real_name="Ivan", role="custodian"),
    Person(id="U0GUEST", name="gus", real_name="Gus", role="guest", is_restricted=True),
    Person(
        id="U0STRANGER",
        name="sam",
        real_name="Sam",
        role="partner",
        team=OTHER_TEAM.id,
        is_stranger=True,
    ),
    Person(id="U0GONE", name="dora", real_name="Dora", role="deactivated", deleted=True),
    Person(
        id=BOT_USER, name="vault-responder", real_name="vault-responder", role="app", is_bot=True
    ),
    Person(id=SLACKBOT, name="slackbot", real_name="Slackbot", role="app", is_bot=True),
)

_STAFF: Final = frozenset(
    each.id
    for each in PEOPLE
    if each.team == TEAM.id and not (each.is_bot or each.is_restricted or each.deleted)
)

# The app sits where someone invited it. #general never did, as in most workspaces: there it can
# only answer the person who called it.
CHANNELS: Final = (
    Channel(
        id="C0INCIDENT",
        name="incident",
        purpose="Where outages are worked on",
        members=_STAFF | {BOT_USER, "U0GUEST"},
    ),
    Channel(
        id="C0GENERAL",
        name="general",
        purpose="Everyone at Postbox",
        members=_STAFF,
    ),
    Channel(
        id="C0PARTNER",
        name="partner-support",
        purpose="Shared with Northwind",
        members=_STAFF | {BOT_USER, "U0STRANGER"},
        is_ext_shared=True,
    ),
)

GROUPS: Final = (
    Group(
        id="S0APPROVERS",
        handle="vault-approvers",
        name="Vault approvers",
        users=("U0BOB", "U0CAROL", "U0DAVE"),
    ),
)

COMMANDS: Final = (
    Command(
        name="/vault",
        description="Vault disaster recovery",
        usage_hint=(
            "help | status | backup | backups | restore | runs | run | cancel | checklist | docs"
        ),
        should_escape=True,
    ),
)

# The events that the manifest subscribes to.
EVENTS: Final = frozenset({"user_change"})

# What the app's token may do unless the tokens file says otherwise: the scopes that the app's own
# manifest asks for, so that a call the manifest forgot fails here first.
SCOPES: Final = frozenset(
    {
        "commands",
        "chat:write",
        "channels:read",
        "groups:read",
        "channels:history",
        "groups:history",
        "files:write",
        "pins:write",
        "users:read",
    }
)
