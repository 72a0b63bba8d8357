"""A configured command for each action, such as ssh to a script that asks the host's systemd."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, ValidationError, model_validator

from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Name
from playbooks.core.world.nodes import Machine

Action: TypeAlias = Literal["start", "start-alone", "stop", "wipe", "state"]
_STATE_WITHIN: Final = timedelta(seconds=15)
_ACT_WITHIN: Final = timedelta(minutes=2)
_LONGEST_SENTENCE: Final = 200


class NodeCommandSettings(Frozen):
    """One command, never a shell; {node} and {action} are filled in wherever they stand.

    Actions: start, start-alone, stop, wipe, state. `state` prints one line of JSON:
    {"process": "running" or "stopped", "data": true or false}.
    """

    command: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_both(self) -> Self:
        text = " ".join(self.command)
        missing = [word for word in ("{node}", "{action}") if word not in text]
        if missing:
            msg = f"the command must hold {' and '.join(missing)}"
            raise ValueError(msg)
        return self


class _Told(Frozen):
    process: Literal["running", "stopped"]
    data: bool


class CommandNodes:
    """The supervisor's word counts: no node is ever a child of this process."""

    def __init__(self, clusters: Mapping[Name, NodeCommandSettings]) -> None:
        self._clusters = clusters

    async def state(self, cluster: Name, node: Name) -> Machine:
        told = await self._run(cluster, node, "state", _STATE_WITHIN)
        try:
            state = _Told.model_validate_json(told)
        except ValidationError as error:
            raise Trouble(
                f"The node command of {cluster} does not say how {node} is",
                left="nothing was changed",
                do='its action "state" must print one line of JSON; run it by hand',
            ) from error
        return Machine(node=node, running=state.process == "running", data=state.data)

    async def start(self, cluster: Name, node: Name) -> None:
        await self._run(cluster, node, "start", _ACT_WITHIN)

    async def start_alone(self, cluster: Name, node: Name) -> None:
        await self._run(cluster, node, "start-alone", _ACT_WITHIN)

    async def stop(self, cluster: Name, node: Name) -> None:
        await self._run(cluster, node, "stop", _ACT_WITHIN)

    async def wipe(self, cluster: Name, node: Name) -> None:
        await self._run(cluster, node, "wipe", _ACT_WITHIN)

    async def _run(self, cluster: Name, node: Name, action: Action, within: timedelta) -> bytes:
        process = await self._begin(cluster, self._command(cluster, node, action))
        try:
            async with asyncio.timeout(within.total_seconds()):
                out, err = await process.communicate()
        except TimeoutError as error:
            raise Trouble(
                f"“{action}” on {node} was not done within {within.total_seconds():.0f} s",
                left="nobody knows how far it got",
                do=f"look at {node}, then press Try again",
            ) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise Trouble(
                f"“{action}” on {node} failed: {_sentence(err, process.returncode)}",
                left=f"nobody knows how {node} is now",
                do=f"look at {node}, then press Try again",
            )
        return out

    async def _begin(self, cluster: Name, command: list[str]) -> Process:
        try:
            # A session of its own: Ctrl-C on a worker must not stop a node half-way.
            return await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True
            )
        except OSError as error:
            raise Trouble(
                f"The node command of {cluster} cannot be run ({error.strerror})",
                left="nothing was changed",
                do=f"check that the worker has {command[0]}",
            ) from error

    def _command(self, cluster: Name, node: Name, action: Action) -> list[str]:
        if cluster not in self._clusters:
            raise Trouble(
                f"No node command is configured for {cluster}",
                left="nothing was changed",
                do="start and stop its nodes by hand, or configure `node_command`",
            )
        return [
            part.replace("{node}", node).replace("{action}", action)
            for part in self._clusters[cluster].command
        ]


def _sentence(err: bytes, code: int | None) -> str:
    lines = [line.strip() for line in err.decode("utf-8", "replace").splitlines()]
    said = next((line for line in reversed(lines) if line), f"exit code {code}")
    clean = "".join(letter for letter in said if letter.isprintable())
    return clean[:_LONGEST_SENTENCE].rstrip(".")
