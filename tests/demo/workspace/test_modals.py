"""Modals: what an app's answer to a submission does, and what a person sees."""

import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.demo.workspace.conftest import Bot, Control, Json, error_of
from tests.demo.workspace.test_commands_and_clicks import modal, typed


async def open_modal(bot: Bot, control: Control, **more: object) -> str:
    """A command that opens a modal; its id."""

    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view={**modal(), **more})

    return str((await control.say("restore"))["view_id"])


def answering(bot: Bot, **answer: object) -> None:
    async def submitted(ack: AsyncAck, body: Json) -> None:
        await ack(**answer)  # type: ignore[arg-type]  # the test's own words
        bot.got.put_nowait(body)

    bot.app.view("approve")(submitted)


async def views(control: Control) -> list[Json]:
    found: list[Json] = (await control.get("state"))["views"]
    return found


async def test_an_update_replaces_the_modal_in_place(bot: Bot, control: Control) -> None:
    answering(bot, response_action="update", view=modal("Done"))
    view_id = await open_modal(bot, control)
    answer = await control.post("submit", user="U0ALICE", view_id=view_id, values=typed("prod"))

    assert answer["view_id"] == view_id
    assert [each["title"]["text"] for each in await views(control)] == ["Done"]


async def test_a_push_puts_a_second_modal_on_the_first_and_clear_closes_both(
    bot: Bot, control: Control
) -> None:
    answers: list[Json] = [
        {"response_action": "push", "view": modal("Second")},
        {"response_action": "clear"},
    ]

    @bot.app.view("approve")
    async def submitted(ack: AsyncAck) -> None:
        await ack(**answers.pop(0))

    first = await open_modal(bot, control)
    pushed = await control.post("submit", user="U0ALICE", view_id=first, values=typed("prod"))
    stack = await views(control)
    await control.post("submit", user="U0ALICE", view_id=pushed["view_id"], values=typed("prod"))

    assert [each["title"]["text"] for each in stack] == ["Approve", "Second"]
    assert stack[1]["previous_view_id"] == first
    assert stack[1]["root_view_id"] == first
    assert await views(control) == []


async def test_a_fourth_modal_on_the_stack_is_refused(
    bot: Bot, client: AsyncWebClient, control: Control
) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json) -> None:
        await ack("heard")
        bot.got.put_nowait(command)

    async def trigger() -> str:
        await control.say("restore")
        return str((await bot.got.get())["trigger_id"])

    await client.views_open(trigger_id=await trigger(), view=modal())
    for _ in range(2):
        await client.views_push(trigger_id=await trigger(), view=modal())
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=await trigger(), view=modal())


async def test_a_stale_hash_loses(bot: Bot, client: AsyncWebClient, control: Control) -> None:
    view_id = await open_modal(bot, control)
    [seen] = await views(control)
    await client.views_update(view_id=view_id, hash=seen["hash"], view=modal("New"))

    error = await error_of(
        client, "views.update", view_id=view_id, hash=seen["hash"], view=modal("Old")
    )
    assert error == "hash_conflict"


async def test_a_used_trigger_opens_no_second_modal(
    bot: Bot, client: AsyncWebClient, control: Control
) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json) -> None:
        await ack("heard")
        bot.got.put_nowait(command)

    await control.say("restore")
    trigger = (await bot.got.get())["trigger_id"]
    await client.views_open(trigger_id=trigger, view=modal())

    error = await error_of(client, "views.open", trigger_id=trigger, view=modal())
    assert error == "exchanged_trigger_id"


async def test_a_modal_too_large_or_twice_named_is_refused(
    bot: Bot, client: AsyncWebClient, control: Control
) -> None:
    await open_modal(bot, control, external_id="run-1")
    [seen] = await views(control)
    huge = {**modal(), "blocks": [{"type": "section", "text": mrkdwn(3000)}] * 90}

    error = await error_of(client, "views.update", view_id=seen["view_id"], view=huge)
    assert error == "view_too_large"
    [kept] = await views(control)
    assert kept["external_id"] == "run-1"


def mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


async def test_what_was_not_touched_is_submitted_as_it_was(bot: Bot, control: Control) -> None:
    chosen = {"text": {"type": "plain_text", "text": "latest"}, "value": "latest"}
    answering(bot)
    view_id = await open_modal(
        bot,
        control,
        blocks=[
            {
                "type": "input",
                "block_id": "backup",
                "label": {"type": "plain_text", "text": "Backup"},
                "element": {
                    "type": "static_select",
                    "action_id": "pick",
                    "options": [chosen],
                    "initial_option": chosen,
                },
            }
        ],
    )
    await control.post("submit", user="U0ALICE", view_id=view_id, values={})
    body = await bot.got.get()

    assert body["view"]["state"]["values"]["backup"]["pick"]["selected_option"] == chosen
    assert body["view"]["private_metadata"] == "run-1"


async def test_closing_tells_the_app_when_it_asked(bot: Bot, control: Control) -> None:
    @bot.app.view_closed("approve")
    async def closed(ack: AsyncAck, body: Json) -> None:
        await ack()
        bot.got.put_nowait(body)

    view_id = await open_modal(bot, control, notify_on_close=True)
    await control.post("close", user="U0ALICE", view_id=view_id, everything=True)
    body = await bot.got.get()

    assert body["is_cleared"] is True
    assert await views(control) == []


async def test_a_submission_without_an_answer_leaves_the_modal_open(
    bot: Bot, control: Control
) -> None:
    view_id = await open_modal(bot, control)
    answer = await control.post("submit", user="U0ALICE", view_id=view_id, values=typed("prod"))

    assert answer["error"] == "operation_timeout"
    assert [each["view_id"] for each in await views(control)] == [view_id]
