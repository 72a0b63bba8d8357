"""Records as Slack's JSON: users, channels, messages, files and views."""

from deploy.demo.workspace import seed
from deploy.demo.workspace.records import File, Message, View
from deploy.demo.workspace.state import Workspace
from deploy.demo.workspace.wire import Json


def user(person: seed.Person) -> Json:
    shown: Json = {
        "id": person.id,
        "team_id": person.team,
        "name": person.name,
        "deleted": person.deleted,
        "real_name": person.real_name,
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": {
            "title": person.role,
            "real_name": person.real_name,
            "display_name": person.name,
            "team": person.team,
        },
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": person.is_bot and person.id != seed.SLACKBOT,
        "is_app_user": False,
        "is_email_confirmed": True,
        "updated": 1700000000,
    }
    if person.is_stranger:
        shown["is_stranger"] = True
    if person.id == seed.BOT_USER:
        shown["profile"] |= {"api_app_id": seed.APP_ID, "bot_id": seed.BOT_ID}
    return shown


def channel(each: seed.Channel) -> Json:
    if each.direct_with:
        return {
            "id": each.id,
            "created": 1700000000,
            "is_im": True,
            "is_org_shared": False,
            "is_archived": False,
            "user": each.direct_with,
            "is_user_deleted": False,
            "context_team_id": seed.TEAM.id,
        }
    return {
        "id": each.id,
        "name": each.name,
        "name_normalized": each.name,
        "is_channel": not each.is_private,
        "is_group": each.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": each.is_private,
        "is_archived": each.is_archived,
        "is_general": each.id == "C0GENERAL",
        "is_shared": each.is_ext_shared,
        "is_ext_shared": each.is_ext_shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "is_member": seed.BOT_USER in each.members,
        "created": 1700000000,
        "creator": "U0ALICE",
        "context_team_id": seed.TEAM.id,
        "num_members": len(each.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": each.purpose, "creator": "U0ALICE", "last_set": 1700000000},
        "shared_team_ids": [seed.TEAM.id, seed.OTHER_TEAM.id]
        if each.is_ext_shared
        else [seed.TEAM.id],
    }


def file(each: File, site_url: str) -> Json:
    kind = each.name.rpartition(".")[2].lower()
    return {
        "id": each.id,
        "created": each.created,
        "timestamp": each.created,
        "name": each.name,
        "title": each.title or each.name,
        "mimetype": {"md": "text/markdown", "json": "application/json"}.get(kind, "text/plain"),
        "filetype": {"md": "markdown", "txt": "text"}.get(kind, kind),
        "pretty_type": {"md": "Markdown", "txt": "Plain Text", "json": "JSON"}.get(kind, "Binary"),
        "user": seed.BOT_USER,
        "user_team": seed.TEAM.id,
        "size": each.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "url_private": f"{site_url}/files-pri/{each.id}/{each.name}",
        "url_private_download": f"{site_url}/files-pri/{each.id}/download/{each.name}",
        "permalink": f"{site_url}/files/{each.id}/{each.name}",
        "channels": [name for name in each.channels if name.startswith("C")],
        "groups": [],
        "ims": [name for name in each.channels if name.startswith("D")],
    }


def message(workspace: Workspace, each: Message, site_url: str, *, metadata: bool = True) -> Json:
    """As conversations.history gives it; without `metadata` unless it was asked for."""
    shown: Json = {
        "type": "message",
        "user": each.user,
        "ts": each.ts,
        "text": each.text,
        "team": workspace.people[each.user].team,
    }
    if each.by_app:
        shown |= {"bot_id": seed.BOT_ID, "app_id": seed.APP_ID, "bot_profile": bot_profile()}
    if each.blocks:
        shown["blocks"] = list(each.blocks)
    if each.attachments:
        shown["attachments"] = list(each.attachments)
    if each.edited:
        shown["edited"] = {"user": each.user, "ts": each.edited}
    if each.metadata and metadata:
        shown["metadata"] = each.metadata
    if each.files:
        shown["files"] = [file(workspace.files[name], site_url) for name in each.files]
    if each.reactions:
        shown["reactions"] = [
            {"name": one.name, "users": list(one.users), "count": len(one.users)}
            for one in each.reactions
        ]
    if each.pinned:
        shown["pinned_to"] = [each.channel]
    return shown | _thread(workspace, each)


def _thread(workspace: Workspace, each: Message) -> Json:
    if each.only_for:
        return {"thread_ts": each.thread_ts} if each.thread_ts else {}
    if each.thread_ts:
        parent = workspace.message(each.channel, each.thread_ts)
        shown: Json = {"thread_ts": each.thread_ts}
        if parent:
            shown["parent_user_id"] = parent.user
        if each.broadcast:
            shown["subtype"] = "thread_broadcast"
        return shown
    replies = workspace.replies(each.channel, each.ts)
    if not replies:
        return {}
    people = list(dict.fromkeys(one.user for one in replies))
    return {
        "thread_ts": each.ts,
        "reply_count": len(replies),
        "reply_users": people,
        "reply_users_count": len(people),
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def bot_profile() -> Json:
    return {
        "id": seed.BOT_ID,
        "app_id": seed.APP_ID,
        "user_id": seed.BOT_USER,
        "name": "vault-responder",
        "deleted": False,
        "updated": 1700000000,
        "team_id": seed.TEAM.id,
    }


def view(each: View, values: Json | None = None) -> Json:
    body = each.body
    return {
        "id": each.id,
        "team_id": seed.TEAM.id,
        "type": "modal",
        "blocks": body.get("blocks", []),
        "private_metadata": body.get("private_metadata") or "",
        "callback_id": body.get("callback_id") or "",
        "external_id": body.get("external_id") or "",
        "state": {"values": values or {}},
        "hash": each.hash,
        "title": body.get("title"),
        "submit": body.get("submit"),
        "close": body.get("close"),
        "submit_disabled": bool(body.get("submit_disabled")),
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "previous_view_id": each.previous_id,
        "root_view_id": each.root_id,
        "app_id": seed.APP_ID,
        "app_installed_team_id": seed.TEAM.id,
        "bot_id": seed.BOT_ID,
    }
