"""The switchboard of faults: what the workspace does wrong on purpose, as somebody asked.

`POST /_control/faults` takes one JSON object. A key that is named is set, the others stay as they
are, and `{}` clears everything; an unknown key is refused with a sentence (HTTP 400).
`GET /_control/faults` shows what is set, in the same shape, with what is left of each count.

Calls that go wrong: one object or a list of them; an empty list ends the fault. `method` is a name
or a list of names (default: all of them, "response_url" and "upload" too); `times` is how often
(null: until cleared; default 1, or null where `chance` is given); `chance` is the probability at
each call, from 0 to 1.

    rate_limit       HTTP 429; `retry_after` in seconds (default 1)
    http_500         HTTP `status` 500 (default), 502, 503 or 504; nothing happened
    reset            the connection breaks; nothing happened
    lost_answer      the call takes effect, then the connection breaks
    silence          no answer ever comes; `takes_effect` true, or false (default)

The socket, with `times` and `chance` as above:

    socket_refused   a connection that is being opened is refused
    socket_dead      a connection that is being opened says nothing: no hello, no pong, no envelope
    envelope_lost    an envelope is not delivered
    envelope_breaks  the connection breaks instead of delivering an envelope
    event_repeated   an acknowledged event comes again, as if its acknowledgement was lost

Switches:

    seed                the start of chance (default 0)
    lag_ms              each answer takes this much longer
    tiers               Slack's own rate limits (default true)
    silent              sockets stay open and alive, and no envelope is delivered
    refresh_every_s     so often the connection that is open longest is told to reconnect, or null
    refresh_grace_s     so much later Slack closes a connection it told to leave (default 10)
    event_retries_s     when an unacknowledged event comes again (default [0, 60, 300])
    token               "token_revoked", "account_inactive", "invalid_auth", or null: it is good
    missing_scopes      scopes the token does not have after all
    edit_window_closed  messages can no longer be edited
    archived            ids of archived channels

Done at once, and not kept:

    clear               everything above, before the rest of the object is set
    disconnect          a reason; every connection is told it, and closed after the grace
    refresh_socket      the same as "disconnect": "refresh_requested"
    drop_socket         every connection breaks
    kill_socket         every connection that is open now says nothing any more; new ones work
    redeliver_last      the last envelope once more
"""

from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.wire import Json

EVERY_METHOD: Final = "*"
Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fault(_Given):
    times: int | None = Field(default=1, ge=0)  # None: until cleared
    chance: float = Field(default=1, ge=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _chance_goes_on(cls, given: object) -> object:
        if isinstance(given, dict) and "chance" in given:
            return {"times": None, **given}
        return given


def _several(given: object) -> object:
    """One where several may stand."""
    return given if isinstance(given, list | tuple) else [given]


_Kind = TypeVar("_Kind")
_Several = Annotated[tuple[_Kind, ...], BeforeValidator(_several)]


class CallFault(Fault):
    method: _Several[str] = (EVERY_METHOD,)


class RateLimit(CallFault):
    retry_after: int = Field(default=1, ge=1)


class ServerError(CallFault):
    status: Literal[500, 502, 503, 504] = 500


class Silence(CallFault):
    takes_effect: bool = False


class Switches(_Given):
    rate_limit: _Several[RateLimit] = ()
    http_500: _Several[ServerError] = ()
    reset: _Several[CallFault] = ()
    lost_answer: _Several[CallFault] = ()
    silence: _Several[Silence] = ()
    socket_refused: _Several[Fault] = ()
    socket_dead: _Several[Fault] = ()
    envelope_lost: _Several[Fault] = ()
    envelope_breaks: _Several[Fault] = ()
    event_repeated: _Several[Fault] = ()
    seed: int = 0
    lag_ms: int = Field(default=0, ge=0)
    tiers: bool = True
    silent: bool = False
    refresh_every_s: float | None = Field(default=None, gt=0)
    refresh_grace_s: float = Field(default=10, ge=0)
    event_retries_s: tuple[float, ...] = (0, 60, 300)
    token: Literal["token_revoked", "account_inactive", "invalid_auth"] | None = None
    missing_scopes: frozenset[str] = frozenset()
    edit_window_closed: bool = False
    archived: frozenset[str] = frozenset()

    def of_calls(self) -> dict[str, tuple[CallFault, ...]]:
        """In the order in which they strike."""
        return {
            "rate_limit": self.rate_limit,
            "http_500": self.http_500,
            "reset": self.reset,
            "silence": self.silence,
            "lost_answer": self.lost_answer,
        }

    def of_sockets(self) -> dict[str, tuple[Fault, ...]]:
        return {
            "socket_refused": self.socket_refused,
            "socket_dead": self.socket_dead,
            "envelope_lost": self.envelope_lost,
            "envelope_breaks": self.envelope_breaks,
            "event_repeated": self.event_repeated,
        }


class Asked(Switches):
    """What one `POST` may hold: switches to keep, and things to do at once."""

    clear: bool = False
    disconnect: Reason | None = None
    refresh_socket: bool = False
    drop_socket: bool = False
    kill_socket: bool = False
    redeliver_last: bool = False

    def switches(self) -> Json:
        """Those that were named."""
        return {
            name: getattr(self, name) for name in self.model_fields_set & set(Switches.model_fields)
        }


def read(body: Json, methods: frozenset[str]) -> Asked:
    """Raises Refusal with a sentence for each part that makes no sense."""
    try:
        asked = Asked.model_validate(body)
    except ValidationError as error:
        wrong = [_sentence(each["type"], each["loc"], each["msg"]) for each in error.errors()]
        raise Refusal(" ".join(wrong)) from None
    named = {
        name for several in asked.of_calls().values() for each in several for name in each.method
    }
    unknown = named - methods - {EVERY_METHOD}
    if unknown:
        raise Refusal(f"No method is named {', '.join(sorted(unknown))}.")
    return asked


def _sentence(kind: str, where: tuple[int | str, ...], says: str) -> str:
    name = ".".join(map(str, where))
    if kind == "extra_forbidden" and len(where) == 1:
        known = ", ".join(sorted(Asked.model_fields))
        return f"There is no fault named {name}; there are {known}."
    if kind == "extra_forbidden":
        return f"{name} means nothing here."
    return f"{name} is wrong: {says[:1].lower()}{says[1:]}."
