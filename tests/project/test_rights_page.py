"""The page that says who may press what says what the code does."""

import re
from typing import Final

from jobs.people import RIGHTS, Role
from tests.check.files import ROOT

WORDS: Final[dict[Role, str]] = {
    "approver": "an approver",
    "requester": "whoever asked for the run",
    "member": "a member of this workspace",
}


def test_the_page_says_what_the_table_says() -> None:
    page = (ROOT / "docs" / "who-may-press-what.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([A-Z][a-z ]+) \| ([^|]+) \|", page, re.MULTILINE))
    assert rows == {
        button.value: " or ".join(sorted(WORDS[role] for role in roles))
        for button, roles in RIGHTS.items()
    }
