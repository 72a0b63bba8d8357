"""Names and keys of backups can be read back, and foreign ones are refused."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from playbooks.core.trouble import Trouble
from playbooks.snapshot.naming import (
    copy_key,
    copy_name,
    daily_key,
    monthly_key,
    read_key,
    read_name,
    snapshot_name,
)

AT = datetime(2026, 11, 1, 2, 0, 0, tzinfo=UTC)


def test_keys_are_those_of_the_guide() -> None:
    assert daily_key(AT) == "daily/2026-11-01/vault-snapshot-20261101-020000.enc"
    assert monthly_key(AT) == "monthly/2026-11/vault-snapshot-20261101-020000.enc"
    assert copy_key(AT) == "copies/vault-copy-20261101-020000.enc"


@pytest.mark.parametrize("key", [daily_key(AT), monthly_key(AT)])
def test_a_backup_is_read_back_from_its_key(key: str) -> None:
    named = read_key(key)
    assert (named.name, named.kind, named.taken_at) == (snapshot_name(AT), "backup", AT)


def test_a_copy_is_read_back_from_its_key_and_name() -> None:
    assert read_key(copy_key(AT)) == read_name(copy_name(AT))
    assert read_name(copy_name(AT)).kind == "copy"


def test_a_moment_of_another_zone_is_named_in_utc() -> None:
    there = AT.astimezone(timezone(timedelta(hours=5)))
    assert snapshot_name(there) == snapshot_name(AT)
    assert daily_key(there) == daily_key(AT)
    assert monthly_key(there) == monthly_key(AT)
    assert copy_key(there) == copy_key(AT)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "vault-snapshot-20261101-020000.enc",
        "daily/2026-11-02/vault-snapshot-20261101-020000.enc",
        "monthly/2026-10/vault-snapshot-20261101-020000.enc",
        "daily/2026-11-01/vault-copy-20261101-020000.enc",
        "copies/vault-snapshot-20261101-020000.enc",
        "daily/2026-11-01/vault-snapshot-20261301-020000.enc",
        "daily/2026-11-01/vault-snapshot-20261101-020000.enc\n",
        "daily/../vault-snapshot-20261101-020000.enc",
        "x" * 5000,
    ],
)
def test_a_foreign_key_is_refused(key: str) -> None:
    with pytest.raises(Trouble, match="is not the name of a backup") as refused:
        read_key(key)
    assert len(str(refused.value)) < 300
