"""Logs: one line of JSON an event, to standard output, for developers and never for secrets."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Writes the event, its keys, when and by whom; a traceback is told by type and place alone."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _OWN}
        if record.exc_info and record.exc_info[0] is not None:
            # The text of an exception may hold what a remote answered; its type cannot.
            line["type"] = record.exc_info[0].__name__
        return json.dumps(line, default=str)


def begin() -> None:
    """Send every logger's events to standard output. Libraries are heard from warnings on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for library in ("slack_bolt", "slack_sdk", "aiohttp", "urllib3", "hvac", "rq", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)
