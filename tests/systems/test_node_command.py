"""The node driver's own faults: what it says when the configured command misbehaves."""

import sys

import pytest
from pydantic import ValidationError

from playbooks.core.trouble import Trouble
from playbooks.core.world.nodes import Machine
from playbooks.systems.nodes.command import CommandNodes, NodeCommandSettings


def _nodes(program: str) -> CommandNodes:
    command = (sys.executable, "-c", program, "{node}", "{action}")
    return CommandNodes({"prod": NodeCommandSettings(command=command)})


async def test_the_state_is_read_from_one_line_of_json() -> None:
    nodes = _nodes("""print('{"process":"stopped","data":true}')""")
    machine = await nodes.state("prod", "n1")
    assert machine == Machine(node="n1", running=False, data=True)


@pytest.mark.parametrize(
    "printed", ["", "ok", "[]", '{"process":"up","data":true}', '{"process":"running"}']
)
async def test_any_other_output_is_no_state(printed: str) -> None:
    nodes = _nodes(f"print({printed!r})")
    with pytest.raises(Trouble, match="does not say how n1 is"):
        await nodes.state("prod", "n1")


async def test_a_failed_action_is_said_in_the_commands_last_sentence() -> None:
    nodes = _nodes(
        "import sys; sys.exit('Warning: known hosts\\nn1 has no disk\\x1b[0m left' + 'x' * 999)"
    )
    with pytest.raises(Trouble, match=r"“stop” on n1 failed: n1 has no disk\[0m leftx+;") as said:
        await nodes.stop("prod", "n1")
    assert len(said.value.happened) < 250


async def test_a_command_that_is_silent_is_said_by_its_exit_code() -> None:
    with pytest.raises(Trouble, match="failed: exit code 7"):
        await _nodes("raise SystemExit(7)").wipe("prod", "n1")


async def test_a_command_that_does_not_exist_is_named() -> None:
    settings = NodeCommandSettings(command=("no-such-program", "{node}", "{action}"))
    with pytest.raises(Trouble, match="cannot be run"):
        await CommandNodes({"prod": settings}).start("prod", "n1")


async def test_the_command_gets_the_node_and_the_action_and_no_shell() -> None:
    program = "import sys; sys.exit(sys.argv[1:] != ['vault-n1; true', 'start-alone'])"
    command = (sys.executable, "-c", program, "vault-{node}; true", "{action}")
    await CommandNodes({"prod": NodeCommandSettings(command=command)}).start_alone("prod", "n1")


async def test_a_cluster_without_a_command_is_trouble() -> None:
    with pytest.raises(Trouble, match="No node command is configured for staging"):
        await _nodes("").start("staging", "n1")


def test_a_command_must_say_where_node_and_action_go() -> None:
    with pytest.raises(ValidationError, match=r"must hold \{node\} and \{action\}"):
        NodeCommandSettings(command=("ssh", "vault"))
