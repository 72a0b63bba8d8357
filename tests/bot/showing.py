"""A run of a test, and all that was shown of it."""

from collections import Counter

from jobs.runs.events import Finished, StepDone, StepStarted
from tests.bot.people import Json, Slack, about, eventually
from tests.bot.scribe import STEPS, Scribe
from tests.jobs.bench import now


async def approved(slack: Slack, scribe: Scribe) -> str:
    """A run that was approved without Slack."""
    run = await slack.ask("restore latest")
    await scribe.plan(run)
    await scribe.approve(run, "bob", "carol")
    return run


async def carried_out(scribe: Scribe, run: str) -> None:
    for step in STEPS:
        await scribe.write(run, StepStarted(at=now(), step=step, again=False))
        await scribe.write(run, StepDone(at=now(), step=step, already=False))
    await scribe.write(run, Finished(at=now(), outcome="done"))


async def shown_to_its_end(slack: Slack, run: str, within: float = 40.0) -> Json:
    """Wait for the last thing that is said of a run."""

    async def last() -> Json | None:
        for card in await slack.cards(run):
            if any(about(line, run) == "outcome" for line in await slack.thread(card)):
                return card
        return None

    return await eventually(last, within)


async def keys(slack: Slack, run: str) -> list[str]:
    """The keys of all that was said of a run in the channel and its threads, in order."""
    found = [await slack.thread(card) for card in await slack.cards(run)]
    return [about(line, run) for lines in found for line in lines if about(line, run)]


async def assert_whole(slack: Slack, scribe: Scribe, run: str) -> None:
    said = await keys(slack, run)
    assert [key for key, count in Counter(said).items() if count > 1] == []
    events = (await scribe.place.history(run)).events
    started = {n for n, event in enumerate(events, 1) if event.kind == "step started"}
    lines = [f"line-{n}" for n in range(1, len(events) + 1) if n not in started]
    assert [key for key in said if key.startswith("line-")] == lines
    files = [
        file["name"]
        for card in await slack.cards(run)
        for line in await slack.thread(card)
        for file in line.get("files", [])
    ]
    assert len(files) == 1
