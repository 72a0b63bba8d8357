"""The manifest asks for what the bot uses, and for nothing else."""

import re
from pathlib import Path
from typing import Final

from bot.web import SCOPES

ROOT: Final = Path(__file__).resolve().parents[2]
MANIFEST: Final = (ROOT / "deploy/install/slack/manifest.yaml").read_text(encoding="utf-8")
SOURCES: Final = [*(ROOT / "bot").glob("*.py"), *(ROOT / "bot/listeners").glob("*.py")]
METHOD: Final = re.compile(
    r'"((?:auth|bots|chat|conversations|files|pins|users|views)\.[a-zA-Z.]+)"'
)


def scopes() -> set[str]:
    listed = MANIFEST.split("    bot:\n")[1].split("settings:")[0]
    return set(re.findall(r"- ([a-z:]+)", listed))


def test_its_scopes_are_those_of_the_methods_that_are_called() -> None:
    assert scopes() == {"commands"}.union(*SCOPES.values())


def test_every_method_in_the_source_is_in_the_table_and_the_other_way_round() -> None:
    """`auth.test` and the files are called by the SDK's own functions."""
    called: set[str] = set()
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        if source.name == "web.py":
            text = text.split("_TIMEOUT")[1]
        called |= set(METHOD.findall(text))
    assert called | {"files.getUploadURLExternal"} == set(SCOPES)


def test_names_are_escaped_and_socket_mode_is_on() -> None:
    assert "should_escape: true" in MANIFEST
    assert "socket_mode_enabled: true" in MANIFEST
    assert "org_deploy_enabled: false" in MANIFEST
    assert "is_enabled: true" in MANIFEST


def test_it_stays_within_slacks_lengths() -> None:
    description = re.search(r"^  description: (.+)$", MANIFEST, re.MULTILINE)
    name = re.search(r"^  name: (.+)$", MANIFEST, re.MULTILINE)
    assert description is not None
    assert name is not None
    assert len(description[1]) <= 140
    assert len(name[1]) <= 35
