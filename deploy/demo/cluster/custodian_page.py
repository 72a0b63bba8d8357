"""The custodian's page, as it is served."""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Final

# A header that a script of another site cannot send here without our consent.
MARK: Final = "X-Custodian"
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
        " connect-src 'self'; img-src data:;"
        " frame-ancestors http://127.0.0.1:* http://localhost:*"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PAGE: Final = Path(__file__).with_name("custodian.html")


def page(name: str, cluster: str) -> str:
    """The share is not in it: the page asks for it when the person presses the button."""
    text = _PAGE.read_text(encoding="utf-8")
    return text.replace("{{name}}", html.escape(name.capitalize())).replace(
        "{{cluster}}", html.escape(cluster)
    )
