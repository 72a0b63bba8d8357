"""The workspace as a process: one line when ready, no token in sight, a clean end."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import aiohttp
from aiohttp import web


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.demo.workspace",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def token_file(folder: Path, mode: int = 0o600) -> str:
    file = folder / "tokens.json"
    file.write_text(json.dumps({"bot": "xoxb-1", "app": "xapp-1", "scopes": ["chat:write"]}))
    file.chmod(mode)
    return str(file)


async def world() -> tuple[web.AppRunner, str]:
    async def state(request: web.Request) -> web.Response:
        return web.json_response({"nodes": []})

    async def kill(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "asked": await request.json()})

    app = web.Application()
    app.add_routes([web.get("/_world/state", state), web.post("/_world/kill", kill)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def test_it_says_where_it_is_passes_the_world_on_and_ends_on_sigterm(
    tmp_path: Path,
) -> None:
    runner, world_url = await world()
    process = await start("--port", "0", "--tokens", token_file(tmp_path), "--world", world_url)
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    url = line.removeprefix("workspace: ").strip()
    headers = {"Authorization": "Bearer xoxb-1"}
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/_world/state") as answer:
            assert await answer.json() == {"nodes": []}
        async with session.post(f"{url}/_world/kill", json={"node": "n1"}) as answer:
            assert await answer.json() == {"ok": True, "asked": {"node": "n1"}}
        async with session.post(f"{url}/api/users.list", headers=headers) as answer:
            assert (await answer.json())["error"] == "missing_scope"
        # An open stream of the page does not hold the process back.
        async with session.get(f"{url}/_page/stream"):
            os.kill(process.pid, signal.SIGTERM)
            _, complaints = await asyncio.wait_for(process.communicate(), 10)
    await runner.cleanup()

    assert line.startswith("workspace: http://127.0.0.1:")
    assert process.returncode == 0
    assert complaints == b""


async def test_tokens_that_others_can_read_are_not_taken(tmp_path: Path) -> None:
    process = await start("--tokens", token_file(tmp_path, 0o644))
    _, complaint = await process.communicate()

    assert process.returncode != 0
    assert b"set its mode to 0600" in complaint
