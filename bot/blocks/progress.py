"""The checklist of a run: one line a step, folded where a card has no room for all of them."""

from typing import Final, assert_never

from bot.blocks.mrkdwn import bold, clock, fit, sentence
from jobs.runs.events import PlannedStep
from jobs.runs.headline import current_step
from jobs.runs.state import AwaitsApproval, Ended, Run, StepState
from jobs.runs.story import took_in_words

_LONG_LINE: Final = 400
_SHORT_LINE: Final = 120


def progress(run: Run, room: int) -> list[str]:
    """Draw the steps in at most `room` letters; the step in hand is never folded."""
    if isinstance(run.stage, Ended) and all(step.status == "todo" for step in run.steps):
        return []  # A list of what was never begun tells nothing.
    whole = [_line(place, step, run) for place, step in enumerate(run.steps, 1)]
    long = [fit(line, _LONG_LINE) for line in whole]
    short = [fit(line, _SHORT_LINE) for line in whole]
    for lines in (long, _fold_done(long, run), short, _fold_done(short, run)):
        if _size(lines) <= room:
            return lines
    return _fold_rest(_fold_done(short, run), room)


def how_far(run: Run) -> str:
    """Count in words, since nobody should have to read it from pictures alone."""
    done = sum(step.status == "done" for step in run.steps)
    if isinstance(run.stage, Ended) and not done and not run.started_at:
        return f"None of the {len(run.steps)} steps was begun"
    undone = sum(step.status == "undone" for step in run.steps)
    back = f", {undone} taken back" if undone else ""
    if isinstance(run.stage, AwaitsApproval):
        return f"The plan has {len(run.steps)} steps"
    return f"{done} of {len(run.steps)} steps done{back}"


def way_back_line(step: PlannedStep) -> str:
    """Tell what undoing a step would take, such as "After “Load …”, to go back: ask for …"."""
    way = step.way_back or ""
    then = sentence(way[:1].lower() + way[1:])
    return f":leftwards_arrow_with_hook: After “{sentence(step.says)}”, {then}"


def _line(place: int, step: StepState, run: Run) -> str:
    says = sentence(step.says)
    now = current_step(run)
    if now is not None and now.says == step.says:
        return f":hourglass_flowing_sand: {place}. {bold(says)}{_meanwhile(step)}"
    match step.status:
        case "todo":
            return f":white_circle: {place}. {says}"
        case "done":
            icon = "fast_forward" if step.already else "white_check_mark"
            return f":{icon}: {place}. {says}{_outcome(step)}"
        case "failed":
            return f":x: {place}. {bold(says)} · failed{_repeats(step)}"
        case "undone":
            return f":leftwards_arrow_with_hook: {place}. {says} · taken back"
        case "undo started":
            return f":hourglass_flowing_sand: {place}. {bold(says)} · is being taken back"
        case "started" | "waits":
            return f":hourglass_flowing_sand: {place}. {says}{_meanwhile(step)}"
        case _:
            assert_never(step.status)


def _meanwhile(step: StepState) -> str:
    if step.status == "waits" and step.waits_since is not None:
        return f" · {sentence(step.note)} · since {clock(step.waits_since)}"
    since = f" · since {clock(step.started_at)}" if step.started_at else ""
    return f" · now{since}{_repeats(step)}"


def _outcome(step: StepState) -> str:
    if step.already:
        return " · was so already"
    took = took_in_words(step)
    return f"{f' · {took}' if took else ''}{_repeats(step)}"


def _repeats(step: StepState) -> str:
    return f" · begun {step.acts} times" if step.acts > 1 else ""


def _size(lines: list[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _fold_done(lines: list[str], run: Run) -> list[str]:
    done = 0
    for step in run.steps:
        if step.status != "done":
            break
        done += 1
    if done < 2:  # noqa: PLR2004 -- one line would take the place of one line
        return lines
    return [f":white_check_mark: Steps 1 to {done} are done", *lines[done:]]


def _fold_rest(lines: list[str], room: int) -> list[str]:
    """Keep what is done or in hand and as many of the next steps as there is room for."""
    kept: list[str] = []
    for place, line in enumerate(lines):
        rest = f":white_circle: … and {len(lines) - place} steps more"
        if _size([*kept, line, rest]) > room:
            return [*kept, rest]
        kept.append(line)
    return kept
