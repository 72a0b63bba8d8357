"""The live view of a terminal: everything that matters fits, and Ctrl-C leaves only the view."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

import pytest

from bot.terminal.console import Size
from bot.terminal.follow import told
from bot.terminal.view import Drawn, Seen, ansi, draw
from jobs.runs.lifecycle import replay
from jobs.runs.state import Run, Stopped
from playbooks.core.values import Moment
from tests.bot.blocks.examples import ASKED_AT, PEOPLE, longest, stages
from tests.bot.scribe import Scribe, planned
from tests.bot.sitting import Keys
from tests.bot.test_terminal import the_run
from tests.jobs.bench import Place
from tests.windows import Window, has, open_window

NOW: Final[Moment] = ASKED_AT + timedelta(minutes=20)
SIZES: Final = (Size(columns=80, rows=24), Size(columns=60, rows=14), Size(columns=200, rows=60))


def view(stage: str, size: Size, note: str | None = None) -> list[Drawn]:
    events = tuple(stages()[stage].events)
    seen = Seen("r-1", replay(events), tuple(told(events, 0, PEOPLE)), note)
    return draw(seen, PEOPLE, NOW, size)


def text(lines: list[Drawn]) -> str:
    return "\n".join(line.text for line in lines)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("stage", stages())
def test_every_stage_fits_the_window_and_says_where_it_stands(stage: str, size: Size) -> None:
    lines = view(stage, size, note="Workers leave it alone")
    assert len(lines) < size.rows
    assert max(len(line.text) for line in lines) < size.columns
    assert lines[0].text.startswith("Restore backup on prod: ")
    assert "Workers leave it alone" in text(lines)
    assert lines[-1].text == "Ctrl-C leaves this view, not the run."


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_what_happens_now_is_never_folded_away(size: Size) -> None:
    assert "[>]  8. Wait until" in text(view("waits", size))
    assert "2 of 3 custodians" in text(view("waits", size)[1:])
    assert "RTO 32 min of 6 h" in text(view("waits", size))
    assert "Approvals 2 of 2: Bob, Carol" in text(view("waits", size))


@pytest.mark.parametrize("stage", ["stopped", "broke", "cancelled halfway"])
def test_a_stop_says_what_to_type(stage: str) -> None:
    run = replay(stages()[stage].events)
    assert isinstance(run, Run)
    assert isinstance(run.stage, Stopped)
    said = text(view(stage, SIZES[0]))
    assert "leave r-k3x7m2qa" in said
    assert ("try-again r-k3x7m2qa" in said) is not run.stage.cancelled
    assert "/vault" not in said


def test_the_longest_run_fits_the_smallest_window() -> None:
    run = replay([longest("\x1b]0;gone\x07 \x9b2J")])
    seen = Seen("r-1", run, ("\x1b[2J", "\u2800" * 9) * 25, "\r\n\x1b[A\u3164")
    for size in (Size(columns=20, rows=5), *SIZES):
        lines = draw(seen, PEOPLE, NOW, size)
        assert len(lines) < max(size.rows, 12)
        assert all(line.text.isprintable() for line in lines)
        assert not any({"\u2800", "\u3164"} & {*line.text} for line in lines)


def test_a_drawing_covers_the_one_before() -> None:
    lines = [Drawn("one", "bold"), Drawn("two")]
    assert ansi(lines, 0).startswith("\x1b[2K\x1b[1mone\x1b[0m\n")
    assert ansi(lines, 7).startswith("\x1b[7F")
    assert ansi(lines, 7).endswith("\x1b[2Ktwo\n\x1b[J")


@pytest.fixture
def window(place: Place) -> Iterator[Callable[[str], Window]]:
    opened: list[Window] = []

    def sit_down(words: str) -> Window:
        command = (sys.executable, "-m", "tests.bot.sitting", str(place.folder), words)
        opened.append(open_window(command))
        return opened[-1]

    yield sit_down
    for each in opened:
        each.close()


async def test_ctrl_c_leaves_the_view_and_not_the_run(
    place: Place, scribe: Scribe, window: Callable[[str], Window]
) -> None:
    (place.folder / "urls.json").write_text(json.dumps(place.urls), encoding="utf-8")
    sitting = window("restore latest reason the disk is gone")
    name = await the_run(place)
    await scribe.plan(name)
    shown = await asyncio.to_thread(sitting.until, has(f"approve {name}"))
    assert re.search(r"\x1b\[\d+F\x1b\[2K", shown), "it was never drawn in place"
    sitting.process.send_signal(signal.SIGINT)
    await asyncio.to_thread(sitting.until, has("You left the view"))
    assert sitting.process.wait(5) == 130
    assert (await place.state(name)).ended_at is None


async def test_signatures_are_pasted_one_after_the_other(
    place: Place, scribe: Scribe, window: Callable[[str], Window]
) -> None:
    (place.folder / "urls.json").write_text(json.dumps(place.urls), encoding="utf-8")
    keys = Keys(place)
    asked = await place.ask("r-pasted")
    await scribe.write("r-pasted", planned(asked, needs=2))
    sitting = window("approve r-pasted")
    text = await asyncio.to_thread(sitting.until, has("Paste a signature"))
    statement = text.replace("\r\n", "\n").partition("End of the text to sign.\n")
    for place_in_line, name in enumerate(("bob", "carol"), 1):
        sitting.type(keys.of(name).sign("".join(statement[:2])))

        async def answered(count: int = place_in_line) -> bool:
            await keys.answer(scribe, "r-pasted")
            return len((await place.state("r-pasted")).approvals) == count

        for _ in range(300):
            if await answered():
                break
            await asyncio.sleep(0.05)
        said = f"{name.title()} signed the plan ({place_in_line} of 2)"
        await asyncio.to_thread(sitting.until, has(said))
