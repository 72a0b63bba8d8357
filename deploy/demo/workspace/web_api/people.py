"""users.*, usergroups.*, team.info, bots.info, auth.test and apps.connections.open."""

from typing import Final

from deploy.demo.workspace import seed
from deploy.demo.workspace.parts import Parts
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.shown import bot_profile
from deploy.demo.workspace.shown import channel as shown_channel
from deploy.demo.workspace.shown import user as shown_user
from deploy.demo.workspace.web_api.conversations import wanted_kinds
from deploy.demo.workspace.web_api.method import Method, required
from deploy.demo.workspace.web_api.pages import page_of
from deploy.demo.workspace.wire import Json, flag, text


def auth_test(parts: Parts, body: Json) -> Json:
    return {
        "ok": True,
        "url": f"{parts.base_url}/",
        "team": seed.TEAM.name,
        "user": "vault-responder",
        "team_id": seed.TEAM.id,
        "user_id": seed.BOT_USER,
        "bot_id": seed.BOT_ID,
        "is_enterprise_install": False,
    }


def open_connection(parts: Parts, body: Json) -> Json:
    ticket = parts.sockets.connections.ticket(parts.now())
    socket_url = parts.base_url.replace("http", "ws", 1)
    return {"ok": True, "url": f"{socket_url}/link/?ticket={ticket}&app_id={seed.APP_ID}"}


def team_info(parts: Parts, body: Json) -> Json:
    return {
        "ok": True,
        "team": {
            "id": seed.TEAM.id,
            "name": seed.TEAM.name,
            "domain": seed.TEAM.domain,
            "url": f"{parts.base_url}/",
            "email_domain": "",
            "icon": {"image_default": True},
        },
    }


def bots_info(parts: Parts, body: Json) -> Json:
    if text(body, "bot") not in {"", seed.BOT_ID}:
        raise Refusal("bot_not_found")
    return {"ok": True, "bot": bot_profile()}


def users_list(parts: Parts, body: Json) -> Json:
    page, cursor = page_of(list(parts.workspace.people.values()), body, 200)
    return {
        "ok": True,
        "members": [shown_user(each) for each in page],
        "cache_ts": int(parts.now().timestamp()),
        "response_metadata": {"next_cursor": cursor},
    }


def users_info(parts: Parts, body: Json) -> Json:
    [user] = required(body, "user")
    person = parts.workspace.people.get(user)
    if person is None:
        raise Refusal("user_not_found")
    return {"ok": True, "user": shown_user(person)}


def users_conversations(parts: Parts, body: Json) -> Json:
    user = text(body, "user") or seed.BOT_USER
    if user not in parts.workspace.people:
        raise Refusal("user_not_found")
    kinds = wanted_kinds(body)
    seen = [
        each
        for each in parts.workspace.channels.values()
        if each.kind in kinds and user in each.members
    ]
    page, cursor = page_of(seen, body, 100)
    return {
        "ok": True,
        "channels": [shown_channel(each) for each in page],
        "response_metadata": {"next_cursor": cursor},
    }


def usergroups_list(parts: Parts, body: Json) -> Json:
    return {"ok": True, "usergroups": [_group(each, body) for each in seed.GROUPS]}


def usergroups_users_list(parts: Parts, body: Json) -> Json:
    [wanted] = required(body, "usergroup")
    for group in seed.GROUPS:
        if group.id == wanted:
            return {"ok": True, "users": list(group.users)}
    raise Refusal("no_such_subteam")


def _group(group: seed.Group, body: Json) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": seed.TEAM.id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": 1700000000,
        "date_update": 1700000000,
        "date_delete": 0,
        "user_count": len(group.users),
    }
    return shown | ({"users": list(group.users)} if flag(body, "include_users") else {})


METHODS: Final = (
    Method("auth.test", auth_test),
    Method("apps.connections.open", open_connection, tier=3, for_app_token=True),
    Method("team.info", team_info, ("team:read",), 3),
    Method("bots.info", bots_info, ("users:read",), 3),
    Method("users.list", users_list, ("users:read",), 2),
    Method("users.info", users_info, ("users:read",), 4),
    Method(
        "users.conversations",
        users_conversations,
        ("channels:read", "groups:read", "im:read", "mpim:read"),
        3,
    ),
    Method("usergroups.list", usergroups_list, ("usergroups:read",), 2),
    Method("usergroups.users.list", usergroups_users_list, ("usergroups:read",), 2),
)
