"""The one way a Web API method says no, with Slack's own error string."""

from deploy.demo.workspace.wire import Json


class Refusal(Exception):  # noqa: N818 - an answer of the API, not a fault of ours
    def __init__(self, error: str, *, messages: list[str] | None = None, **extra: object) -> None:
        super().__init__(error)
        self.error = error
        self._extra = extra
        self._messages = messages or []

    def as_json(self) -> Json:
        body: Json = {"ok": False, "error": self.error, **self._extra}
        if self._messages:
            body["errors"] = self._messages
            body["response_metadata"] = {"messages": self._messages}
        return body
