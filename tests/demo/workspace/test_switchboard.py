"""The switchboard: what it takes, what it refuses, what it shows, and when it is cleared."""

import asyncio
import time

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.faults import Faults
from deploy.demo.workspace.switches import read
from deploy.demo.workspace.web_api.dispatch import METHODS
from tests.demo.workspace.conftest import Bot, Control, Json

WRONG: list[tuple[Json, str]] = [
    ({"rate_limits": {}}, "There is no fault named rate_limits; there are archived, clear, "),
    ({"reset": {"retry_after": 5}}, "reset.0.retry_after means nothing here."),
    ({"http_500": {"status": 404}}, "http_500.0.status is wrong: input should be 500, 502, "),
    ({"reset": {"method": "chat.postmessage"}}, "No method is named chat.postmessage."),
    ({"lost_answer": {"chance": 2}}, "lost_answer.0.chance is wrong: input should be less than"),
    ({"token": "stolen"}, "token is wrong: input should be 'token_revoked', "),
]


@pytest.mark.parametrize(("body", "sentence"), WRONG)
async def test_what_makes_no_sense_is_refused_with_a_sentence_and_changes_nothing(
    control: Control, body: Json, sentence: str
) -> None:
    url = f"{control.url}/_control/faults"
    async with control.session.post(url, json=body | {"silent": True}) as answer:
        refused = await answer.json()
        assert answer.status == 400

    assert refused["error"].startswith(sentence)
    assert (await control.get("faults"))["faults"]["silent"] is False


async def test_only_what_is_named_changes_and_an_empty_object_clears_all(
    control: Control,
) -> None:
    await control.post("faults", http_500={"method": "auth.test", "times": None}, lag_ms=5)
    await control.post("faults", edit_window_closed=True, reset=[{"times": 2}, {"chance": 0.5}])
    shown = (await control.get("faults"))["faults"]
    cleared = (await control.post("faults"))["faults"]

    assert shown["http_500"] == [
        {"method": ["auth.test"], "times": None, "chance": 1.0, "status": 500}
    ]
    assert [each["times"] for each in shown["reset"]] == [2, None]
    assert (shown["lag_ms"], shown["edit_window_closed"]) == (5, True)
    assert (cleared["http_500"], cleared["reset"], cleared["lag_ms"]) == ([], [], 0)
    assert cleared["edit_window_closed"] is False


async def test_what_is_shown_can_be_set_again(control: Control, client: AsyncWebClient) -> None:
    await control.post("faults", http_500={"times": 3}, silence={"chance": 0.25}, seed=7)
    with pytest.raises(SlackApiError):
        await client.auth_test()
    shown = (await control.get("faults"))["faults"]
    again = (await control.post("faults", **shown))["faults"]

    assert shown["http_500"][0]["times"] == 2
    assert again == shown


def test_chance_is_the_same_for_the_same_seed() -> None:
    def struck(seed: int) -> list[str | None]:
        faults = Faults()
        body = {"seed": seed, "rate_limit": {"chance": 0.2}, "reset": {"chance": 0.2}}
        faults.set(read(body, frozenset(METHODS)))
        strikes = [faults.strike("auth.test") for _ in range(200)]
        return [each.kind if each else None for each in strikes]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 20 < struck(1).count("rate_limit") < 60
    assert 15 < struck(1).count("reset") < 50


async def test_every_call_is_noted_with_its_time_its_outcome_and_its_effect(
    client: AsyncWebClient, control: Control
) -> None:
    before = time.time()
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    await control.post("faults", lost_answer={"method": "chat.update"})
    with pytest.raises(aiohttp.ClientError):
        await client.chat_update(channel="C0INCIDENT", ts=posted["ts"], text="late")
    await control.post("faults", rate_limit={"method": "chat.update", "retry_after": 3})
    for _ in range(2):
        await asyncio.gather(
            client.chat_update(channel="C0INCIDENT", ts=posted["ts"], text="later"),
            return_exceptions=True,
        )
    post, lost, limited, last = (await control.get("log", since=str(before)))["log"]

    assert (post["outcome"], post["took_effect"], post["status"]) == ("ok", True, 200)
    assert (post["channel"], post["ts"], post["text"]) == ("C0INCIDENT", posted["ts"], "card")
    assert before <= post["at"] <= lost["at"] <= limited["at"] <= last["at"] <= time.time()
    assert (lost["outcome"], lost["took_effect"], lost["status"]) == ("lost_answer", True, 0)
    assert (limited["outcome"], limited["took_effect"]) == ("rate_limit", False)
    assert limited["status"] == 429
    assert (last["ts"], last["text"], last["outcome"]) == (posted["ts"], "later", "ok")
    assert len((await control.get("log", method="chat.update"))["log"]) == 3


async def test_every_envelope_is_noted_with_what_its_acknowledgement_took(
    bot: Bot, control: Control
) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json) -> None:
        if command["text"] == "slow":
            await asyncio.sleep(0.2)
        await ack("heard")

    await control.say("status")
    await control.say("slow")
    await control.post("faults", silent=True)
    await control.say("status")
    quick, slow, missed = (await control.get("acks", kind="slash_commands"))["acks"]

    assert (quick["what"], quick["missed"], quick["retry_attempt"]) == ("/vault", False, 0)
    assert quick["acked_after"] < 0.15 <= slow["acked_after"]
    assert quick["sent_at"] < slow["sent_at"] < missed["sent_at"]
    assert (missed["acked_after"], missed["missed"], missed["connection"]) == (None, True, None)
