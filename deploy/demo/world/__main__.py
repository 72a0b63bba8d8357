"""`python -m deploy.demo.world CONFIG.json`: serves the world's API until told to end."""

import asyncio
import os
import sys
from pathlib import Path

import aiohttp

from deploy.demo.cluster import async_api, loopback, processes
from deploy.demo.world import config as configs
from deploy.demo.world.config import Config
from deploy.demo.world.look import Eyes
from deploy.demo.world.site import site


async def serve(config: Config) -> None:
    async with (
        async_api.session(config.cluster.ca_file) as vault,
        aiohttp.ClientSession() as local,
        loopback.serve(site(Eyes(config, vault, local)), config.port) as url,
    ):
        loopback.announce({"url": url})
        await processes.until_told_to_end()


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(serve(configs.read(Path(sys.argv[1]))))
