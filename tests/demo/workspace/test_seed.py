"""The stand-in's app is the one that the manifest describes."""

import re
from pathlib import Path
from typing import Final

from deploy.demo.workspace import seed

ROOT: Final = Path(__file__).resolve().parents[3]
MANIFEST: Final = (ROOT / "deploy/install/slack/manifest.yaml").read_text(encoding="utf-8")


def test_its_token_may_do_what_the_manifest_asks_for() -> None:
    listed = MANIFEST.split("    bot:\n")[1].split("settings:")[0]
    assert set(re.findall(r"- ([a-z:]+)", listed)) == seed.SCOPES


def test_it_gets_the_events_that_the_manifest_subscribes_to() -> None:
    listed = MANIFEST.split("    bot_events:\n")[1].split("  interactivity:")[0]
    assert set(re.findall(r"- ([a-z_]+)", listed)) == seed.EVENTS


def test_its_command_is_the_manifest_s() -> None:
    [command] = seed.COMMANDS
    assert f"- command: {command.name}\n" in MANIFEST
    assert f"description: {command.description}\n" in MANIFEST
    assert f'usage_hint: "{command.usage_hint}"\n' in MANIFEST
    assert ("should_escape: true" in MANIFEST) == command.should_escape
