"""An unmodified bolt app is called, clicked and answered through Socket Mode."""

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from tests.demo.workspace.conftest import Bot, Control, Json

BUTTONS: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Restore* `prod`?"}},
    {
        "type": "actions",
        "block_id": "act-7",
        "elements": [
            {
                "type": "button",
                "action_id": "approve",
                "style": "primary",
                "value": "run-1",
                "text": {"type": "plain_text", "text": "Approve…"},
            }
        ],
    },
]


def modal(title: str = "Approve") -> Json:
    return {
        "type": "modal",
        "callback_id": "approve",
        "private_metadata": "run-1",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Approve"},
        "blocks": [
            {
                "type": "input",
                "block_id": "name",
                "label": {"type": "plain_text", "text": "Type the cluster's name"},
                "element": {"type": "plain_text_input", "action_id": "typed"},
            }
        ],
    }


def typed(words: str) -> Json:
    return {"name": {"typed": {"type": "plain_text_input", "value": words}}}


async def test_a_command_reaches_the_app_and_its_acknowledgement_is_shown_to_one_person(
    bot: Bot, control: Control
) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json) -> None:
        await bot.got.put(command)
        await ack(f"heard {command['text']}")

    answer = await control.say("status")

    assert answer["ok"]
    assert answer["ephemeral"]["text"] == "heard status"
    command = await bot.got.get()
    assert command["user_id"] == "U0ALICE"
    assert command["is_enterprise_install"] == "false"
    assert [each["text"] for each in await control.messages(user="U0ALICE")] == ["heard status"]
    assert await control.messages(user="U0BOB") == []


async def test_names_become_ids_and_signs_are_escaped_in_a_command(
    bot: Bot, control: Control
) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json) -> None:
        await ack(command["text"])

    answer = await control.say("restore reason @bob saw <b> & co in #incident, @nobody")

    assert answer["ephemeral"]["text"] == (
        "restore reason <@U0BOB|bob> saw &lt;b&gt; &amp; co in <#C0INCIDENT|incident>, @nobody"
    )


def _asks_for_prod(bot: Bot) -> None:
    """A button that opens a modal, which takes no other answer than prod."""

    @bot.app.action("approve")
    async def approve(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await bot.got.put(body)
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    @bot.app.view("approve")
    async def submitted(ack: AsyncAck, body: Json, view: Json) -> None:
        if view["state"]["values"]["name"]["typed"]["value"] != "prod":
            await ack(response_action="errors", errors={"name": "That is not prod"})
            return
        await ack()
        await bot.got.put(body)


async def test_a_click_a_modal_its_error_and_its_submission(
    bot: Bot, client: AsyncWebClient, control: Control
) -> None:
    _asks_for_prod(bot)
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="card", blocks=BUTTONS)
    action = {"action_id": "approve", "block_id": "act-7"}

    opened = await control.post(
        "interact", channel="C0INCIDENT", messageTs=posted["ts"], user="U0BOB", action=action
    )
    body = await bot.got.get()
    view = (await control.get("state"))["views"][0]
    wrong = await control.post(
        "submit", user="U0BOB", view_id=opened["view_id"], values=typed("test")
    )
    right = await control.post(
        "submit", user="U0BOB", view_id=opened["view_id"], values=typed("prod")
    )
    submission = await bot.got.get()

    assert body["actions"][0]["value"] == "run-1"
    assert body["container"]["is_ephemeral"] is False
    assert body["message"]["ts"] == posted["ts"]
    assert view["view_id"] == opened["view_id"]
    assert (view["user"], view["private_metadata"]) == ("U0BOB", "run-1")
    assert wrong["ok"] is False
    assert wrong["errors"] == {"name": "That is not prod"}
    assert right["ok"]
    assert submission["user"]["id"] == "U0BOB"
    assert (await control.get("state"))["views"] == []


async def test_a_script_may_forge_a_button_its_value_and_the_person(
    bot: Bot, client: AsyncWebClient, control: Control
) -> None:
    @bot.app.action("not-there")
    async def forged(ack: AsyncAck, body: Json) -> None:
        await ack()
        await bot.got.put(body)

    posted = await client.chat_postMessage(channel="C0INCIDENT", text="no buttons here")
    answer = await control.post(
        "interact",
        channel="C0INCIDENT",
        messageTs=posted["ts"],
        user="U0STRANGER",
        action={"action_id": "not-there", "block_id": "act-99", "value": "run-2"},
    )
    body = await bot.got.get()

    assert answer["ok"]
    assert body["user"]["team_id"] == "T0OTHER"
    assert body["actions"][0]["value"] == "run-2"
    assert body["actions"][0]["block_id"] == "act-99"


async def test_a_command_without_a_connected_app_fails_as_in_slack(control: Control) -> None:
    answer = await control.say("status")

    assert answer["error"] == "dispatch_failed"
    assert answer["ephemeral"]["text"] == '/vault failed with the error "dispatch_failed"'
