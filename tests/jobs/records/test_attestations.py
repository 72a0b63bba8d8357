"""Laws of what people vouch for."""

import pytest

from jobs.people import Who
from jobs.records.attestations import Attest, Attestations
from playbooks.core.trouble import Trouble
from tests.jobs.bench import PEOPLE, Place, member, now
from tests.servers import Valkey


def wish(id: str = "env-1", who: Who | None = None) -> Attest:
    return Attest(id=id, item="2.1", note="seen by two", who=who or member("bob"), at=now())


def of(place: Place, user: str) -> Attestations:
    key = place.key("worker") if user == "worker" else None
    objects = place.objects() if user == "worker" else None
    return Attestations(place.address(user).connect(), objects, place.ring, key)


async def test_a_wish_counts_for_nothing_until_a_worker_signs_it(place: Place) -> None:
    bot, worker = of(place, "bot"), of(place, "worker")
    assert await bot.ask(wish())
    assert not await bot.ask(wish())
    assert await bot.all() == ()
    [unsigned] = await worker.unsigned()
    await worker.sign(unsigned, PEOPLE)
    [said] = await bot.all()
    assert (said.item, said.by, said.note) == ("2.1", "bob", "seen by two")
    assert await worker.unsigned() == ()
    assert await place.objects().list("attestations/") == ("attestations/env-1.json",)


async def test_signing_twice_is_signing_once(place: Place, valkey: Valkey) -> None:
    worker = of(place, "worker")
    await worker.sign(wish(), PEOPLE)
    await worker.sign(wish(), PEOPLE)
    assert len(await worker.all()) == 1
    assert valkey.admin().xlen("feed") == 1


@pytest.mark.parametrize("standing", ["guest", "stranger", "bot", "deleted", "terminal"])
async def test_only_a_member_can_vouch(place: Place, standing: str) -> None:
    who = Who.model_validate({"id": "U0BOB", "standing": standing})
    with pytest.raises(Trouble, match="cannot vouch"):
        await of(place, "worker").sign(wish(who=who), PEOPLE)


async def test_an_attestation_that_was_altered_counts_for_nothing(
    place: Place, valkey: Valkey
) -> None:
    worker = of(place, "worker")
    await worker.sign(wish(), PEOPLE)
    [said] = await worker.all()
    forged = said.model_copy(update={"item": "1.1"})
    valkey.admin().hset("attested", "env-1", forged.model_dump_json())
    assert await worker.all() == ()
