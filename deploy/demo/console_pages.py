"""The pages of people's own consoles, as they are served: they look alike and load nothing."""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
        " connect-src 'self'; img-src data:;"
        " frame-ancestors http://127.0.0.1:* http://localhost:*"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# Written into every page: the look of all of them, and what each of their scripts begins with.
_PARTS: Final = {"style": "console.css", "script": "console.js"}


def shown(page: Path, **words: str) -> web.Response:
    """Fill a page: `{{style}}` and `{{script}}` are as they are, other words are escaped."""
    text = page.read_text(encoding="utf-8")
    for name, file in _PARTS.items():
        part = Path(__file__).with_name(file).read_text(encoding="utf-8")
        text = text.replace(f"{{{{{name}}}}}", part)
    for name, word in words.items():
        text = text.replace(f"{{{{{name}}}}}", html.escape(word))
    return web.Response(text=text, content_type="text/html", headers=HEADERS)
