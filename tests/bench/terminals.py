"""The same runs from a terminal while Slack is down, asked for and approved by the command."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.demo.__main__ import _variables
from jobs.runs.state import AwaitsApproval
from jobs.runs.statement import statement
from tests.bench.installation import Installation
from tests.bench.runs import APPROVERS, Desk, Timed
from tests.bot.people import eventually

_SLACK: Final = ("bot", "workspace")


@dataclass(frozen=True)
class Terminal:
    """One shell as the bot's Redis user. The desk is only read: it sees what the workers wrote."""

    made: Installation
    desk: Desk

    async def run(self, words: str) -> Timed:
        """Ask, hand in two signatures, and wait for the end."""
        asked = await self._command(*words.split())
        run = asked.partition("run ")[2].partition(".")[0]
        state = await self.desk.until(run, lambda state: isinstance(state.stage, AwaitsApproval))
        text = statement(state.planned).text()
        files = [self._signed(name, text) for name in APPROVERS]
        await self._command("approve", run, *(f"--signature={file}" for file in files))
        return await self.desk.timed(run)

    def _signed(self, name: str, text: str) -> Path:
        file = self.made.house.root / f"{name}.sig"
        file.write_text(self.made.keys[name].sign(text), encoding="utf-8")
        return file

    async def _command(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.cli", "command", *words),
            env={**os.environ, **_variables(self.made.house, "bot")},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()


@asynccontextmanager
async def slack_down(made: Installation, desk: Desk) -> AsyncIterator[Terminal]:
    """End bot and workspace for the length of a block."""
    for name in _SLACK:
        await asyncio.to_thread(made.children.end, name)
    try:
        yield Terminal(made, desk)
    finally:
        for name in reversed(_SLACK):
            made.children.begin_again(name)
        await eventually(lambda: _is_back(desk), 60)


async def _is_back(desk: Desk) -> bool:
    try:
        return bool(await desk.slack.connections())
    except OSError:
        return False
