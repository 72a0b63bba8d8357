"""Slack's limits on messages and modals, refused with Slack's own words."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.block_kit import faults_of_message, faults_of_view
from tests.demo.workspace.conftest import Json


def plain(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def mrkdwn(words: str) -> Json:
    return {"type": "mrkdwn", "text": words}


def button(**more: object) -> Json:
    return {"type": "button", "action_id": "go", "text": plain("Go"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def section(words: str = "x", **more: object) -> Json:
    return {"type": "section", "text": mrkdwn(words), **more}


def option(words: str = "one", value: str = "1") -> Json:
    return {"text": plain(words), "value": value}


def select(*options: Json) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": list(options)}


def confirm(**more: object) -> Json:
    return {
        "title": plain("Sure?"),
        "text": mrkdwn("It goes."),
        "confirm": plain("Go"),
        "deny": plain("Stay"),
        **more,
    }


def modal(*blocks: Json, **more: object) -> Json:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks), **more}


def text_input(**more: object) -> Json:
    return {
        "type": "input",
        "label": plain("Name"),
        "element": {"type": "plain_text_input", "action_id": "name", **more},
    }


WHOLE_MESSAGES: list[list[Json]] = [
    [],
    [section("x" * 3000)] * 1 + [{"type": "divider"}] * 49,
    [{"type": "header", "text": plain("x" * 150)}],
    [{"type": "section", "fields": [mrkdwn("x" * 2000)] * 10}],
    [{"type": "context", "elements": [mrkdwn("x")] * 10}],
    [actions(*(button(action_id=f"go-{at}", value="v" * 2000) for at in range(25)))],
    [actions(button(confirm=confirm(text=mrkdwn("x" * 300)), style="danger"))],
    [section(accessory=select(*(option(value=str(at)) for at in range(100))))],
    [{"type": "markdown", "text": "x" * 12000}],
]

BROKEN_MESSAGES: list[tuple[list[Json], str]] = [
    ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([{"type": "section"}], "must provide at least one of: text, fields [json-pointer:/blocks/0]"),
    (
        [{"type": "section", "fields": [mrkdwn("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    (
        [{"type": "section", "fields": [mrkdwn("x" * 2001)]}],
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        [{"type": "header", "text": mrkdwn("*x*")}],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    (
        [{"type": "context", "elements": [mrkdwn("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        [actions(*(button(action_id=f"go-{at}") for at in range(26)))],
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        [actions(button(text=plain("x" * 76)))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    (
        [actions(button(value="x" * 2001))],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    (
        [actions(button(url="x" * 3001))],
        "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
    ),
    (
        [actions(button(action_id="x" * 256))],
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    (
        [actions(button(style="green"))],
        "must be one of primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    (
        [actions(button(confirm=confirm(title=plain("x" * 101))))],
        "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
    ),
    (
        [actions(button(confirm=confirm(text=mrkdwn("x" * 301))))],
        "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
    ),
    (
        [actions(button(confirm=confirm(deny=plain("x" * 31))))],
        "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/deny/text]",
    ),
    (
        [actions(button(), button())],
        "duplicate action_id: go [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    (
        [section(block_id="same"), section(block_id="same")],
        "duplicate block_id: same [json-pointer:/blocks/1/block_id]",
    ),
    (
        [section(block_id="x" * 256)],
        "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
    ),
    (
        [section(accessory=select(option(words="x" * 76)))],
        "must be less than 76 characters [json-pointer:/blocks/0/accessory/options/0/text/text]",
    ),
    (
        [section(accessory=select(option(value="x" * 151)))],
        "must be less than 151 characters [json-pointer:/blocks/0/accessory/options/0/value]",
    ),
    (
        [section(accessory=select(*[option()] * 101))],
        "no more than 100 items allowed [json-pointer:/blocks/0/accessory/options]",
    ),
    (
        [section(accessory={"type": "overflow", "action_id": "o", "options": [option()] * 6})],
        "no more than 5 items allowed [json-pointer:/blocks/0/accessory/options]",
    ),
    ([{"type": "carousel"}], "unsupported type: carousel [json-pointer:/blocks/0/type]"),
    ([section(colour="red")], "invalid additional property: colour [json-pointer:/blocks/0]"),
    ([{"text": mrkdwn("x")}], "missing required field: type [json-pointer:/blocks/0]"),
]

BROKEN_VIEWS: list[tuple[Json, str]] = [
    (
        modal(title=plain("x" * 25)),
        "must be less than 25 characters [json-pointer:/view/title",
    ),
    (modal(submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit"),
    (modal(close=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/close"),
    (
        modal(private_metadata="x" * 3001),
        "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ),
    (
        modal(callback_id="x" * 256),
        "must be less than 256 characters [json-pointer:/view/callback_id]",
    ),
    (
        modal(*[{"type": "divider"}] * 101),
        "no more than 100 items allowed [json-pointer:/view/blocks]",
    ),
    (modal(text_input()), "missing required field: submit [json-pointer:/view]"),
    ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
]


@pytest.mark.parametrize("blocks", WHOLE_MESSAGES)
def test_a_message_at_the_limit_is_taken(blocks: list[Json]) -> None:
    assert faults_of_message(blocks) == []


@pytest.mark.parametrize(("blocks", "says"), BROKEN_MESSAGES)
def test_a_message_past_a_limit_is_refused_with_the_place(blocks: list[Json], says: str) -> None:
    assert [f"[ERROR] {says}"] == faults_of_message(blocks)


def test_a_modal_at_the_limit_is_taken() -> None:
    view = modal(
        *[{"type": "divider"}] * 99,
        text_input(max_length=10),
        title=plain("x" * 24),
        submit=plain("x" * 24),
        close=plain("x" * 24),
        private_metadata="x" * 3000,
        callback_id="x" * 255,
    )
    assert faults_of_view(view) == []


@pytest.mark.parametrize(("view", "says"), BROKEN_VIEWS)
def test_a_modal_past_a_limit_is_refused_with_the_place(view: Json, says: str) -> None:
    [fault] = faults_of_view(view)
    assert fault.startswith(f"[ERROR] {says}")


async def test_invalid_blocks_name_their_faults(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="C0INCIDENT", text="x", blocks=[section("x" * 3001)])
    answer = refused.value.response
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]


BODIES: list[tuple[Json, str]] = [
    ({}, "no_text"),
    ({"text": "   "}, "no_text"),
    ({"text": "x", "blocks": "not json"}, "invalid_blocks_format"),
    ({"text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
    ({"text": "x", "blocks": [section("x" * 3000)] * 5}, "msg_blocks_too_long"),
    ({"text": "x", "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
    ({"text": "x", "metadata": "nonsense"}, "invalid_metadata_format"),
    ({"text": "x", "metadata": {"event_type": "run"}}, "invalid_metadata_schema"),
    (
        {"text": "x", "metadata": {"event_type": "run", "event_payload": {"a": "x" * 17_000}}},
        "metadata_too_large",
    ),
]


@pytest.mark.parametrize(("body", "error"), BODIES)
async def test_a_body_slack_cannot_post_is_refused(
    client: AsyncWebClient, body: Json, error: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call("chat.postMessage", json={"channel": "C0INCIDENT", **body})
    assert refused.value.response["error"] == error


async def test_an_update_takes_four_thousand_characters_and_no_more(
    client: AsyncWebClient,
) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="x")
    await client.chat_update(channel="C0INCIDENT", ts=posted["ts"], text="x" * 4000)
    with pytest.raises(SlackApiError) as refused:
        await client.chat_update(channel="C0INCIDENT", ts=posted["ts"], text="x" * 4001)
    assert refused.value.response["error"] == "msg_too_long"


async def test_a_post_past_forty_thousand_characters_is_cut_and_says_so(
    client: AsyncWebClient,
) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="x" * 40_001)
    assert posted["warning"] == "message_truncated"
    assert len(posted["message"]["text"]) == 40_000
