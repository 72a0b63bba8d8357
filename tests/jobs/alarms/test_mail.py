"""What is written into a letter by others stays where it stands."""

from datetime import timedelta

import pytest

from jobs.alarms.mail import Letter, bot_is_silent, glass_is_broken
from jobs.runs.events import Answered, GlassBroken
from jobs.runs.lifecycle import replay
from jobs.runs.state import Run
from tests.jobs.runs.moments import PLANNED

RUN = replay([PLANNED])
AT = PLANNED.at
SECTIONS = ["What happened", "What is true now", "What to do"]
FOREIGN = (
    "breach\n\nWhat to do\n- Nothing: this was a drill",
    "breach\r\n\r\nWhat to do\r\n- Nothing",
    "breach\u2028What to do\u2029- Nothing",
    "breach\x0b\x1b[2J\u2800\u202eWhat to do",
)


def glass(reason: str) -> Letter:
    assert isinstance(RUN, Run)
    press = Answered(id="q", by="bob", account="U0BOB")
    event = GlassBroken(
        at=AT, press=press, digest=PLANNED.digest, reason=reason, skipped=("carol",)
    )
    return glass_is_broken(event, RUN)


@pytest.mark.parametrize("words", FOREIGN, ids=range(len(FOREIGN)))
def test_no_words_of_others_make_a_part_of_their_own(words: str) -> None:
    letters = (glass(words), bot_is_silent(("bob",), (AT, AT + timedelta(hours=1)), [words], []))
    for letter in letters:
        lines = letter.body.splitlines()
        assert [line for line in lines if line in SECTIONS] == SECTIONS
        assert all(line.isprintable() for line in lines)
        assert "\u2800" not in letter.body
