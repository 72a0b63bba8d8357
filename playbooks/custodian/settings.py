"""What a custodian's machine is told: one cluster, in a small file or in words."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from playbooks.core.trouble import Trouble
from playbooks.core.values import Address, Frozen, Name

# Custodians leave word here of how far they are; no secret. KV v2, mount first.
NOTES: Final = "vps/test-tenant-id/custodians"
_LEFT: Final = "no node was asked"


class CustodianSettings(Frozen):
    """Paths count from the folder of the file that names them."""

    name: Name
    cluster: Name
    nodes: Mapping[Name, Address]
    ca_file: Path
    cluster_id: str | None = None  # None: believe the first open node, and remember it.
    cluster_name: str | None = None  # As above.
    # None: shares are not rotated from here, or the server asks for no login.
    login_key_file: Path | None = None
    login_mount: str | None = None  # None: this custodian's own, `vault-responder-custodian-NAME`.
    pgp_key_file: Path | None = None  # None: gpg holds the key, or there is none.
    # Every custodian's public PGP key, NAME.asc. None: only one's own is looked for in a rotation.
    keys_folder: Path | None = None
    notes: str = NOTES
    memory_file: Path


def login_mount_of(custodian: str) -> str:
    """Name the mount that trusts one custodian's key: a mount trusts each key for every role."""
    return f"vault-responder-custodian-{custodian}"


def read_settings(file: Path | None, words: Mapping[str, object]) -> CustodianSettings:
    """Read the file, then let the words overrule it. Raises Trouble that names every fault."""
    written = _from_file(file) if file else {}
    given = {key: value for key, value in words.items() if value is not None}
    whole = {"name": "custodian", **written, **given}
    folder = file.parent.resolve() if file else Path.home() / ".vault-responder"
    whole.setdefault("memory_file", folder / f"custodian-{whole.get('cluster', '')}.json")
    try:
        settings = CustodianSettings.model_validate(whole)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].lower()}"
            for fault in error.errors(include_input=False)
        )
        raise Trouble(
            f"It is not clear which cluster is meant ({faults})",
            left=_LEFT,
            do="name a file with --config, or give --cluster, --ca-file and each node with --node",
        ) from error
    _check(settings)
    return settings


def named_nodes(addresses: Sequence[str]) -> dict[str, str] | None:
    """Read `n1=https://…` or a bare address, which is called after its host. None: none given."""
    if not addresses:
        return None
    nodes = {}
    for text in addresses:
        name, equals, address = text.partition("=")
        host = urlsplit(text)
        nodes[name if equals else f"{host.hostname}-{host.port or 8200}"] = (
            address if equals else text
        ).rstrip("/")
    return nodes


def _from_file(file: Path) -> dict[str, object]:
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Trouble(
            f"{file} cannot be read ({error})", left=_LEFT, do="check the path and the text"
        ) from error
    folder = file.parent.resolve()
    return {
        key: folder / str(value) if key.endswith(("_file", "_folder")) else value
        for key, value in written.items()
    }


def _check(settings: CustodianSettings) -> None:
    open_text = [address for address in settings.nodes.values() if _is_readable(address)]
    if open_text or not settings.nodes:
        raise Trouble(
            f"A share travels over TLS only, and {', '.join(open_text) or 'no node'} does not"
            " begin with https://"
            if open_text
            else f"No node of {settings.cluster} is named",
            left=_LEFT,
            do="give the address of each node, such as --node n1=https://10.0.0.1:8200",
        )
    if not settings.ca_file.is_file():
        raise Trouble(
            f"There is no file {settings.ca_file}: without it nobody knows that these nodes are"
            f" those of {settings.cluster}",
            left=_LEFT,
            do="get the CA certificate from whoever runs the cluster, by another way than the net",
        )


def _is_readable(address: str) -> bool:
    return urlsplit(address).scheme != "https"
