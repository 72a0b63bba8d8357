"""Laws of accepting another Redis: what was open in it stands still, whatever was done since."""

import pytest

from jobs.records.attestations import Attest
from jobs.records.lease import held
from jobs.work.workshop import opened
from playbooks.core.trouble import Trouble
from tests.jobs.bench import PEOPLE, Place, member, now
from tests.jobs.work.hands import RUN, drive
from tests.jobs.work.losing import accepted, halfway, knock, open_runs, stands_still, to_its_end
from tests.servers import Valkey


async def test_what_was_open_stands_still_once_another_redis_is_accepted(
    place: Place, valkey: Valkey
) -> None:
    """Such as one that was out of reach while somebody worked without it."""
    await halfway(place)
    valkey.admin().set("generation", "another")
    said = await accepted(place)
    assert f"Left behind, since nobody knows how far they are: {RUN}." in said
    assert open_runs(valkey) == set()
    await knock(place)
    assert not await drive(place, RUN)
    assert place.effects(RUN) == ["one", "two"]
    stands_still(await place.history(RUN))


async def test_accepting_the_redis_that_counts_changes_nothing(
    place: Place, valkey: Valkey
) -> None:
    await halfway(place)
    assert "nothing was changed" in await accepted(place)
    assert open_runs(valkey) == {RUN}
    await to_its_end(place)


async def test_a_redis_is_not_accepted_while_a_worker_is_busy_with_it(
    place: Place, valkey: Valkey
) -> None:
    await halfway(place)
    valkey.admin().set("generation", "another")
    address = place.address("worker")
    connection = address.connect()
    async with held(connection, address, f"lease:{RUN}", "a worker"):
        with pytest.raises(Trouble, match=f"A worker has run {RUN} in its hands"):
            await accepted(place)
    await connection.close()


async def test_what_people_vouched_for_is_brought_back(place: Place, valkey: Valkey) -> None:
    async with opened(place.workshop("act")) as records:
        await records.generation.check()
        wish = Attest(id="env-1", item="2.1", note="seen", who=member("bob"), at=now())
        await records.attestations.sign(wish, PEOPLE)
        before = await records.attestations.all()
    forged = before[0].model_copy(update={"id": "env-2", "by": "carol"})
    await place.objects().create("attestations/env-2.json", forged.model_dump_json().encode())
    valkey.admin().flushall()
    await accepted(place)
    async with opened(place.workshop("act")) as records:
        assert await records.attestations.all() == before
