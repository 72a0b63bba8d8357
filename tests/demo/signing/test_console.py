"""A signing console signs the text of a plan that still counts, and its key never leaves it."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.signing import keys
from deploy.demo.signing.keys import Computer
from jobs.records.signers import read_allowed_signers
from jobs.runs.statement import glass_statement, statement
from tests.demo.cluster.asking import ask
from tests.demo.cluster.parts import Part, running
from tests.jobs.runs.moments import PLANNED

NOW = datetime.now(UTC)
PLAN = PLANNED.model_copy(update={"expires_at": NOW + timedelta(hours=1)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("approvers")
    keys.make(folder)
    keys.write_allowed_signers(folder, folder / "allowed-signers")
    return folder


@pytest.fixture(scope="module")
def bob(folder: Path) -> Iterator[Part]:
    with running("signing", folder, "--name", "bob", "--folder", str(folder)) as part:
        yield part


def test_a_signature_of_a_console_counts_for_its_owner_and_this_text(
    bob: Part, folder: Path
) -> None:
    signers = read_allowed_signers((folder / "allowed-signers").read_text(), "a test")
    assert signers.persons() == {"bob", "carol", "dave"}
    text = statement(PLAN).text()
    # As it comes out of Slack: in a code block, with the spaces that copying adds.
    answer = sign(bob, f"```{text.replace(chr(10), '  ' + chr(10))}```")
    assert signers.signer(text, answer["signature"], NOW) == "bob"
    assert signers.signer(text.replace("prod", "dev"), answer["signature"], NOW) is None


def test_what_is_shown_is_what_is_signed_with_what_one_might_miss(bob: Part) -> None:
    assert sign(bob, statement(PLAN).text())["ok"]
    dev = PLAN.model_copy(update={"cluster": "dev"})
    seen = read(bob, glass_statement(dev, "it burns").text())
    assert seen["text"] == glass_statement(dev, "it burns").text()
    assert seen["cluster"] == "dev"
    told = " ".join(seen["warnings"])
    assert "last time you signed for" in told
    assert "Nobody else is asked" in told


@pytest.mark.parametrize("act", ["read", "sign"])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "This is not the text of a plan"),
        (PLAN.digest, "This is not the text of a plan"),
        (statement(PLAN).text().replace("Reason:", "Raeson:", 1)[:-20], "cut off or changed"),
        (statement(PLANNED).text(), "This text expired at"),
    ],
)
def test_nothing_else_is_signed_and_one_sentence_says_why(
    bob: Part, act: str, text: str, why: str
) -> None:
    status, answer = ask(f"{bob.ready['url']}{act}", {"text": text})
    assert (status, answer["ok"]) == (HTTPStatus.OK, False)
    assert why in answer["error"]
    assert "nothing was signed" in answer["error"]
    assert "signature" not in answer


def test_what_is_no_text_at_all_is_refused_too(bob: Part) -> None:
    for body in ({}, {"text": None}, {"text": ["a"]}):
        assert ask(f"{bob.ready['url']}sign", body)[1]["ok"] is False


def test_a_key_is_its_owners_alone_and_in_no_page_no_answer_and_no_log(
    bob: Part, folder: Path
) -> None:
    key = Computer(folder, "bob").key
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    said = (
        str(sign(bob, statement(PLAN).text())) + str(ask(f"{bob.ready['url']}alive")) + bob.said()
    )
    for line in key.read_text().splitlines():
        assert line not in said
    keys.make(folder)
    assert sign(bob, statement(PLAN).text())["ok"], "a second start made other keys"


def test_a_page_of_another_site_can_press_nothing(bob: Part) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        text = statement(PLAN).text()
        status, answer = ask(f"{bob.ready['url']}sign", {"text": text}, headers)
        assert (status, "signature" in answer) == (HTTPStatus.FORBIDDEN, False)


def read(part: Part, text: str) -> Any:
    return ask(f"{part.ready['url']}read", {"text": text})[1]


def sign(part: Part, text: str) -> Any:
    return ask(f"{part.ready['url']}sign", {"text": text})[1]
