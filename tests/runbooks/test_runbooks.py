"""What is printed was read aloud and found good, and every step says what a person does."""

import html
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from deploy.books import all_playbooks
from playbooks.core.playbook import Playbook
from playbooks.core.step import Do, Instead, Step
from playbooks.runbook.markdown import markdown
from playbooks.runbook.page import page
from playbooks.runbook.paper import paper
from playbooks.runbook.parts import Pasted, Said, parts
from playbooks.runbook.site import ANY, Small
from tests.runbooks.following import sections

HERE: Final = Path(__file__).parent
BOOKS: Final[Mapping[str, Playbook[Any, Any]]] = all_playbooks()
NAMES: Final = sorted(BOOKS)
STEPS: Final = [
    pytest.param(step, id=f"{name}: {step.says}") for name in NAMES for step in BOOKS[name].steps
]


def says(step: Step[Any], beginning: str) -> bool:
    return any(
        isinstance(part, Said) and part.text.startswith(beginning) for part in parts(step.by_hand)
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_runbook_is_the_one_that_was_read_aloud(name: str) -> None:
    read = (HERE / f"{name}.md").read_text(encoding="utf-8")
    assert markdown(page(BOOKS[name], ANY, None)) == read


def test_python_prints_it_where_nothing_else_is_installed() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "playbooks", "seal"], capture_output=True, text=True, check=True
    )
    assert said.stdout == (HERE / "seal.md").read_text(encoding="utf-8")


def test_without_a_name_it_says_which_there_are() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "playbooks"], capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert all(name in said.stderr for name in NAMES)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_says_what_a_person_does(step: Step[Any]) -> None:
    written = parts(step.by_hand)
    assert written
    assert isinstance(written[-1], Said)
    assert written[-1].text.startswith("If not: ")
    if step.only_if is not None:
        assert isinstance(written[0], Said)
        assert written[0].text.startswith("Only ")
    if isinstance(step, Do) and isinstance(step.undo, Instead):
        assert says(step, "To go back: ")


@pytest.mark.parametrize("step", STEPS)
def test_no_step_sends_a_person_to_a_button_or_to_slack(step: Step[Any]) -> None:
    assert "/vault " not in step.by_hand
    assert not re.search(r"\bpress\b", step.by_hand)


@pytest.mark.parametrize("step", STEPS)
def test_a_block_ends_where_a_secret_is_asked_for(step: Step[Any]) -> None:
    """What is pasted after it would be taken for the secret."""
    for part in parts(step.by_hand):
        lines = part.commands.splitlines() if isinstance(part, Pasted) else []
        asking = [
            n for n, line in enumerate(lines) if re.search(r"\blog_in\b|operator unseal", line)
        ]
        assert all(set(lines[n + 1 :]) <= {"done"} for n in asking)


@pytest.mark.parametrize("name", NAMES)
def test_no_command_has_a_secret_among_its_arguments(name: str) -> None:
    """`printf` and `export` are parts of the shell itself: no process listing shows them."""
    site = replace(ANY, balancer=Small("http://127.0.0.1:1", "/a b/token"))
    lines = markdown(page(BOOKS[name], site, None)).splitlines()
    with_secrets = [line for line in lines if re.search(r"\$(key|token|made|VAULT_TOKEN)\b", line)]
    assert with_secrets
    assert all(re.match(r"\s*(\w+=\$\()?printf ", line) for line in with_secrets)


@pytest.mark.parametrize("name", NAMES)
def test_paper_has_the_same_steps_and_blocks_in_the_same_order(name: str) -> None:
    site = replace(ANY, cluster="prod", balancer=Small("http://127.0.0.1:1", "/a b/token"))
    laid_out = page(BOOKS[name], site, None)
    printed = paper(laid_out)
    blocks = [html.unescape(text) for text in re.findall(r"<pre>(.*?)</pre>", printed, re.DOTALL)]
    written = [block for each in sections(markdown(laid_out)) for _, block in each.blocks]
    assert blocks == written
    assert printed.count('class="box"') == len(BOOKS[name].steps)


@pytest.mark.parametrize("name", NAMES)
def test_paper_fetches_nothing_and_runs_nothing(name: str) -> None:
    printed = paper(page(BOOKS[name], ANY, None))
    assert not re.search(r"<script|<link|<img|\bsrc=|@import|url\(", printed)


@pytest.mark.parametrize("name", NAMES)
def test_a_mended_text_strands_no_run(name: str) -> None:
    book = BOOKS[name]
    mended = replace(book, steps=tuple(replace(step, by_hand="Mended.") for step in book.steps))
    assert mended.table_digest() == book.table_digest()
    changed = replace(book, steps=tuple(replace(step, says="Changed") for step in book.steps))
    assert changed.table_digest() != book.table_digest()


def test_a_fence_that_nobody_pastes_is_refused() -> None:
    with pytest.raises(ValueError, match="fence"):
        parts("Do this.\n\n```bash\nls\n```\n\nIf not: wait.")


@pytest.mark.parametrize(("seal", "other"), [("shamir", "auto"), ("auto", "shamir")])
def test_a_page_for_one_kind_of_seal_leaves_the_other_out(seal: str, other: str) -> None:
    site = replace(ANY, seal="shamir" if seal == "shamir" else "auto")
    text = markdown(page(BOOKS["rebuild_from_backup"], site, None))
    assert f"```sh {seal}\n" in text
    assert f"```sh {other}\n" not in text
    assert ("Where the cluster unseals itself, " in text) == (seal == "auto")
