"""A short torture with every run of the tests; `make soak` is the long one."""

import random

import pytest

from tests.chaos.torture import Torture
from tests.jobs.bench import Place
from tests.servers import Valkey


@pytest.mark.timeout(170)
async def test_no_step_is_lost_or_committed_twice_under_torture(
    own_place: Place, own_valkey: Valkey
) -> None:
    counted = await Torture(own_place, own_valkey, random.Random(7)).run(20)
    print(counted)
    assert counted.faults.total() > 5
    assert counted.steps >= 24
