"""Payloads as they come, whole or broken, and what Slack says of people."""

import json
import random
from typing import Final

import pytest

from bot.door import Home, standing_of
from bot.envelope import click, request_id, run_id, submitted, typed
from bot.web import Json
from jobs.people import Standing

HOME: Final = Home(team="T1", app="A1", bot="B1")
MEMBER: Final[Json] = {"id": "U1", "team_id": "T1"}
COMMAND: Final[Json] = {
    "api_app_id": "A1",
    "team_id": "T1",
    "channel_id": "C1",
    "user_id": "U1",
    "text": "backup",
    "trigger_id": "1.2.3",
}


@pytest.mark.parametrize(
    ("said", "standing"),
    [
        ({}, "member"),
        ({"deleted": True}, "deleted"),
        ({"is_bot": True}, "bot"),
        ({"is_workflow_bot": True}, "bot"),
        ({"is_connector_bot": True}, "bot"),
        ({"is_restricted": True}, "guest"),
        ({"is_ultra_restricted": True}, "guest"),
        ({"is_stranger": True, "team_id": "T2"}, "stranger"),
        ({"is_invited_user": True}, "unknown"),
        ({"team_id": "T2"}, "other workspace"),
        ({"team_id": None}, "other workspace"),
        ({"id": "U2"}, "unknown"),
    ],
)
def test_only_a_plain_member_is_one(said: Json, standing: Standing) -> None:
    assert standing_of(MEMBER | said, "U1", HOME) == standing


def test_no_answer_is_no_member() -> None:
    assert standing_of({}, "U1", HOME) == "unknown"


def test_in_an_organisation_slack_may_name_it_instead() -> None:
    org = Home(team="T1", app="A1", bot="B1", enterprise="E1")
    assert standing_of(MEMBER | {"team_id": "E1"}, "U1", org) == "member"
    assert standing_of(MEMBER | {"team_id": "E1"}, "U1", HOME) == "other workspace"


def test_the_same_envelope_is_the_same_run_and_another_is_another() -> None:
    first, second = typed(COMMAND), typed(dict(COMMAND))
    assert run_id(first.seed) == run_id(second.seed)
    assert request_id(first.seed) == request_id(second.seed)
    for field in ("trigger_id", "team_id", "channel_id", "user_id", "text"):
        assert run_id(typed(COMMAND | {field: "x"}).seed) != run_id(first.seed)


def test_a_run_has_a_name_that_people_can_type() -> None:
    name = run_id(typed(COMMAND).seed)
    assert len(name) == 10
    assert name.startswith("r-")
    assert name == name.lower()


def test_broken_payloads_read_as_nothing() -> None:
    chance = random.Random(7)
    whole: Json = {
        "api_app_id": "A1",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "container": {"channel_id": "C1", "message_ts": "1.0", "is_ephemeral": False},
        "actions": [{"action_id": "press:approve", "value": "v", "action_ts": "2.0"}],
        "view": {"id": "V1", "state": {"values": {"reason": {"reason": {"value": "x"}}}}},
    }
    for _ in range(2_000):
        body = json.loads(json.dumps(whole))
        _break(body, chance)
        press, sent, said = click(body), submitted(body), typed(body)
        assert isinstance(press.action + press.value + press.sender.user, str)
        assert isinstance(sent.value("reason") + sent.choice("backup") + said.text, str)


def _break(body: Json, chance: random.Random) -> None:
    """Replace something, somewhere, by something else."""
    part: object = body
    while isinstance(part, dict | list) and part:
        key = chance.choice(list(part) if isinstance(part, dict) else list(range(len(part))))
        if chance.random() < 0.4:
            part[key] = chance.choice([None, 1, [], {}, "\ud800", [[]], True])
            return
        part = part[key]
