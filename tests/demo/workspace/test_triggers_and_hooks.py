"""A trigger id opens one view, a response_url answers five times, a tier takes so many calls."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.demo.workspace.hooks import Hook, Hooks
from deploy.demo.workspace.rates import Rates
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.triggers import Triggers

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)


def hook() -> Hook:
    return Hook(id="T0DEMO/1/x", user="U0ALICE", channel="C0INCIDENT", made=NOW)


def test_a_trigger_opens_once() -> None:
    triggers = Triggers()
    trigger = triggers.make("U0ALICE", NOW)

    assert triggers.use(trigger, NOW) == "U0ALICE"
    with pytest.raises(Refusal, match="exchanged_trigger_id"):
        triggers.use(trigger, NOW)


def test_a_trigger_lives_three_seconds() -> None:
    triggers = Triggers()
    in_time, late = triggers.make("U0ALICE", NOW), triggers.make("U0ALICE", NOW)

    triggers.use(in_time, NOW + timedelta(seconds=3))
    with pytest.raises(Refusal, match="expired_trigger_id"):
        triggers.use(late, NOW + timedelta(seconds=3.001))


def test_a_made_up_trigger_opens_nothing() -> None:
    with pytest.raises(Refusal, match="invalid_trigger_id"):
        Triggers().use("1.2.3", NOW)


def test_a_response_url_answers_five_times() -> None:
    hooks = Hooks()
    made = hooks.make(hook())
    for _ in range(5):
        hooks.use(made.id, NOW)
    with pytest.raises(Refusal, match="used_url"):
        hooks.use(made.id, NOW)


def test_a_response_url_lives_thirty_minutes() -> None:
    hooks = Hooks()
    made = hooks.make(hook())
    hooks.use(made.id, NOW + timedelta(minutes=30))
    with pytest.raises(Refusal, match="expired_url"):
        hooks.use(made.id, NOW + timedelta(minutes=30, seconds=1))


def test_a_tier_takes_its_calls_a_minute_and_says_when_to_come_back() -> None:
    rates = Rates()
    for second in range(50):
        assert rates.too_many_calls("chat.update", 3, NOW + timedelta(seconds=second / 10)) is None
    assert rates.too_many_calls("chat.update", 3, NOW + timedelta(seconds=50)) == 10
    assert rates.too_many_calls("pins.add", 2, NOW + timedelta(seconds=50)) is None
    assert rates.too_many_calls("chat.update", 3, NOW + timedelta(seconds=61)) is None


def test_a_channel_takes_a_post_a_second_after_a_short_burst() -> None:
    rates = Rates()
    for _ in range(10):
        assert rates.too_many_posts("C0INCIDENT", NOW) is None
    assert rates.too_many_posts("C0INCIDENT", NOW) == 1
    assert rates.too_many_posts("C0GENERAL", NOW) is None
    assert rates.too_many_posts("C0INCIDENT", NOW + timedelta(seconds=1)) is None
