"""An approver's own computer beside a dialog: it appears where a text is signed, and it alone."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.signing import keys
from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite, serve
from jobs.runs.statement import statement
from tests.demo.cluster.parts import running
from tests.demo.workspace.browsing import browsing
from tests.demo.workspace.conftest import Bot, Control, Json
from tests.demo.workspace.test_commands_and_clicks import modal
from tests.demo.workspace.test_world_on_the_page import a_world
from tests.jobs.runs.moments import PLANNED

pytestmark = pytest.mark.browser

TEXT = statement(
    PLANNED.model_copy(
        update={"expires_at": datetime.now(UTC) + timedelta(hours=1), "reason": "<b> & > 1"}
    )
).text()
_ESCAPED = TEXT.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("bob")
    keys.make(folder)
    with running("signing", folder, "--name", "bob", "--folder", str(folder)) as part:
        yield part.ready["url"]


@pytest_asyncio.fixture(loop_scope="session")
async def site(tokens: Tokens, console: str) -> AsyncIterator[RunningSite]:
    """A workspace in whose world Bob has a console, and Carol's is switched off."""
    consoles = [
        {"name": "bob", "title": "Bob", "online": True, "url": console},
        {"name": "carol", "title": "Carol", "online": False, "url": console},
    ]
    async with a_world(lambda _word, _body: None, *consoles) as world:
        site = await serve(0, tokens, world)
        yield site
        await site.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, site: RunningSite, console: str) -> AsyncIterator[Page]:
    async with browsing(browser, site.url, console) as opened:
        await expect(opened.get_by_role("button", name="Open Bob's console")).to_be_visible()
        yield opened


async def test_a_text_is_signed_beside_its_dialog_and_by_no_other_page(
    page: Page, bot: Bot, control: Control
) -> None:
    desk = page.get_by_role("complementary", name="Bob's computer")
    await _opens(page, bot, control, "Bob", f"```{_ESCAPED}```")
    own = desk.frame_locator("iframe")
    sign = own.get_by_role("button", name="Sign as Bob")
    await expect(sign).to_be_visible()
    assert await own.locator("#text").text_content() == TEXT
    field = page.get_by_label("The signature")
    await page.evaluate("window.postMessage({ signature: 'forged' }, '*')")
    await page.evaluate("new Promise((heard) => setTimeout(heard))")  # After the message was.
    await expect(field).to_have_value("")
    await sign.click()
    await expect(field).to_have_value(re.compile("^-----BEGIN SSH SIGNATURE-----"))
    await expect(page.get_by_role("button", name="Approve")).to_be_focused()
    await expect(own.get_by_role("status")).to_contain_text("now press Approve")


async def test_a_text_that_is_no_plans_is_not_signed(
    page: Page, bot: Bot, control: Control
) -> None:
    await _opens(page, bot, control, "Bob", f"```{_ESCAPED[:-40]}```")
    own = page.get_by_role("complementary", name="Bob's computer").frame_locator("iframe")
    await expect(own.get_by_role("status")).to_contain_text("cut off or changed")
    await expect(own.get_by_role("button", name="Sign as Bob")).to_be_hidden()


@pytest.mark.parametrize(
    ("name", "words"), [("Carol", f"```{_ESCAPED}```"), ("Bob", "```vault status```")]
)
async def test_there_is_no_computer_where_nothing_can_be_signed(
    page: Page, bot: Bot, control: Control, name: str, words: str
) -> None:
    await _opens(page, bot, control, name, words)
    await expect(page.get_by_label("The signature")).to_be_focused()
    await expect(page.get_by_text("not part of Slack")).to_be_hidden()


async def _opens(page: Page, bot: Bot, control: Control, name: str, words: str) -> None:
    """Let a command open a dialog that shows these words and asks for a signature."""
    field: Json = {
        "type": "input",
        "block_id": "proof",
        "label": {"type": "plain_text", "text": "The signature"},
        "element": {"type": "plain_text_input", "action_id": "proof", "multiline": True},
    }
    shown: Json = {"type": "section", "text": {"type": "mrkdwn", "text": words}}

    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        await ack()
        view = {**modal(), "blocks": [shown, field]}
        await client.views_open(trigger_id=command["trigger_id"], view=view)

    await page.get_by_role("radio", name=f"{name}, ").click()
    await control.say("restore", user=f"U0{name.upper()}")
    await expect(page.get_by_role("dialog", name="Approve")).to_be_visible()
