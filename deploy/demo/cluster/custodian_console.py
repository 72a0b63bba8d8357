"""A demo custodian's hands: the functions of `vault-responder custodian`, pressed by a page."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Final

from deploy.demo.cluster import shares
from deploy.demo.cluster.layout import Layout
from playbooks.core.trouble import Trouble
from playbooks.custodian import nodes
from playbooks.custodian.custodian import Custodian
from playbooks.custodian.desk import Desk
from playbooks.custodian.memory import Notebook
from playbooks.custodian.nodes import Node
from playbooks.custodian.opening import Opener, Source
from playbooks.custodian.reach import Reach
from playbooks.custodian.rotate import rotate_shares
from playbooks.custodian.rotation import RotationApi, find_api
from playbooks.custodian.settings import CustodianSettings
from playbooks.custodian.unseal import unseal
from playbooks.systems.key_files import read_private

_PAUSE: Final = timedelta(seconds=0.3)
_GIVES_WITHIN: Final = timedelta(seconds=20)
_WAITS: Final = timedelta(hours=12)


class Console:
    """Mutable on purpose: a rotation waits for the other custodians in a thread of its own."""

    def __init__(self, name: str, cluster: Layout, share_file: Path) -> None:
        self.name = name
        self.cluster = cluster
        self._share_file = share_file
        self._settings = _settings(name, cluster, share_file)
        self._notebook = Notebook(self._settings.memory_file, cluster.shape.name)
        self._opener = Opener(self._settings.pgp_key_file)
        self._reach = Reach(self._settings)
        self._ending = threading.Event()
        self._rotation: threading.Thread | None = None  # None: no rotation was joined yet.
        self._said: list[str] = []
        self._fault: Trouble | None = None  # None: the last rotation went well so far.

    def close(self) -> None:
        self._ending.set()
        self._reach.close()

    def share(self) -> str:
        """Read it anew each time: it lives nowhere but in its file. Raises Trouble."""
        return shares.now(self.cluster, self.name, self._share_file)

    def state(self) -> dict[str, object]:
        seen = nodes.look(self._reach, self._notebook.memory.given)
        return {
            "name": self.name,
            "cluster": self.cluster.shape.name,
            "nodes": [self._shown(node) for node in seen],
            "rotation": self._under_way(seen),
            "said": list(self._said),
            "waits": self._waits(),
            "fault": str(self._fault) if self._fault else None,
            "has_old": self._notebook.memory.message_file is not None,
        }

    def nodes(self) -> list[dict[str, object]]:
        seen = nodes.look(self._reach, self._notebook.memory.given)
        return [self._shown(node) for node in seen]

    def unseal(self, *, old: bool) -> dict[str, object]:
        """Give the share to every node that waits for it. Raises Trouble."""
        unseal(self._custodian(self._reach, [], old=old), wait=False)
        return {"nodes": self.nodes()}

    def rotate(self, nonce: str) -> dict[str, object]:
        """Give the share to the rotation; the new one is taken later, in a thread. Raises Trouble.

        Returns once Vault has the old share, or the new one is here.
        """
        if not self._waits():
            nonce = nonce or self._nonce()
            self._said, self._fault = [], None
            self._rotation = threading.Thread(target=self._take_part, args=(nonce,), daemon=True)
            self._rotation.start()
        self._wait_until_given(nonce)
        if self._fault is not None:
            raise self._fault
        return {"nodes": self.nodes(), "said": list(self._said)}

    def _take_part(self, nonce: str) -> None:
        reach = Reach(self._settings)
        try:
            rotate_shares(self._custodian(reach, self._said), self._opener, nonce, None)
        except Trouble as trouble:
            self._fault = trouble
        finally:
            reach.close()

    def _wait_until_given(self, nonce: str) -> None:
        for _ in range(int(_GIVES_WITHIN / _PAUSE)):
            turn = self._notebook.memory.turn
            given = turn is not None and turn.nonce == nonce and turn.old_given
            if given or not self._waits() or self._ending.wait(_PAUSE.total_seconds()):
                return

    def _waits(self) -> bool:
        return self._rotation is not None and self._rotation.is_alive()

    def _nonce(self) -> str:
        """Of the rotation under way, or of the last one, whose new shares Vault still keeps."""
        api = self._api(nodes.look(self._reach, {}))
        status = api.status() if api else None
        kept = api.messages() if api and status and not status.started else None
        if status and status.started:
            return status.nonce
        if kept is not None:
            return kept.nonce
        raise Trouble(
            f"No rotation of the shares of {self.cluster.shape.name} is under way",
            left="nothing was given",
            do="ask for one first",
        )

    def _under_way(self, seen: tuple[Node, ...]) -> dict[str, object] | None:
        try:
            api = self._api(seen)
            status = api.status() if api else None
        except Trouble:  # No login here: the cluster was made by an earlier version.
            return None
        if status is None or not status.started:
            return None
        return {"nonce": status.nonce, "given": status.given, "needed": status.required}

    def _api(self, seen: tuple[Node, ...]) -> RotationApi | None:
        active = next((node.name for node in seen if node.kind == "active"), None)
        return find_api(self._reach, active, self.name) if active else None

    def _custodian(self, reach: Reach, said: list[str], *, old: bool = False) -> Custodian:
        message = None if old else self._notebook.memory.message_file
        desk = Desk(
            say=said.append,
            ask_hidden=lambda _question: read_private(self._share_file).decode("ascii"),
            confirm=lambda _question: old,
            pause=self._pause,
            within=_WAITS,
        )
        source = Source(self.cluster.shape.name, self._opener, message)
        return Custodian(self._settings, self._notebook, reach, source, desk)

    def _pause(self) -> None:
        if self._ending.wait(_PAUSE.total_seconds()):
            raise Trouble("The console ends", left="what was given stays given", do="press again")

    def _shown(self, node: Node) -> dict[str, object]:
        sealed = node.kind == "sealed"
        known = self.cluster.node(node.name)
        return {
            "name": node.name,
            "address": known.address if known else "",
            "state": node.kind,
            "sealed": sealed,
            "given": node.given if sealed else 0,
            "needed": node.threshold if sealed else 0,
            "has_yours": node.has_yours,
            "cluster": node.cluster_name or None,
            "cluster_id": node.cluster_id or None,
        }


def _settings(name: str, cluster: Layout, share_file: Path) -> CustodianSettings:
    return CustodianSettings(
        name=name,
        cluster=cluster.shape.name,
        nodes={node.name: node.address for node in cluster.nodes},
        ca_file=cluster.ca_file,
        login_key_file=cluster.login_key_file(name),
        pgp_key_file=cluster.pgp_key_file(name),
        keys_folder=cluster.login_public_file(name).parent,
        memory_file=shares.memory_file(share_file, name),
    )
