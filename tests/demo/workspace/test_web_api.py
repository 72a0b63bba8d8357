"""The Web API as the real client sees it: shapes, and the errors Slack gives."""

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite
from tests.demo.workspace.conftest import Control, Json, error_of

SECTION: list[Json] = [{"type": "section", "text": {"type": "mrkdwn", "text": "*state*"}}]


async def test_the_app_knows_itself_and_its_workspace(client: AsyncWebClient) -> None:
    me = await client.auth_test()
    bot = await client.bots_info(bot=me["bot_id"])

    assert (me["team_id"], me["user_id"], me["bot_id"]) == ("T0DEMO", "U0VAULT", "B0VAULT")
    assert bot["bot"]["app_id"] == "A0VAULT"


async def test_a_post_is_kept_with_its_metadata_and_given_back_only_when_asked(
    client: AsyncWebClient,
) -> None:
    metadata = {"event_type": "vault_run", "event_payload": {"run": "r1", "rev": 7}}
    posted = await client.chat_postMessage(
        channel="C0INCIDENT", text="card", blocks=SECTION, metadata=metadata
    )
    with_it = await client.conversations_history(channel="C0INCIDENT", include_all_metadata=True)
    without = await client.conversations_history(channel="C0INCIDENT")

    assert with_it["messages"][0]["metadata"] == metadata
    assert "metadata" not in without["messages"][0]
    message = posted["message"]
    assert (message["bot_id"], message["app_id"], message["user"]) == (
        "B0VAULT",
        "A0VAULT",
        "U0VAULT",
    )
    assert message["blocks"][0]["block_id"]


async def test_an_update_with_blocks_is_not_marked_edited_and_text_alone_takes_them_away(
    client: AsyncWebClient,
) -> None:
    metadata = {"event_type": "vault_run", "event_payload": {"rev": 1}}
    posted = await client.chat_postMessage(
        channel="C0INCIDENT", text="one", blocks=SECTION, metadata=metadata
    )
    with_blocks = await client.chat_update(
        channel="C0INCIDENT", ts=posted["ts"], text="two", blocks=SECTION
    )
    text_only = await client.chat_update(channel="C0INCIDENT", ts=posted["ts"], text="three")

    assert "edited" not in with_blocks["message"]
    assert with_blocks["message"]["metadata"] == metadata
    assert text_only["message"]["edited"]["user"] == "U0VAULT"
    assert "blocks" not in text_only["message"]


async def test_a_reply_counts_on_its_parent_and_stays_out_of_the_channel(
    client: AsyncWebClient,
) -> None:
    parent = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    reply = await client.chat_postMessage(
        channel="C0INCIDENT", text="step 1", thread_ts=parent["ts"]
    )
    # A reply's own ts leads to the same thread.
    await client.chat_postMessage(channel="C0INCIDENT", text="step 2", thread_ts=reply["ts"])
    channel = await client.conversations_history(channel="C0INCIDENT")
    thread = await client.conversations_replies(channel="C0INCIDENT", ts=parent["ts"])

    assert [each["text"] for each in channel["messages"]] == ["card"]
    assert channel["messages"][0]["reply_count"] == 2
    assert [each["text"] for each in thread["messages"]] == ["card", "step 1", "step 2"]
    assert thread["messages"][1]["parent_user_id"] == "U0VAULT"


async def test_history_comes_in_pages_newest_first(client: AsyncWebClient) -> None:
    for word in ("one", "two", "three"):
        await client.chat_postMessage(channel="C0INCIDENT", text=word)
    first = await client.conversations_history(channel="C0INCIDENT", limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel="C0INCIDENT", limit=2, cursor=cursor)
    since = await client.conversations_history(
        channel="C0INCIDENT", oldest=second["messages"][0]["ts"]
    )

    assert [each["text"] for each in first["messages"]] == ["three", "two"]
    assert first["has_more"]
    assert [each["text"] for each in second["messages"]] == ["one"]
    assert [each["text"] for each in since["messages"]] == ["three", "two"]


async def test_a_form_body_with_json_in_its_fields_is_understood(
    site: RunningSite, tokens: Tokens
) -> None:
    form = {
        "token": tokens.bot,
        "channel": "C0INCIDENT",
        "text": "card",
        "blocks": '[{"type":"divider"}]',
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{site.url}/api/chat.postMessage", data=form) as answer,
    ):
        body = await answer.json()
    assert body["message"]["blocks"][0]["type"] == "divider"


