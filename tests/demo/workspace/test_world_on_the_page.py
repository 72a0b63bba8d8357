"""The world beside the workspace, as the page shows it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from playwright.async_api import Browser, expect

from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import serve
from tests.demo.workspace.browsing import browsing
from tests.demo.workspace.conftest import Json

pytestmark = pytest.mark.browser


@asynccontextmanager
async def a_world(told: Callable[[str, Json], None], *approvers: Json) -> AsyncIterator[str]:
    """A world's API with one node of each kind, that only notes what it is told."""
    kinds = [("running", True, "active"), ("running", True, "sealed"), ("stopped", False, "silent")]
    nodes = [
        {
            "name": f"n{number}",
            "address": f"https://127.0.0.1:820{number}",
            "process": process,
            "data": data,
            "state": state,
            "progress": {"given": 1, "needed": 3},
        }
        for number, (process, data, state) in enumerate(kinds, start=1)
    ]
    seen = {
        "cluster": {"name": "prod"},
        "nodes": nodes,
        "balancer": {"open": True, "active": "n1", "backends": []},
        "store": {"path": "/tmp/store", "backups": ["prod/one"]},
        "custodians": [{"name": "erin", "title": "Erin", "online": True, "url": ""}],
        "approvers": approvers,
        "writer": {"acknowledged": 41, "last_at": None, "failing_since": None},
    }

    async def state(request: web.Request) -> web.Response:
        return web.json_response(seen)

    async def act(request: web.Request) -> web.Response:
        told(request.match_info["word"], json.loads(await request.text()))
        return web.json_response({"ok": True})

    app = web.Application()
    app.add_routes([web.get("/_world/state", state), web.post("/_world/{word}", act)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_world_is_shown_in_words_and_destroyed_only_after_a_question(
    tokens: Tokens, browser: Browser
) -> None:
    told: list[tuple[str, Json]] = []
    async with a_world(lambda word, body: told.append((word, body))) as world_url:
        site = await serve(0, tokens, world_url)
        async with browsing(browser, site.url) as page:
            world = page.get_by_role("complementary", name="The world")
            for words in ("Active", "Sealed", "1 of 3 shares", "Gone, data too"):
                await expect(world.get_by_text(words)).to_be_visible()
            await world.get_by_role("button", name="Unseal as Erin").click()
            await world.get_by_role("button", name="Kill n1").click()
            await world.get_by_role("button", name="Destroy the cluster").click()
            await page.get_by_role("button", name="Keep it").click()
            await world.get_by_role("button", name="Destroy the cluster").click()
            dialog = page.get_by_role("dialog", name="Destroy the cluster?")
            await dialog.get_by_role("button", name="Destroy the cluster").click()
            await expect(dialog).to_be_hidden()
            async with asyncio.timeout(5):
                while len(told) < 3:
                    await asyncio.sleep(0.02)
        await site.stop()
    assert told == [("unseal", {"custodian": "erin"}), ("kill", {"node": "n1"}), ("destroy", {})]
