"""Events that the app subscribes to, as Slack puts them into an envelope."""

from deploy.demo.workspace import seed
from deploy.demo.workspace.shown import user as shown_user
from deploy.demo.workspace.state import new_id
from deploy.demo.workspace.wire import Json


def user_change(person: seed.Person, ts: str) -> Json:
    at = int(float(ts))
    changed = {"type": "user_change", "user": shown_user(person) | {"updated": at}}
    return _callback(changed | {"cache_ts": at, "event_ts": ts}, at)


def _callback(event: Json, at: int) -> Json:
    return {
        "token": "not-to-be-used",
        "team_id": seed.TEAM.id,
        "api_app_id": seed.APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": new_id("Ev0"),
        "event_time": at,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": seed.TEAM.id,
                "user_id": seed.BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }
