"""Only what was proved is ticked, only on a real cluster, and only for so long."""

from datetime import timedelta

import pytest

from jobs.readiness.checklist import item_named, items
from jobs.readiness.evidence import (
    NOT_YET,
    Attestation,
    Tick,
    proved_by,
    score,
    ticks,
    what_proves,
    why_not_attested,
)
from jobs.runs.state import Ended, Run
from playbooks.core.values import Moment
from tests.bot.blocks.examples import ASKED_AT, Journal, approved, restore, stages


def finished(playbook: str = "restore_backup", *, at: Moment = ASKED_AT) -> Run:
    run = approved().do(11).finish().run()
    planned = run.planned.model_copy(update={"playbook": playbook})
    return Run(planned, Ended("done"), run.steps, ended_at=at)


def word(item: str, *, at: Moment = ASKED_AT, note: str = "seen") -> Attestation:
    return Attestation(id="a-1", item=item, note=note, by="bob", at=at)


def ticked(*found: Tick) -> set[str]:
    return {tick.item for tick in found if tick.holds}


def test_a_backup_proves_that_its_upload_is_verified() -> None:
    assert proved_by(finished("take_backup")) == ("1.5 Checksum is verified after the upload",)


@pytest.mark.parametrize("playbook", ["restore_backup", "rebuild_from_backup"])
def test_a_restore_proves_that_rto_and_rpo_are_recorded(playbook: str) -> None:
    assert proved_by(finished(playbook)) == ("2.7 RTO and RPO are recorded",)


@pytest.mark.parametrize("stage", [name for name in stages() if name != "done"])
def test_a_run_that_is_not_done_proves_nothing(stage: str) -> None:
    assert proved_by(stages()[stage].run()) == ()


def test_a_run_on_a_stand_in_never_ticks() -> None:
    run = finished()
    assert proved_by(run, {"prod"}) == ()
    assert ticks([run], [], ASKED_AT, {"prod"}) == ()


@pytest.mark.parametrize("item", NOT_YET)
def test_what_no_run_can_show_yet_is_ticked_by_none(item: str) -> None:
    assert item_named(item) is not None
    found = ticks([finished("take_backup")], [word(item)], ASKED_AT)
    assert item not in ticked(*found)


def test_checks_and_drills_that_do_not_exist_yet_tick_nothing() -> None:
    runs = [finished("take_backup"), finished(), finished("rebuild_from_backup")]
    assert ticked(*ticks(runs, [], ASKED_AT)) == {"1.5", "2.7"}


def test_a_tick_names_its_run_its_time_and_its_cluster() -> None:
    (tick,) = ticks([finished()], [], ASKED_AT)
    assert (tick.run, tick.cluster, tick.at) == ("r-k3x7m2qa", "prod", ASKED_AT)
    assert tick.by is None


def test_an_item_opens_again_when_its_proof_is_too_old() -> None:
    run = finished("take_backup")
    just = ASKED_AT + timedelta(hours=26) - timedelta(seconds=1)
    assert ticked(*ticks([run], [], just)) == {"1.5"}
    (old,) = ticks([run], [], ASKED_AT + timedelta(hours=26))
    assert not old.holds
    assert score([old]) == (0, 59)


def test_the_newest_proof_counts() -> None:
    newer = ASKED_AT + timedelta(hours=20)
    runs = [finished("take_backup", at=newer), finished("take_backup")]
    (tick,) = ticks(runs, [], ASKED_AT + timedelta(hours=30))
    assert (tick.at, tick.holds) == (newer, True)


def test_a_persons_word_ticks_what_only_a_person_can_prove() -> None:
    (tick,) = ticks([], [word("2.1", note="printed")], ASKED_AT)
    assert (tick.by, tick.note, tick.run) == ("bob", "printed", None)


@pytest.mark.parametrize("item", [i.id for i in items() if i.proof != "person"])
def test_nobodys_word_ticks_what_must_be_proved(item: str) -> None:
    assert ticks([], [word(item)], ASKED_AT) == ()
    found = item_named(item)
    assert found is not None
    why = why_not_attested(found)
    assert why is not None
    assert why.startswith(f"item {item} is proved by ")


def test_a_word_on_an_item_that_does_not_exist_ticks_nothing() -> None:
    assert ticks([], [word("9.9")], ASKED_AT) == ()


def test_what_proves_an_item_is_said_in_words() -> None:
    item = item_named("2.7")
    assert item is not None
    assert what_proves(item) == (
        "a finished run of restore backup or a finished run of rebuild from backup"
        " or a drill of cluster loss that met its objective"
    )


def test_a_plan_alone_proves_nothing() -> None:
    assert proved_by(Journal(restore()).run()) == ()
