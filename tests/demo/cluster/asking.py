"""How these tests ask the real processes: JSON over HTTP, and a condition until it holds."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

WITHIN = timedelta(seconds=30)


def ask(
    url: str,
    body: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Any]:
    """GET, or POST where there is a body; the status and what was answered."""
    request = urllib.request.Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=40) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def until(holds: Callable[[], bool], within: timedelta = WITHIN) -> None:
    limit = time.monotonic() + within.total_seconds()
    while not holds():
        assert time.monotonic() < limit, "it did not come true in time"
        time.sleep(0.05)
