"""Each login may do exactly what its process needs: every grant is used, and nothing beyond it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from deploy.demo.cluster.local import LocalCluster
from tests.install.vault import Installed, install, read_policy

FORBIDDEN: Final = 403
NONCE: Final = "vps/data/test-tenant-id/backup_nonce"
VALUE: Final[Mapping[str, object]] = {"data": {"nonce": "made up"}}
SNAPSHOT: Final = "sys/storage/raft/snapshot"
SEAL: Final = "sys/seal"
ROTATION: Final = "sys/rotate/root/init"
PROOFS: Final = "sys/rotate/root/verify"
COPIES: Final = "sys/rotate/root/backup"
NEW_SHARES: Final[Mapping[str, object]] = {"secret_shares": 1, "secret_threshold": 1}
POLICIES: Final = {"worker": ("worker",), "looker": ("looker", "looker-openbao")}


@dataclass(frozen=True)
class Operation:
    """What a process does. `needs`: the grant that stands behind it, as path and capability."""

    role: str
    method: str
    path: str
    needs: tuple[str, str]
    body: Mapping[str, object] | None = None
    # What Vault answers where it is allowed; to load something that is no snapshot then fails.
    status: int = 200

    def __str__(self) -> str:
        return f"{self.role} {self.method} {self.path}"


def reads(role: str, path: str) -> Operation:
    return Operation(role, "GET", path, (path, "read"))


MOUNTS: Final = ("vps", "smtp", "api_keys", "dkim")
A_SECRET: Final = {
    "vps": "amber-bakery/admin_ssh",
    "smtp": "amber-bakery/admin",
    "api_keys": "amber-bakery/key-1",
    "dkim": "amber-bakery.example/s1",
}
MAY: Final = (
    Operation("worker", "POST", NONCE, (NONCE, "create"), VALUE),
    Operation("worker", "POST", NONCE, (NONCE, "update"), VALUE),
    reads("worker", NONCE),
    reads("worker", "vps/data/test-tenant-id/admin_ssh"),
    reads("worker", "smtp/data/test-tenant-id/admin"),
    reads("worker", "api_keys/data/test-tenant-id/test-key-id"),
    reads("worker", SNAPSHOT),
    Operation("worker", "POST", SNAPSHOT, (SNAPSHOT, "update"), {}, status=500),
    reads("worker", "auth/token/lookup-self"),
    Operation("worker", "PUT", SEAL, (SEAL, "update"), {}, status=204),
    Operation("worker", "PUT", SEAL, (SEAL, "sudo"), {}, status=204),
    Operation("worker", "PUT", ROTATION, (ROTATION, "update"), NEW_SHARES),
    Operation("worker", "DELETE", ROTATION, (ROTATION, "delete"), status=204),
    Operation("worker", "DELETE", COPIES, (COPIES, "delete"), status=204),
    *(
        operation
        for role in ("worker", "looker")
        for operation in (
            reads(role, "sys/storage/raft/configuration"),
            reads(role, "sys/storage/raft/autopilot/state"),
            reads(role, ROTATION),
            reads(role, PROOFS),
            Operation(
                role,
                "POST",
                "auth/token/revoke-self",
                ("auth/token/revoke-self", "update"),
                {},
                status=204,
            ),
        )
    ),
    *(
        operation
        for mount in MOUNTS
        for operation in (
            Operation(
                "looker", "GET", f"{mount}/metadata/?list=true", (f"{mount}/metadata/*", "list")
            ),
            Operation(
                "looker",
                "GET",
                f"{mount}/metadata/{A_SECRET[mount]}",
                (f"{mount}/metadata/*", "read"),
            ),
            Operation(
                "looker",
                "GET",
                f"{mount}/detailed-metadata/?scan=true",
                (f"{mount}/detailed-metadata/*", "scan"),
            ),
            # As HashiCorp Vault would answer where only OpenBao has something.
            Operation(
                "looker",
                "GET",
                f"{mount}/detailed-metadata/",
                (f"{mount}/detailed-metadata/*", "read"),
                status=405,
            ),
        )
    ),
)
MAY_NOT: Final = (
    # A tenant's secrets, in any way.
    ("worker", "GET", "vps/data/amber-bakery/admin_ssh"),
    ("worker", "POST", "vps/data/amber-bakery/admin_ssh"),
    ("worker", "GET", "dkim/data/amber-bakery.example/s1"),
    ("worker", "LIST", "vps/metadata/"),
    ("worker", "SCAN", "vps/detailed-metadata/"),
    # The canaries are read, never written, and nothing is deleted.
    ("worker", "POST", "vps/data/test-tenant-id/admin_ssh"),
    ("worker", "DELETE", NONCE),
    ("worker", "DELETE", "vps/metadata/test-tenant-id/backup_nonce"),
    ("worker", "PUT", "vps/destroy/test-tenant-id/backup_nonce"),
    # More rights, for itself or others.
    ("worker", "POST", "auth/token/create"),
    ("worker", "GET", "auth/vault-responder/role/worker"),
    ("worker", "POST", "auth/vault-responder/role/worker"),
    ("worker", "POST", "auth/vault-responder/config"),
    ("worker", "PUT", "sys/policies/acl/vault-responder-worker"),
    ("worker", "GET", "sys/policies/acl/vault-responder-worker"),
    ("worker", "POST", "sys/auth/another"),
    # Other people's keys loaded by force, peers removed, the cluster sealed.
    ("worker", "POST", "sys/storage/raft/snapshot-force"),
    ("worker", "POST", "sys/storage/raft/remove-peer"),
    ("worker", "PUT", "sys/step-down"),
    # Shares given or proved, their copies read, keys rotated without anybody's share.
    ("worker", "PUT", "sys/rotate/root/update"),
    ("worker", "PUT", PROOFS),
    ("worker", "DELETE", PROOFS),
    ("worker", "GET", COPIES),
    ("worker", "POST", "sys/rotate/root"),
    ("worker", "POST", "sys/rotate"),
    ("worker", "PUT", "sys/generate-root-token/attempt"),
    # A looker sees names and times, and changes nothing.
    ("looker", "GET", "vps/data/test-tenant-id/admin_ssh"),
    ("looker", "GET", "vps/data/amber-bakery/admin_ssh"),
    ("looker", "GET", NONCE),
    ("looker", "POST", NONCE),
    ("looker", "POST", "vps/metadata/amber-bakery/admin_ssh"),
    ("looker", "DELETE", "vps/metadata/amber-bakery/admin_ssh"),
    ("looker", "GET", SNAPSHOT),
    ("looker", "POST", SNAPSHOT),
    ("looker", "POST", "sys/storage/raft/snapshot-force"),
    ("looker", "GET", "auth/vault-responder/role/worker"),
    ("looker", "POST", "auth/token/create"),
    ("looker", "PUT", "sys/seal"),
    ("looker", "PUT", ROTATION),
    ("looker", "DELETE", ROTATION),
    ("looker", "GET", COPIES),
)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("vault")
    with LocalCluster.create(folder / "cluster", nodes=1, shares=1, threshold=1) as cluster:
        yield install(cluster, folder)


def do(vault: Installed, operation: Operation) -> int:
    prepare_nonce(vault, operation)
    prepare_rotation(vault, operation)
    token = vault.token(operation.role)
    status = vault.call(operation.method, operation.path, operation.body, token).status
    if operation.path == SEAL:
        vault.cluster.unseal_all()
    return status


def prepare_nonce(vault: Installed, operation: Operation) -> None:
    """A first write is a creation and every later one an update, which Vault grants apart."""
    if operation.needs == (NONCE, "create"):
        vault.root("DELETE", NONCE.replace("data", "metadata"))
    else:
        vault.root("POST", NONCE, VALUE)


def prepare_rotation(vault: Installed, operation: Operation) -> None:
    """There is one to read about or to cancel, and none where one is begun."""
    if not operation.path.startswith("sys/rotate/root/"):
        return
    vault.root("DELETE", ROTATION)
    if operation.path != ROTATION or operation.method == "GET":
        vault.root("PUT", ROTATION, {**NEW_SHARES, "require_verification": True})


@pytest.mark.parametrize("operation", MAY, ids=str)
def test_each_grant_lets_its_process_do_what_it_needs(
    vault: Installed, operation: Operation
) -> None:
    assert do(vault, operation) == operation.status


@pytest.mark.parametrize("operation", MAY, ids=str)
def test_without_its_grant_each_operation_is_refused(
    vault: Installed, operation: Operation
) -> None:
    policy = next(
        policy
        for policy in map(read_policy, POLICIES[operation.role])
        if operation.needs in policy.grants
    )
    place = f"sys/policies/acl/{policy.name}"
    whole = vault.root("GET", place).body["data"]
    assert isinstance(whole, dict)
    try:
        vault.root("PUT", place, {"policy": policy.without(operation.needs)})
        assert do(vault, operation) == FORBIDDEN
    finally:
        vault.root("PUT", place, {"policy": whole["policy"]})


def test_no_grant_is_without_an_operation_that_needs_it() -> None:
    for role, files in POLICIES.items():
        granted = {grant for file in files for grant in read_policy(file).grants}
        assert granted == {operation.needs for operation in MAY if operation.role == role}


@pytest.mark.parametrize(("role", "method", "path"), MAY_NOT)
def test_what_no_grant_covers_is_refused(
    vault: Installed, role: str, method: str, path: str
) -> None:
    body = None if method in {"GET", "LIST", "SCAN"} else VALUE
    assert vault.call(method, path, body, vault.token(role)).status == FORBIDDEN


def test_a_login_key_opens_its_own_process_and_no_other(vault: Installed) -> None:
    mount = {"worker": "vault-responder", "looker": "vault-responder-looker"}
    for claimed, signer in (("worker", "looker"), ("looker", "worker")):
        for at in mount.values():
            answer = vault.log_in(claimed, signed_by=signer, at=at)
            assert answer.status == 400, f"{signer}'s key logged in as {claimed} at {at}"


def test_a_token_has_no_rights_but_those_of_its_policy(vault: Installed) -> None:
    for role, files in POLICIES.items():
        auth = vault.log_in(role).body["auth"]
        assert isinstance(auth, dict)
        assert set(auth["policies"]) == {f"vault-responder-{file}" for file in files}
        assert auth["lease_duration"] == 600
