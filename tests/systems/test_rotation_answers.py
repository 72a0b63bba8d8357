"""Rotations where HashiCorp Vault answers, and what a seal may be answered; played by the test."""

from pathlib import Path
from typing import Any

import pytest

from playbooks.core.backup import SealScheme
from playbooks.core.trouble import Trouble
from playbooks.core.world.rotation import Rotating, Rotation
from tests.systems.played_nodes import Played, played_node, serving, vault_of

NONCE = "6f1d"
UNSUPPORTED = (404, {"errors": ["unsupported path"]})
QUIET = {"started": False, "n": 0, "t": 0, "nonce": "", "progress": 0, "required": 3}
FINGERPRINT = "a" * 40
BEGUN = {
    "started": True,
    "nonce": NONCE,
    "n": 5,
    "t": 3,
    "progress": 2,
    "required": 3,
    "pgp_fingerprints": [FINGERPRINT] * 5,
    "backup": True,
    "verification_required": True,
    "verification_nonce": "",
}


def _vault(init: dict[str, Any], **more: tuple[int, Any]) -> dict[str, tuple[int, Any]]:
    """HashiCorp Vault answers sys/rekey with the same once in `data` and once beside it."""
    return serving(
        **{"GET sys/rotate/root/init": UNSUPPORTED, "GET sys/rekey/init": (200, init)}, **more
    )


async def _told(answers: dict[str, tuple[int, Any]], place: Path) -> Rotating:
    async with played_node(answers) as node:
        return await vault_of(node.address, place).rotating("prod")


@pytest.mark.parametrize("status", [404, 405])
async def test_a_server_without_rotations_by_token_is_asked_for_a_rekey(
    status: int, tmp_path: Path
) -> None:
    answers = _vault(QUIET) | {"GET sys/rotate/root/init": (status, {"errors": []})}
    told = await _told(answers, tmp_path)
    assert told == Rotating(product="HashiCorp Vault", now=None)


@pytest.mark.parametrize("wrapped", [False, True])
async def test_a_rekey_tells_how_far_it_is(wrapped: bool, tmp_path: Path) -> None:  # noqa: FBT001 -- a case
    init = {"data": BEGUN, **BEGUN} if wrapped else BEGUN
    expected = Rotation(
        nonce=NONCE,
        scheme=SealScheme(shares=5, threshold=3),
        fingerprints=(FINGERPRINT,) * 5,
        verified=True,
        required=3,
        given=2,
    )
    assert (await _told(_vault(init), tmp_path)).now == expected


async def test_a_rekey_whose_new_shares_are_proved_tells_how_many(tmp_path: Path) -> None:
    init = BEGUN | {"progress": 0, "verification_nonce": "77"}
    answers = _vault(init) | {"GET sys/rekey/verify": (200, {"nonce": "77", "progress": 1, "t": 3})}
    now = (await _told(answers, tmp_path)).now
    assert now is not None
    assert (now.given, now.proving, now.proved) == (0, True, 1)


async def test_a_rekey_that_ended_between_two_questions_is_no_fault(tmp_path: Path) -> None:
    init = BEGUN | {"verification_nonce": "77"}
    answers = _vault(init) | {"GET sys/rekey/verify": (400, {"errors": ["no rekey"]})}
    now = (await _told(answers, tmp_path)).now
    assert now is not None
    assert now.proved == 0


async def test_a_policy_that_lacks_the_path_is_said_and_not_taken_for_another_server(
    tmp_path: Path,
) -> None:
    answers = serving(**{"GET sys/rotate/root/init": (403, {"errors": ["permission denied"]})})
    with pytest.raises(Trouble, match="does not let the role worker use sys/rotate/root/init"):
        await _told(answers, tmp_path)


def _changes(node: Played) -> list[str]:
    mine = ("PUT sys/rekey", "DELETE sys/rekey")
    return [asked for asked in node.asked if asked.startswith(mine)]


async def test_a_rekey_is_begun_by_its_own_path_and_only_where_none_is_under_way(
    tmp_path: Path,
) -> None:
    answers = _vault(QUIET) | {"PUT sys/rekey/init": (200, BEGUN)}
    async with played_node(answers) as node:
        vault = vault_of(node.address, tmp_path)
        await vault.start_rotation("prod", "n1", ("a", "b", "c", "d", "e"), 3)
        assert _changes(node) == ["PUT sys/rekey/init"]
        node.answers["GET sys/rekey/init"] = (200, BEGUN)
        with pytest.raises(Trouble, match="under way already"):
            await vault.start_rotation("prod", "n1", ("a", "b", "c", "d", "e"), 3)
        assert _changes(node) == ["PUT sys/rekey/init"]


async def test_a_rekey_is_cancelled_with_its_nonce_and_its_copies(tmp_path: Path) -> None:
    answers = _vault(BEGUN) | {
        "DELETE sys/rekey/init": (204, {}),
        "DELETE sys/rekey/backup": (204, {}),
    }
    async with played_node(answers) as node:
        vault = vault_of(node.address, tmp_path)
        with pytest.raises(Trouble, match="not under way"):
            await vault.cancel_rotation("prod", "another")
        assert _changes(node) == []
        await vault.cancel_rotation("prod", NONCE)
        assert _changes(node) == [
            "DELETE sys/rekey/backup",
            "DELETE sys/rekey/init",
            "DELETE sys/rekey/backup",
        ]
        assert node.bodies[node.asked.index("DELETE sys/rekey/init")] == {"nonce": NONCE}


async def test_a_seal_waits_until_the_node_knows_a_new_token_and_no_longer(tmp_path: Path) -> None:
    answers = serving(**{"PUT sys/seal": (500, {"errors": ["invalid request"]})})
    async with played_node(answers) as node:
        with pytest.raises(Trouble, match="invalid request"):
            await vault_of(node.address, tmp_path).seal("prod", "n1")
        assert node.asked.count("PUT sys/seal") > 2


async def test_a_seal_that_is_forbidden_says_so_at_once(tmp_path: Path) -> None:
    answers = serving(**{"PUT sys/seal": (403, {"errors": ["permission denied"]})})
    async with played_node(answers) as node:
        with pytest.raises(Trouble, match="does not let the role worker use sys/seal"):
            await vault_of(node.address, tmp_path).seal("prod", "n1")
