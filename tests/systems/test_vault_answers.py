"""What nodes may answer and no server here can be made to: HashiCorp Vault's ways, and nonsense."""

import traceback
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from playbooks.core.backup import SealScheme
from playbooks.core.trouble import Trouble
from playbooks.snapshot.archive import ArchiveCheck, checked
from tests.contracts.sites import pieces
from tests.systems.played_nodes import (
    LOGIN,
    REVOKE,
    SEAL,
    played_node,
    serving,
    silent_node,
    vault_of,
)
from tests.worlds.archives import archive

SNAPSHOT = "GET sys/storage/raft/snapshot"
SCHEME = SealScheme(shares=5, threshold=3)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "active"),
        (429, "standby"),
        (472, "standby"),
        (473, "standby"),
        (474, "standby"),
        (501, "uninitialised"),
        (503, "sealed"),
        (530, "silent"),
        (500, "silent"),
        (404, "silent"),
    ],
)
async def test_every_health_code_has_one_meaning(status: int, kind: str, tmp_path: Path) -> None:
    answers = serving()
    answers["GET sys/health"] = (status, {"version": "1.21.2"})
    seal = dict(SEAL) | {"initialized": status != 501, "sealed": status == 503, "progress": 2}
    answers["GET sys/seal-status"] = (200, seal)
    async with played_node(answers) as node:
        state = await vault_of(node.address, tmp_path).state("prod", "n1")
    assert state.kind == kind
    assert state.shares_given == (2 if kind == "sealed" else 0)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"12", b'{"initialized":"yes"}'])
async def test_a_node_that_talks_nonsense_is_silent(body: bytes, tmp_path: Path) -> None:
    answers = serving() | {"GET sys/health": (200, body), "GET sys/seal-status": (200, body)}
    async with played_node(answers) as node:
        assert (await vault_of(node.address, tmp_path).state("prod", "n1")).kind == "silent"


async def test_metadata_is_listed_key_by_key_where_there_is_no_scan(tmp_path: Path) -> None:
    def _metadata(updated: str, deleted: str = "") -> tuple[int, Any]:
        version = {"created_time": updated, "deletion_time": deleted}
        return 200, {"data": {"updated_time": updated, "versions": {"1": version}}}

    old, new = "2026-11-24T00:00:00.123456789Z", "2026-11-25T01:30:00.123456789Z"
    answers = serving() | {
        "GET vps/metadata?list=true": (200, {"data": {"keys": ["a/", "top"]}}),
        "GET vps/metadata/a?list=true": (200, {"data": {"keys": ["b/", "gone"]}}),
        "GET vps/metadata/a/b?list=true": (200, {"data": {"keys": ["new", "old"]}}),
        "GET vps/metadata/top": _metadata(old),
        "GET vps/metadata/a/gone": _metadata(old, deleted=new),
        "GET vps/metadata/a/b/new": _metadata(new),
        "GET vps/metadata/a/b/old": _metadata(old, deleted="2099-01-01T00:00:00Z"),
    }
    async with played_node(answers) as node:
        vault = vault_of(node.address, tmp_path, mounts=("vps",))
        changes = await vault.changes_since("prod", datetime(2026, 11, 25, 1, tzinfo=UTC))
    assert (changes.count, changes.first) == (2, ("vps/a/b/new", "vps/a/gone"))


async def test_a_redirect_is_never_followed_with_our_token(tmp_path: Path) -> None:
    async with played_node({}) as other, played_node(serving()) as node:
        there = f"{other.address}/v1/sys/storage/raft/snapshot".encode()
        node.answers |= {SNAPSHOT: (307, there), "POST sys/storage/raft/snapshot": (307, there)}
        vault = vault_of(node.address, tmp_path)
        with pytest.raises(Trouble, match="sends sys/storage/raft/snapshot to another node"):
            await anext(aiter(vault.snapshot("prod", "n1")))
        with pytest.raises(Trouble, match="sends sys/storage/raft/snapshot to another node"):
            await vault.load("prod", "n1", pieces(b"x"))
        assert other.asked == []


async def test_an_html_page_instead_of_a_snapshot_is_named(tmp_path: Path) -> None:
    answers = serving() | {SNAPSHOT: (200, b"<html><body>Bad gateway</body></html>")}
    async with played_node(answers) as node:
        stream = vault_of(node.address, tmp_path).snapshot("prod", "n1")
        with pytest.raises(Trouble, match="an HTML page"):
            async for _ in checked(stream, ArchiveCheck()):
                pass


async def test_a_snapshot_that_a_proxy_ends_cleanly_too_early_is_noticed(tmp_path: Path) -> None:
    answers = serving() | {SNAPSHOT: (200, archive(bytes(100_000))[:-20])}
    async with played_node(answers) as node:
        stream = vault_of(node.address, tmp_path).snapshot("prod", "n1")
        with pytest.raises(Trouble, match="cut off after"):
            async for _ in checked(stream, ArchiveCheck()):
                pass


async def test_a_refused_token_is_replaced_once_and_then_the_role_is_named(tmp_path: Path) -> None:
    answers = serving() | {SNAPSHOT: (403, {"errors": ["permission denied"]})}
    refused = pytest.raises(Trouble, match="does not let the role worker use sys/storage")
    async with played_node(answers) as node:
        with refused:
            async for _ in vault_of(node.address, tmp_path).snapshot("prod", "n1"):
                pass
    assert node.asked.count(LOGIN) == 2


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_login_that_vault_refuses_is_an_answer_and_no_error(
    status: int, tmp_path: Path
) -> None:
    async with played_node(serving() | {LOGIN: (status, {"errors": ["no"]})}) as node:
        vault = vault_of(node.address, tmp_path)
        assert not await vault.can_log_in("prod")
        with pytest.raises(Trouble, match="does not let the role worker log in"):
            await vault.nonce("prod", "n1")


