"""Custodians make a root token by Vault's break-glass way, and read back what tenants hold."""

import base64
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from deploy.demo.cluster import layout
from deploy.demo.cluster.seed import KV_MOUNTS
from tests.stories.demo import Demo, until
from tests.stories.people import CUSTODIANS
from tests.stories.secrets import Secret, private_part

_SECRET_FIELDS: Final = ("private_key", "password", "key_hash")


@dataclass(frozen=True)
class Root:
    """The active node, asked with a root token that ends with the test."""

    address: str
    trust: ssl.SSLContext
    token: str = ""

    def call(self, method: str, path: str, body: dict[str, object] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Vault-Token": self.token} if self.token else {}
        request = Request(f"{self.address}/v1/{path}", data, headers, method=method)
        try:
            with urlopen(request, context=self.trust, timeout=20) as answer:
                return json.loads(answer.read() or b"{}")
        except HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read()!r}") from error


def tenants_secrets(demo: Demo) -> Iterator[Secret]:
    """Every secret value of every tenant and canary, and the token they were read with."""
    _break_the_glass(demo)
    nobody = _active(demo)
    shares = sorted((demo.folder / "cluster" / "custodians").glob("*/share"))
    attempt = nobody.call("PUT", "sys/generate-root/attempt", {})
    answer: Any = {}
    for share in shares[:3]:
        key = share.read_text(encoding="ascii").strip()
        answer = nobody.call(
            "PUT", "sys/generate-root/update", {"key": key, "nonce": attempt["nonce"]}
        )
    encoded = answer["encoded_token"]
    masked = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    token = bytes(a ^ b for a, b in zip(masked, attempt["otp"].encode(), strict=True)).decode()
    root = Root(nobody.address, nobody.trust, token)
    try:
        for mount in KV_MOUNTS:
            for path in _paths(root, mount, ""):
                yield from _values(root, mount, path)
    finally:
        root.call("POST", "auth/token/revoke-self", {})
    yield Secret("a root token", token.split(".")[-1].encode())


def _break_the_glass(demo: Demo) -> None:
    """Start the nodes again with the listener's way to a root token, until their next start."""
    cluster = layout.read(demo.folder / "cluster")
    option = "  disable_unauthed_generate_root_endpoints = false\n"
    for node in cluster.nodes:
        config = cluster.config(node.name, alone=False)
        true = config.read_text(encoding="utf-8")
        config.write_text(true.replace('listener "tcp" {\n', f'listener "tcp" {{\n{option}'))
        demo.world.again(node.name)
        config.write_text(true, encoding="utf-8")
    until(lambda: demo.world.unseal(*CUSTODIANS) and demo.serves(), 40, "a cluster that serves")


def _active(demo: Demo) -> Root:
    cluster = layout.read(demo.folder / "cluster")
    states = demo.world.nodes()
    [name] = [name for name, state in states.items() if state == "active"]
    node = cluster.node(name)
    assert node is not None
    return Root(node.address, ssl.create_default_context(cafile=cluster.ca_file))


def _paths(root: Root, mount: str, folder: str) -> Iterator[str]:
    for name in root.call("LIST", f"{mount}/metadata/{folder}")["data"]["keys"]:
        if name.endswith("/"):
            yield from _paths(root, mount, folder + name)
        else:
            yield folder + name


def _values(root: Root, mount: str, path: str) -> Iterator[Secret]:
    data = root.call("GET", f"{mount}/data/{path}")["data"]["data"]
    for field in _SECRET_FIELDS:
        if field not in data:
            continue
        value = str(data[field]).encode()
        name = f"{field} of {mount}/{path}"
        if field == "private_key":
            yield Secret(name, private_part(value))
        else:
            yield Secret(name, value.rpartition(b"$")[2])
