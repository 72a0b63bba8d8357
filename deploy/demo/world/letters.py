"""Letters as they lie in the mail server's inbox, for the page and for scripts."""

from email import message_from_bytes, policy
from pathlib import Path


def letters(inbox: Path) -> list[dict[str, str]]:
    """Read them, the oldest first; none where no letter came yet."""
    return [_read(path) for path in sorted(inbox.glob("*.eml"))]


def _read(path: Path) -> dict[str, str]:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    return {
        **{name: str(message[name]) for name in ("From", "To", "Date", "Subject")},
        "text": "" if body is None else str(body.get_content()),
    }
