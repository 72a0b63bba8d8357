"""The first blocks of a page: names stay what they are, whatever is in them."""

import subprocess
from dataclasses import replace
from typing import Final

from playbooks.runbook.shell import addresses, operating
from playbooks.runbook.site import ANY, Site

ODD: Final = ("printf", "%s|", "{node}.example.net", 'it\'s $HOME `id` "so"', "--do={action}", "*")


def run(site: Site, commands: str) -> str:
    """Run commands after the first blocks, in a shell that stops at the first fault."""
    text = f"{addresses(site)}\n{operating(site)}\n{commands}\n"
    done = subprocess.run(
        ["sh", "-eu"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.stderr == ""
    return done.stdout


def test_each_word_of_the_node_command_stays_one_word() -> None:
    said = run(replace(ANY, node_command=ODD), "machine n2 start-alone")
    assert said == 'n2.example.net|it\'s $HOME `id` "so"|--do=start-alone|*|'


def test_the_node_command_does_not_take_what_is_pasted_after_it() -> None:
    said = run(replace(ANY, node_command=("wc", "-c")), "printf pasted | machine n1 stop")
    assert said == "0\n"


def test_without_a_node_command_a_person_is_asked() -> None:
    said = run(ANY, "printf '\\n' | machine n1 stop")
    assert said == "On the machine of n1: stop. Press Enter when it is done. "


def test_an_address_lasts_for_one_command() -> None:
    said = run(
        ANY, "on n2 printenv VAULT_ADDR; on balancer printenv VAULT_ADDR; echo ${VAULT_ADDR-}"
    )
    assert said.splitlines() == ["https://NODE-2:8200", "https://BALANCER:8200", ""]


def test_a_fresh_nonce_is_32_hexadecimal_digits() -> None:
    first, second = run(ANY, "fresh; echo; fresh").splitlines()
    assert first != second
    assert len(first) == len(second) == 32
    int(first, 16)
