"""Slack's Web API as the bot calls it: which methods, with which scopes, and what can go wrong."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any, Final, TypeAlias

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

Json: TypeAlias = dict[str, Any]

# Each method that is called, with the bot scopes it needs. The manifest asks for their sum, and
# a method that is not here cannot be called.
SCOPES: Final[Mapping[str, frozenset[str]]] = {
    "auth.test": frozenset(),
    "bots.info": frozenset({"users:read"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "chat.getPermalink": frozenset(),
    "conversations.info": frozenset({"channels:read", "groups:read"}),
    "conversations.history": frozenset({"channels:history", "groups:history"}),
    "conversations.replies": frozenset({"channels:history", "groups:history"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "files.completeUploadExternal": frozenset({"files:write"}),
    "pins.add": frozenset({"pins:write"}),
    "users.info": frozenset({"users:read"}),
    "views.open": frozenset(),
}
# Slack answers within a second. Whoever waits longer for one answer that never comes shows
# everybody else's approvals late too: cards are edited one after another.
_TIMEOUT: Final = timedelta(seconds=4)
_FOR_FILES: Final = timedelta(seconds=20)  # Three calls, one of which carries the file.
_LIMITED: Final = 429
_BROKEN: Final = 500


class NotOurTurnError(Exception):
    """Another bot shows the runs now, so this one must say nothing."""


class SlackLimitedError(Exception):
    """Slack took nothing and says how long to wait."""

    def __init__(self, method: str, after: timedelta) -> None:
        super().__init__(f"{method} is limited for {after}")
        self.after = after


class SlackUnsureError(Exception):
    """No answer that makes sense came back: the call may have taken effect."""


class SlackRefusedError(Exception):
    """Slack understood the call and refused it."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method} was refused: {error}")
        self.error = error


class Web:
    """One client for the whole process. The SDK's own retries are off: it would post twice."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.client = client

    async def call(self, method: str, **what: Any) -> Json:  # noqa: ANN401 -- Slack's parameters
        """Call a method once. Raises SlackLimitedError, SlackUnsureError or SlackRefusedError."""
        if method not in SCOPES:
            msg = f"{method} is not in the table of methods, so the manifest has no scope for it"
            raise LookupError(msg)
        named: Callable[..., Coroutine[Any, Any, Any]] = getattr(
            self.client, method.replace(".", "_")
        )
        return await _answer(method, named(**what))

    async def auth_test(self) -> tuple[Json, frozenset[str]]:
        """Ask who this token is, and which scopes it has. Raises as `call` does."""
        response = await _answered("auth.test", self.client.auth_test())
        scopes = str(response.headers.get("x-oauth-scopes", ""))
        data: Json = response.data if isinstance(response.data, dict) else {}
        return data, frozenset(scope.strip() for scope in scopes.split(","))

    async def socket_url(self, app_token: str) -> str:
        """Ask for a Socket Mode connection, with the app's own token. Raises as `call` does."""
        opening = self.client.apps_connections_open(app_token=app_token)
        return str((await _answer("apps.connections.open", opening))["url"])

    async def share_file(self, channel: str, thread_ts: str, name: str, text: str) -> None:
        """Put a file into a thread, in Slack's three calls."""
        named: Callable[..., Coroutine[Any, Any, Any]] = self.client.files_upload_v2
        upload = named(
            filename=name, content=text, title=name, channel=channel, thread_ts=thread_ts
        )
        await _answer("files.completeUploadExternal", upload, _FOR_FILES)


def client_for(token: str, api_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(
        token=token,
        base_url=api_url,
        session=session,
        retry_handlers=[],
    )


async def _answer(
    method: str, call: Coroutine[Any, Any, Any], within: timedelta = _TIMEOUT
) -> Json:
    data = (await _answered(method, call, within)).data
    return data if isinstance(data, dict) else {}


async def _answered(
    method: str, call: Coroutine[Any, Any, AsyncSlackResponse], within: timedelta = _TIMEOUT
) -> AsyncSlackResponse:
    try:
        # Here, since the SDK forgets its own timeout where it is given a session.
        async with asyncio.timeout(within.total_seconds()):
            return await call
    except SlackApiError as error:
        raise _translated(method, error) from error
    except (aiohttp.ClientError, TimeoutError, SlackRequestError, OSError) as error:
        # Never the error's own text: it may hold a URL with a credential.
        msg = f"{method} got no answer ({type(error).__name__})"
        raise SlackUnsureError(msg) from error


def _translated(method: str, error: SlackApiError) -> Exception:
    response = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    said = response.get("error", "") if isinstance(getattr(response, "data", None), dict) else ""
    if status == _LIMITED or said in {"ratelimited", "rate_limited"}:
        seconds = response.headers.get("Retry-After", "1")
        return SlackLimitedError(method, timedelta(seconds=float(seconds)))
    if status >= _BROKEN or not said:
        return SlackUnsureError(f"{method} got HTTP {status}")
    return SlackRefusedError(method, said)