async def test_an_ephemeral_message_is_seen_by_one_person_and_never_in_the_history(
    client: AsyncWebClient, control: Control
) -> None:
    await client.chat_postEphemeral(channel="C0INCIDENT", user="U0BOB", text="for Bob")

    assert (await client.conversations_history(channel="C0INCIDENT"))["messages"] == []
    assert [each["text"] for each in await control.messages(user="U0BOB")] == ["for Bob"]
    assert await control.messages(user="U0CAROL") == []
    error = await error_of(
        client, "chat.postEphemeral", channel="C0INCIDENT", user="U0STRANGER", text="x"
    )
    assert error == "user_not_in_channel"


async def test_a_person_s_id_is_their_direct_messages_with_the_app(
    client: AsyncWebClient, control: Control
) -> None:
    opened = await client.conversations_open(users="U0BOB")
    posted = await client.chat_postMessage(channel="U0BOB", text="please approve")

    assert posted["channel"] == opened["channel"]["id"]
    seen = await control.messages("U0VAULT", user="U0BOB")
    assert [each["text"] for each in seen] == ["please approve"]
    shown = await client.conversations_info(channel=posted["channel"])
    assert (shown["channel"]["is_im"], shown["channel"]["user"]) == (True, "U0BOB")


async def test_people_show_what_an_approval_must_look_at(client: AsyncWebClient) -> None:
    async def user(user_id: str) -> Json:
        found: Json = (await client.users_info(user=user_id))["user"]
        return found

    assert (await user("U0GUEST"))["is_restricted"]
    assert (await user("U0STRANGER"))["is_stranger"]
    assert (await user("U0STRANGER"))["team_id"] == "T0OTHER"
    assert (await user("U0GONE"))["deleted"]
    assert (await user("U0VAULT"))["is_bot"]
    assert not (await user("U0BOB"))["is_restricted"]


async def test_a_shared_channel_says_so(client: AsyncWebClient) -> None:
    partner = (await client.conversations_info(channel="C0PARTNER"))["channel"]
    incident = (await client.conversations_info(channel="C0INCIDENT"))["channel"]

    assert partner["is_ext_shared"]
    assert not incident["is_ext_shared"]


async def test_groups_and_members_are_listed(client: AsyncWebClient) -> None:
    groups = await client.usergroups_list()
    users = await client.usergroups_users_list(usergroup=groups["usergroups"][0]["id"])
    members = await client.conversations_members(channel="C0INCIDENT")
    channels = await client.conversations_list()
    mine = await client.users_conversations(user="U0STRANGER")

    assert users["users"] == ["U0BOB", "U0CAROL", "U0DAVE"]
    assert "U0ALICE" in members["members"]
    assert {each["name"] for each in channels["channels"]} == {
        "incident",
        "general",
        "partner-support",
    }
    assert [each["id"] for each in mine["channels"]] == ["C0PARTNER"]


async def test_pins_and_reactions_are_kept_once(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    at = {"channel": "C0INCIDENT", "timestamp": posted["ts"]}
    await client.pins_add(**at)
    await client.reactions_add(name="eyes", **at)

    pins = await client.pins_list(channel="C0INCIDENT")
    assert pins["items"][0]["message"]["pinned_to"] == ["C0INCIDENT"]
    assert pins["items"][0]["message"]["reactions"][0]["users"] == ["U0VAULT"]
    assert await error_of(client, "pins.add", **at) == "already_pinned"
    assert await error_of(client, "reactions.add", name="eyes", **at) == "already_reacted"
    await client.pins_remove(**at)
    await client.reactions_remove(name="eyes", **at)
    assert await error_of(client, "pins.remove", **at) == "no_pin"
    assert await error_of(client, "reactions.remove", name="eyes", **at) == "no_reaction"


async def test_a_permalink_leads_to_the_message(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    link = await client.chat_getPermalink(channel="C0INCIDENT", message_ts=posted["ts"])
    assert link["permalink"].endswith(f"/archives/C0INCIDENT/p{posted['ts'].replace('.', '')}")


async def test_a_deleted_message_is_gone(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    await client.chat_delete(channel="C0INCIDENT", ts=posted["ts"])
    error = await error_of(
        client, "chat.update", channel="C0INCIDENT", ts=posted["ts"], text="late"
    )
    assert error == "message_not_found"


async def test_another_s_message_is_not_the_app_s_to_change(
    client: AsyncWebClient, control: Control
) -> None:
    said = await control.post("message", channel="C0INCIDENT", user="U0ALICE", text="hello")
    at: Json = {"channel": "C0INCIDENT", "ts": said["message"]["ts"]}

    assert await error_of(client, "chat.update", text="x", **at) == "cant_update_message"
    assert await error_of(client, "chat.delete", **at) == "cant_delete_message"
