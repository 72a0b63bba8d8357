"""The checklist is whole, and its proofs are words that something can prove."""

from datetime import timedelta

import pytest

from jobs.readiness.checklist import Item, Proof, item_named, items, phases


def test_there_are_eight_phases_and_fifty_nine_items() -> None:
    assert len(phases()) == 8
    assert len(items()) == 59


def test_every_item_has_a_number_of_its_own_in_its_phase() -> None:
    numbers = [item.id for item in items()]
    assert len(set(numbers)) == len(numbers)
    for place, phase in enumerate(phases(), 1):
        assert [item.id for item in phase.items] == [
            f"{place}.{number}" for number in range(1, len(phase.items) + 1)
        ]


def test_every_proof_can_be_read_and_every_item_opens_again() -> None:
    for item in items():
        assert item.proofs()
        assert item.stale_after() >= timedelta(hours=26)


def test_two_proofs_of_one_item_are_alternatives() -> None:
    item = item_named("2.7")
    assert item is not None
    assert item.proofs() == (
        Proof("run", "restore_backup"),
        Proof("run", "rebuild_from_backup"),
        Proof("drill", "cluster_loss"),
    )


@pytest.mark.parametrize("proof", ["", "run", "run:", "hearsay:alice", "person:bob", "run:a |"])
def test_a_proof_in_other_words_is_refused(proof: str) -> None:
    with pytest.raises(ValueError, match="is no proof"):
        Item(id="9.9", item="x", proof=proof, stale_after_hours=1).proofs()
