"""A bot that could not do its work says so at start, in one sentence."""

import asyncio
from dataclasses import replace

import pytest

from bot.app import Tokens as BotTokens
from bot.app import serve as serve_bot
from bot.given import Given
from bot.home import BotSettings
from deploy.demo.workspace import seed
from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite, serve
from playbooks.core.trouble import Trouble
from tests.bot.installation import SETTINGS, given
from tests.jobs.bench import PEOPLE, Place


async def refusal(
    site: RunningSite,
    token: str,
    installation: Given,
    settings: BotSettings = SETTINGS,
) -> str:
    hands = BotTokens(bot=token, app="xapp-wrong", api_url=f"{site.url}/api/")
    with pytest.raises(Trouble) as caught:
        await serve_bot(settings, hands, installation, asyncio.Event())
    assert "nothing was started" in str(caught.value) or "was not started" in str(caught.value)
    return str(caught.value)


async def test_a_wrong_token_is_named(site: RunningSite, place: Place) -> None:
    said = await refusal(site, "xoxb-wrong", given(place, "bot"))
    assert "Slack refused the bot token (invalid_auth)" in said
    assert "xoxb" not in said


async def test_another_workspace_is_refused(
    site: RunningSite, tokens: Tokens, place: Place
) -> None:
    settings = SETTINGS.model_copy(update={"team": "T0WRONG"})
    said = await refusal(site, tokens.bot, given(place, "bot"), settings)
    assert "belongs to workspace T0DEMO, not T0WRONG" in said


async def test_missing_scopes_are_all_named(tokens: Tokens, place: Place) -> None:
    fewer = replace(tokens, scopes=seed.SCOPES - {"pins:write", "files:write"})
    site = await serve(0, fewer, None)
    try:
        said = await refusal(site, tokens.bot, given(place, "bot"))
    finally:
        await site.stop()
    assert "lacks the scopes files:write, pins:write" in said


@pytest.mark.parametrize(
    ("channel", "why"),
    [
        ("C0GENERAL", "is not in the incident channel C0GENERAL (#general)"),
        ("C0PARTNER", "is shared with another organisation"),
        ("C0NOWHERE", "channel_not_found"),
    ],
)
async def test_an_unfit_incident_channel_is_refused(
    site: RunningSite, tokens: Tokens, place: Place, channel: str, why: str
) -> None:
    settings = SETTINGS.model_copy(update={"incident_channels": (channel,)})
    assert why in await refusal(site, tokens.bot, given(place, "bot"), settings)


async def test_without_approvers_nothing_starts(
    site: RunningSite, tokens: Tokens, place: Place
) -> None:
    nobody = replace(given(place, "bot"), people=PEOPLE.model_copy(update={"approvers": ()}))
    assert "names no approvers" in await refusal(site, tokens.bot, nobody)


@pytest.mark.timeout(60)
async def test_a_wrong_app_token_is_named(site: RunningSite, tokens: Tokens, place: Place) -> None:
    said = await refusal(site, tokens.bot, given(place, "bot"))
    assert "check SLACK_APP_TOKEN" in said
