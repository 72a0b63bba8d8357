"""What must hold for every playbook, in every scene it is made for."""

from dataclasses import replace
from typing import Any

import pytest

from deploy.books import all_playbooks
from jobs.runs.events import Event, StepDone, StepStarted
from jobs.runs.state import Ended, Stopped
from playbooks.core.playbook import Playbook, say
from playbooks.core.step import Do
from tests.laws.scenes import SCENES, Scene

in_every_scene = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)


def test_no_playbook_is_without_a_scene() -> None:
    assert {scene.book.name for scene in SCENES} == all_playbooks().keys()


@in_every_scene
async def test_it_runs_to_its_end(scene: Scene) -> None:
    toy, rehearsal = await scene.begin()
    run = await rehearsal.to_its_end()
    assert run.stage == Ended("done"), run.stage
    assert await scene.holds(toy)


@in_every_scene
async def test_it_ends_the_same_wherever_the_worker_dies(scene: Scene) -> None:
    _, whole = await scene.begin()
    await whole.to_its_end()
    for when in ("before", "after"):
        for number in range(1, len(whole.events) + 2):
            toy, rehearsal = await scene.begin()
            rehearsal.dies = _once_at(number, when)
            run = await rehearsal.despite_questions()
            assert run.stage == Ended("done"), (when, number, run.stage)
            assert await scene.holds(toy), (when, number)


@in_every_scene
async def test_an_act_that_may_be_repeated_is_announced_as_a_repeat(scene: Scene) -> None:
    for title in await _titles_of_acts(scene):
        _toy, rehearsal = await scene.begin()
        rehearsal.dies = _before_done(title)
        await rehearsal.despite_questions()
        starts = [
            event
            for event in rehearsal.events
            if isinstance(event, StepStarted) and event.step == title
        ]
        assert [start.again for start in starts] == [False, True][: len(starts)]


@in_every_scene
async def test_acting_twice_equals_acting_once(scene: Scene) -> None:
    book = _acting_twice(scene.book)
    toy, rehearsal = await replace(scene, book=book).begin()
    run = await rehearsal.to_its_end()
    assert run.stage == Ended("done"), run.stage
    assert await scene.holds(toy)


@in_every_scene
async def test_nothing_is_done_before_it_was_written_down(scene: Scene) -> None:
    toy, rehearsal = await scene.begin()
    before_start: list[int] = []

    def dies(event: Event, when: str) -> bool:
        if isinstance(event, StepStarted) and when == "after" and not before_start:
            before_start.append(len(toy.calls.acts))
        return False

    rehearsal.dies = dies
    await rehearsal.to_its_end()
    assert before_start == [0] or (not before_start and not toy.calls.acts)


@in_every_scene
async def test_every_step_has_a_sentence_of_its_own(scene: Scene) -> None:
    _toy, rehearsal = await scene.begin()
    titles = [step.says for step in rehearsal.state().planned.steps]
    assert len(titles) == len(set(titles))
    assert not any(title.endswith(".") or "{" in title for title in titles)
    plan = scene.book.plan.model_validate(rehearsal.state().planned.plan)
    assert all(say(step.otherwise, plan) for step in scene.book.steps)


@in_every_scene
async def test_what_fails_stops_the_run_with_a_sentence(scene: Scene) -> None:
    toy, rehearsal = await scene.begin()
    toy.calls.fail(scene.needs)
    run = await rehearsal.to_its_end()
    assert isinstance(run.stage, Stopped), run.stage
    assert "failed" in run.stage.happened


def _once_at(number: int, when: str) -> Any:
    seen = {"before": 1, "after": 1}  # The plan is written already.

    def dies(_event: Event, side: str) -> bool:
        seen[side] += 1
        return side == when and seen[side] == number

    return dies


def _before_done(title: str) -> Any:
    died: list[str] = []

    def dies(event: Event, side: str) -> bool:
        if side == "before" and isinstance(event, StepDone) and event.step == title and not died:
            died.append(title)
            return True
        return False

    return dies


async def _titles_of_acts(scene: Scene) -> list[str]:
    _, rehearsal = await scene.begin()
    await rehearsal.to_its_end()
    return [event.step for event in rehearsal.events if isinstance(event, StepStarted)]


def _acting_twice(book: Playbook[Any, Any]) -> Playbook[Any, Any]:
    def doubled(step: Do[Any]) -> Do[Any]:
        async def twice(plan: Any, world: Any) -> None:
            await step.act(plan, world)
            await step.act(plan, world)

        return replace(step, act=twice)

    steps = tuple(
        doubled(step) if isinstance(step, Do) and step.if_interrupted == "act again" else step
        for step in book.steps
    )
    return replace(book, steps=steps)
