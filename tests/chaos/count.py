"""What must be true after the torture, counted from journals and from the effects themselves."""

from collections import Counter
from dataclasses import dataclass

from jobs.records.journal import Entry
from jobs.runs.events import Finished, StepDone, StepStarted
from tests.chaos.table import STEPS
from tests.jobs.bench import Place


@dataclass(frozen=True)
class Counted:
    """`repeated` effects were each announced by an event with `again`."""

    runs: int
    steps: int
    effects: int
    repeated: int
    events: int
    faults: Counter[str]

    def __str__(self) -> str:
        faults = ", ".join(f"{name} {times}" for name, times in sorted(self.faults.items()))
        return (
            f"{self.runs} runs, {self.steps} steps each committed exactly once, {self.effects} "
            f"effects of which {self.repeated} repeated and all announced, {self.events} events "
            f"with chain, signatures and copies intact; {self.faults.total()} faults: {faults}"
        )


async def count(place: Place, runs: list[str], faults: Counter[str]) -> Counted:
    """Check every law on every run. Raises AssertionError naming the run and the step."""
    effects = repeated = events = 0
    for run in runs:
        history = await place.history(run)  # Verifies chain, signatures and order.
        events += len(history.entries)
        assert isinstance(history.events[-1], Finished), run
        await check_copies(place, run, history.entries)
        done = Counter(event.step for event in history.events if isinstance(event, StepDone))
        assert done == Counter({f"Take step {n}": 1 for n in range(1, STEPS + 1)}), run
        ran = Counter(place.effects(run))
        assert ran.keys() == done.keys(), run
        for step, times in ran.items():
            begun = [e for e in history.events if isinstance(e, StepStarted) and e.step == step]
            assert times <= len(begun), f"{run}: “{step}” ran {times} times, unannounced"
            assert [event.again for event in begun] == [False] + [True] * (len(begun) - 1), run
            effects += times
            repeated += times - 1
    return Counted(len(runs), len(runs) * STEPS, effects, repeated, events, faults)


async def check_copies(place: Place, run: str, entries: tuple[Entry, ...]) -> None:
    """Raise AssertionError where the object store holds another event than Redis."""
    objects = place.objects()
    for key in await objects.list(f"journal/{run}/"):
        copy = Entry.model_validate_json(await objects.get(key) or b"")
        assert copy == entries[copy.number - 1], f"{key} is another event than Redis has"