async def test_without_an_active_node_nobody_can_say_whether_a_login_works(tmp_path: Path) -> None:
    unknown = pytest.raises(Trouble, match=r"No node of prod is active \(n1 standby\)")
    async with played_node(serving() | {"GET sys/health": (474, {})}) as node:
        with unknown:
            await vault_of(node.address, tmp_path).can_log_in("prod")


async def test_a_node_that_stumbles_after_a_restore_is_asked_again(tmp_path: Path) -> None:
    path = "GET vps/data/test-tenant-id/backup_nonce"
    async with played_node(serving() | {path: (500, {"errors": ["decryption failed"]})}) as node:
        vault = vault_of(node.address, tmp_path)

        class _Heals(list[str]):
            def append(self, asked: str) -> None:
                super().append(asked)
                if self.count(path) == 3:
                    node.answers[path] = (200, {"data": {"data": {"nonce": "abcd"}}})

        node.asked = _Heals()
        assert await vault.nonce("prod", "n1") == "abcd"


async def test_a_login_key_that_is_none_is_named_without_quoting_it(tmp_path: Path) -> None:
    async with played_node(serving()) as node:
        vault = vault_of(node.address, tmp_path)
        (tmp_path / "login.pem").write_text("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n")
        with pytest.raises(Trouble, match="holds no Ed25519 key") as said:
            await vault.can_log_in("prod")
    assert "c2VjcmV0" not in str(said.value)


async def test_leaving_revokes_the_token(tmp_path: Path) -> None:
    async with played_node(serving()) as node:
        vault = vault_of(node.address, tmp_path)
        assert await vault.can_log_in("prod")
        await vault.close()
    assert REVOKE in node.asked


async def test_a_token_that_is_given_up_is_revoked(tmp_path: Path) -> None:
    async with played_node(serving()) as node:
        vault = vault_of(node.address, tmp_path)
        assert await vault.can_log_in("prod")
        assert REVOKE not in node.asked
        assert await vault.can_log_in("prod")
        assert [asked for asked in node.asked if asked in {LOGIN, REVOKE}] == [LOGIN, REVOKE, LOGIN]


async def test_a_token_of_before_a_load_is_revoked(tmp_path: Path) -> None:
    load = "POST sys/storage/raft/snapshot"
    answers = serving() | {"GET auth/token/lookup-self": (403, {}), load: (204, b"")}
    async with played_node(answers) as node:
        vault = vault_of(node.address, tmp_path)
        assert await vault.can_log_in("prod")
        await vault.load("prod", "n1", pieces(b"x"))
    kept = [asked for asked in node.asked if asked in {LOGIN, REVOKE, load}]
    # What it logged in with for the load may still count where the wait ran out.
    assert kept == [LOGIN, REVOKE, LOGIN, load, REVOKE]


async def test_a_token_is_revoked_though_another_node_is_silent(tmp_path: Path) -> None:
    answers = serving() | {REVOKE: (204, b"")}
    async with silent_node() as silent, played_node(answers) as node:
        nodes = {"n1": node.address, "n2": silent}
        vault = vault_of(node.address, tmp_path, nodes=nodes)
        assert await vault.can_log_in("prod")
        before = monotonic()
        await vault.close()
        assert monotonic() - before < 2
        assert node.asked.count(REVOKE) == 1


async def test_a_vault_that_does_not_answer_delays_giving_up_a_token_by_a_second(
    tmp_path: Path,
) -> None:
    async with silent_node() as silent:
        access = vault_of(silent, tmp_path)._clusters["prod"]
        access.login._token = "hvs.token"
        before = monotonic()
        await access.forget()
        assert monotonic() - before < 2
        assert access.login.drop() is None


@pytest.mark.parametrize("refused", ["PUT sys/unseal", "POST sys/storage/raft/snapshot-force"])
async def test_keys_made_for_a_load_are_in_no_trouble(refused: str, tmp_path: Path) -> None:
    answers = serving() | {
        "GET sys/health": (501, {}),
        "GET sys/seal-status": (200, dict(SEAL) | {"initialized": False, "sealed": True}),
        "PUT sys/init": (200, {"keys": ["made-key"], "root_token": "made-token"}),
        "PUT sys/unseal": (200, {}),
        # Vault may quote what a call held; a load holds no key.
        refused: (400, {"errors": ["invalid made-key" if "unseal" in refused else "no"]}),
    }
    async with played_node(answers) as node:
        vault = vault_of(node.address, tmp_path)

        class _Opens(list[str]):
            def append(self, asked: str) -> None:
                super().append(asked)
                if asked == "PUT sys/unseal":
                    node.answers["GET sys/health"] = (200, {})
                    node.answers["GET sys/seal-status"] = (200, dict(SEAL))

        node.asked = _Opens()
        with pytest.raises(Trouble, match=r"refused sys/(unseal|storage)") as said:
            await vault.load_into_empty("prod", "n1", pieces(b"x"), SCHEME)
    text = "".join(traceback.format_exception(said.value))
    assert [secret for secret in ("made-key", "made-token") if secret in text] == []
    assert said.value.__context__ is None


async def test_a_token_is_in_no_trouble_of_a_line_that_breaks(tmp_path: Path) -> None:
    async with played_node(serving()) as node:
        vault = vault_of(node.address, tmp_path)
        assert await vault.can_log_in("prod")
    with pytest.raises(Trouble) as said:
        await vault.nonce("prod", "n1")
    assert said.value.__context__ is None
    assert "hvs.token" not in "".join(traceback.format_exception(said.value))
