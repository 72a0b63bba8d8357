"""Writes the demo's vault-responder.toml, which a real installation fills in by hand."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from deploy.demo import mailbox
from deploy.demo.cluster.layout import HOST
from deploy.demo.cluster.local import LocalCluster
from deploy.demo.house import CARRIERS, House
from deploy.demo.signing.keys import APPROVERS
from deploy.demo.world.parts import Places

# Slack's own ids of the people of deploy/demo/workspace/seed.py.
PEOPLE: Final[Mapping[str, str]] = {
    "alice": "U0ALICE",
    "bob": "U0BOB",
    "carol": "U0CAROL",
    "dave": "U0DAVE",
    "erin": "U0ERIN",
    "frank": "U0FRANK",
    "grace": "U0GRACE",
    "heidi": "U0HEIDI",
    "ivan": "U0IVAN",
}
# Custodians are called by phone where Slack does not reach them; these numbers are nobody's.
PHONES: Final = {
    name: f"+49 30 55501{number:02d}"
    for number, name in enumerate(("erin", "frank", "grace", "heidi", "ivan"), 11)
}
LOGIN_PATHS: Final = {"worker": "vault-responder", "looker": "vault-responder-looker"}


def write(house: House, cluster: LocalCluster, places: Places) -> None:
    """Write the file, with the addresses that this start of the demo has."""
    tables: dict[str, Mapping[str, object]] = {
        "slack": {"team": "T0DEMO", "incident_channels": ["C0INCIDENT"]},
        "approval": {
            "approvers": list(APPROVERS),
            "allowed_signers_file": str(house.allowed_signers),
        },
    }
    for name, account in PEOPLE.items():
        tables[f"people.{name}"] = {
            "name": name.title(),
            "slack": [account],
            "email": f"{name}@postbox.example",
            **({"phone": PHONES[name]} if name in PHONES else {}),
            **_key(name, cluster),
        }
    tables["journal"] = {f"{carrier}_keys": [house.public_journal(carrier)] for carrier in CARRIERS}
    tables["journal.records"] = {"url": f"file://{house.records}"}
    for ringer in ("bot", "scheduler"):
        tables[ringer] = {"bell_key_file": str(house.secret(ringer, "bell.key"))}
    for carrier in CARRIERS:
        tables[carrier] = {
            "bell_key_file": str(house.secret(carrier, "bell.key")),
            "signing_key_file": str(house.secret(carrier, "journal.key")),
            "login_key_file": str(house.secret(carrier, "login.key")),
            "login_path": LOGIN_PATHS[carrier],
        }
    tables |= _mail(house)
    tables |= _cluster(house, cluster, places)
    house.config.write_text("\n".join(_written(tables)), encoding="utf-8")


def _key(name: str, cluster: LocalCluster) -> dict[str, object]:
    """Where a custodian's public key is; nobody else has one."""
    if name not in cluster.layout.custodians:
        return {}
    return {"pgp_key_file": str(cluster.layout.pgp_public_file(name))}


def _mail(house: House) -> dict[str, Mapping[str, object]]:
    return {
        "mail": {
            "host": HOST,
            "port": mailbox.port(house.mail),
            "from": "vault-responder@postbox.example",
            "username": mailbox.USER,
            "password_file": str(house.secret("scheduler", "mail.password")),
            "ca_file": str(house.mail / "ca.pem"),
        },
        "on_call": {"who": list(APPROVERS)},
    }


def _cluster(
    house: House, cluster: LocalCluster, places: Places
) -> dict[str, Mapping[str, object]]:
    return {
        "clusters.prod": {
            "ca_file": str(cluster.ca_file),
            "backup_key_file": str(house.secret("worker", "backup.key")),
            "custodians": list(cluster.layout.custodians),
            "node_command": list(cluster.nodectl()),
        },
        "clusters.prod.store": {"url": f"file://{house.store}"},
        "clusters.prod.nodes": dict(zip(cluster.names, cluster.addresses, strict=True)),
        "clusters.prod.balancer": {
            "driver": "small",
            "address": places.balancer,
            "control": places.control,
            "token_file": str(places.token_file),
        },
    }


def _written(tables: Mapping[str, Mapping[str, object]]) -> Iterable[str]:
    for name, table in tables.items():
        yield f"[{name}]"
        for key, value in table.items():
            yield f"{key} = {json.dumps(value)}"  # Strings and lists are written alike in TOML.
        yield ""
