"""The text that people sign is one text, readable, and nothing hides in it."""

import random
import unicodedata

import pytest

from jobs.runs.statement import glass_statement, statement
from playbooks.core.foreign import one_line
from playbooks.core.statement import Statement, canonical, read_statement
from playbooks.core.trouble import Trouble
from tests.jobs.runs.moments import PLANNED

TEXT = statement(PLANNED).text()


def test_what_is_written_is_read_back() -> None:
    assert read_statement(TEXT) == statement(PLANNED)
    glass = glass_statement(PLANNED, "it burns")
    assert read_statement(glass.text()) == glass
    assert statement(PLANNED).expires_at() == PLANNED.expires_at.replace(microsecond=0)


@pytest.mark.parametrize(
    "copied",
    [
        TEXT.replace("\n", "\r\n"),
        f"```\n{TEXT}```",
        f"```{TEXT}```\n",
        f"\n\n{TEXT}\n\n",
        TEXT.replace("\n", "  \n"),
        TEXT.replace(" ", "\N{NO-BREAK SPACE}"),
        TEXT.rstrip("\n"),
    ],
)
def test_copying_a_text_does_not_change_it(copied: str) -> None:
    assert canonical(copied) == TEXT


@pytest.mark.parametrize("cut", [10, len(TEXT) // 2, len(TEXT) - 30])
def test_a_text_that_was_cut_off_is_not_signed(cut: int) -> None:
    with pytest.raises(Trouble, match="copy the whole text"):
        read_statement(TEXT[:cut])


@pytest.mark.parametrize(
    "words",
    [
        "fine\nCluster: dev",
        "fine\u2028Cluster: dev",
        "\u202e dev :retsulC",
        "```\nCluster: dev",
        "nothing\x00\x1b[2J\u200b",
    ],
)
def test_foreign_words_stay_on_their_line_and_hide_nothing(words: str) -> None:
    reason = PLANNED.model_copy(update={"reason": words})
    text = statement(reason).text()
    assert [line for line in text.splitlines() if line.startswith("Cluster: ")] == [
        f"Cluster: {PLANNED.cluster}"
    ]
    assert "`" not in text
    assert text.isprintable() or all(line.isprintable() for line in text.split("\n"))
    assert read_statement(text).text() == text


# Blank, zero wide or drawn over its neighbour, and none of it in the categories C and Z.
HIDDEN = "\u3164\uffa0\u115f\u1161\u2800\u034f\ufe0f\u17b4\u180b\u0336\u20dd\U0001d159"


@pytest.mark.parametrize("blank", HIDDEN, ids=lambda blank: f"{ord(blank):04x}")
def test_what_does_not_show_is_written_out(blank: str) -> None:
    reason = f"disk lost{blank * 55}Approvals needed: 0, for a rehearsal"
    text = statement(PLANNED.model_copy(update={"reason": reason})).text()
    assert blank not in text
    assert f"{ord(blank):x}" in text
    assert read_statement(text).text() == text


def test_names_of_people_stay_as_they_are_written() -> None:
    for name in ("José Núñez", "Jose\u0301 Nu\u0301n\u0303ez", "Ελένη", "Łukasz", "山田", "한솔"):
        text = Statement(kind="approval", facts=(("Asked by", name),)).text()
        assert unicodedata.normalize("NFC", name) in text
        assert read_statement(text).text() == text


def test_words_written_out_are_written_out_once() -> None:
    chance = random.Random(20261125)
    for _ in range(5_000):
        words = "".join(chr(_code(chance)) for _ in range(chance.randrange(8)))
        line = one_line(words)
        assert one_line(line) == line
        assert read_statement(_reason(line)).text() == _reason(line) == _reason(words)


def _reason(words: str) -> str:
    return Statement(kind="approval", facts=(("Reason", words),)).text()


def _code(chance: random.Random) -> int:
    blocks = ((0, 0x250), (0x300, 0x370), (0x1100, 0x1200), (0xAC00, 0xD7A4), (0xE000, 0x11_0000))
    return chance.randrange(*chance.choice(blocks))


def test_every_part_of_a_plan_that_people_decide_by_changes_the_text() -> None:
    for change in (
        {"cluster": "dev"},
        {"run": "run-2"},
        {"digest": "0" * 64},
        {"requester": "dave"},
        {"reason": "another"},
        {"tells": ("clients that bypass the balancer are not cut off",)},
        {"needs": 1},
        {"steps": PLANNED.steps[2:]},
    ):
        assert statement(PLANNED.model_copy(update=change)).text() != TEXT


def test_one_kind_of_text_is_never_another() -> None:
    facts = (("Cluster", "prod"),)
    texts = {
        Statement(kind=kind, facts=facts).text()
        for kind in ("approval", "break-glass", "press", "standing order")
    }
    assert len(texts) == 4
