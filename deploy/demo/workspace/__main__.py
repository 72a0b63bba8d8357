"""`python -m deploy.demo.workspace`: the workspace as a process of its own."""

import argparse
import asyncio
import signal
from pathlib import Path

from deploy.demo.workspace.credentials import read_tokens
from deploy.demo.workspace.site import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.demo.workspace", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--tokens", type=Path, required=True, help="JSON file, mode 0600")
    parser.add_argument("--world", help="base URL of the world's API")
    asked = parser.parse_args()
    asyncio.run(_run(asked.port, asked.tokens, asked.world))


async def _run(port: int, tokens: Path, world_url: str | None) -> None:
    ended = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, ended.set)
    site = await serve(port, read_tokens(tokens), world_url)
    print(f"workspace: {site.url}", flush=True)
    await ended.wait()
    await site.stop()


if __name__ == "__main__":
    main()
