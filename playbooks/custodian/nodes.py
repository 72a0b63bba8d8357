"""How the nodes of a cluster are, and whether they are the cluster that is meant."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from playbooks.core.trouble import Trouble
from playbooks.custodian.memory import Notebook
from playbooks.custodian.reach import Answer, Reach, reads
from playbooks.custodian.settings import CustodianSettings

Kind: TypeAlias = Literal["active", "standby", "sealed", "uninitialised", "silent"]
_OPEN: Final = frozenset({"active", "standby"})
_ACTIVE: Final = 200
_LEFT: Final = "your share was not sent anywhere"


@dataclass(frozen=True)
class Node:
    """What one node says of itself without a login. Sealed nodes tell no cluster."""

    name: str
    kind: Kind
    why: str = ""  # Of a silent node.
    version: str = ""
    given: int = 0
    threshold: int = 0
    shares: int = 0
    nonce: str = ""  # Of the attempt that shares are given to; empty before the first one.
    opens_itself: bool = False
    cluster_id: str = ""
    cluster_name: str = ""
    has_yours: bool = False

    @property
    def is_open(self) -> bool:
        return self.kind in _OPEN

    def __str__(self) -> str:
        match self.kind:
            case "active":
                return "open, leads"
            case "standby":
                return "open"
            case "sealed":
                yours = ", yours among them" if self.has_yours else ""
                return f"sealed, {self.given} of {self.threshold} shares given{yours}"
            case "uninitialised":
                return "empty: it was never initialised, or its data is gone"
            case _:
                return f"does not answer ({self.why})"


def look(reach: Reach, given: Mapping[str, str]) -> tuple[Node, ...]:
    """Ask all nodes at once; `given` is the memory of which attempt has this custodian's share."""
    with ThreadPoolExecutor(len(reach.nodes)) as pool:
        seen = pool.map(lambda name: look_at(reach, name), reach.nodes)
        return tuple(
            replace(node, has_yours=bool(node.given) and given.get(node.name) == node.nonce)
            for node in seen
        )


def look_at(reach: Reach, name: str) -> Node:
    try:
        seal = reach.ask(name, reads("sys/seal-status"))
        health = reach.ask(name, reads("sys/health"))
    except Trouble as trouble:
        return Node(name, "silent", why=trouble.happened)
    return from_answers(name, seal, health)


def from_answers(name: str, seal: Answer, health: Answer) -> Node:
    """Read what both products answer alike."""
    told = seal.body
    if not isinstance(told.get("initialized"), bool):
        return Node(name, "silent", why=f"it answers HTTP {seal.status}, and not as Vault does")
    node = Node(
        name,
        _kind(told, health),
        version=_text(told.get("version")),
        threshold=_count(told.get("t")),
        shares=_count(told.get("n")),
        opens_itself=told.get("type") != "shamir",
        cluster_id=_text(told.get("cluster_id")),
        cluster_name=_text(told.get("cluster_name")),
    )
    # An open node keeps the count of shares that came after it was open.
    if node.kind != "sealed":
        return node
    return replace(node, given=_count(told.get("progress")), nonce=_text(told.get("nonce")))


def table(nodes: Sequence[Node]) -> str:
    width = max(len(node.name) for node in nodes)
    return "\n".join(f"  {node.name.ljust(width)}  {node}" for node in nodes)


def must_be_the_cluster(
    settings: CustodianSettings, notebook: Notebook, nodes: Sequence[Node]
) -> None:
    """Stop before a share goes to another cluster; remember an open node's word where none is."""
    for node in nodes:
        if node.is_open:
            _must_match(settings, notebook, node)
    _must_have_one_scheme(notebook, nodes)


def _must_match(settings: CustodianSettings, notebook: Notebook, node: Node) -> None:
    known = notebook.memory
    ours = settings.cluster_id or known.cluster_id
    called = settings.cluster_name or known.cluster_name
    for what, told, meant in (
        ("cluster id", node.cluster_id, ours),
        ("cluster name", node.cluster_name, called),
    ):
        if told and meant and told != meant:
            raise Trouble(
                f"{node.name} is not a node of {settings.cluster}: its {what} is {told}, and that"
                f" of {settings.cluster} is {meant}",
                left=_LEFT,
                do="check the addresses, and tell the one who called you: it may be a trap",
            )
    if (node.cluster_id, node.cluster_name) != (known.cluster_id, known.cluster_name):
        notebook.write(
            cluster_id=node.cluster_id or known.cluster_id,
            cluster_name=node.cluster_name or known.cluster_name,
        )
    if not known.shares and not node.opens_itself:
        notebook.write(shares=node.shares, threshold=node.threshold)


def _must_have_one_scheme(notebook: Notebook, nodes: Sequence[Node]) -> None:
    """A sealed node tells nothing of its cluster but how many shares open it."""
    told = {
        node.name: (node.threshold, node.shares)
        for node in nodes
        if (node.is_open or node.kind == "sealed") and not node.opens_itself
    }
    known = notebook.memory
    meant = (known.threshold, known.shares)
    for name, scheme in told.items():
        first, expected = next(iter(told.items())) if not known.shares else ("", meant)
        if scheme != expected:
            raise Trouble(
                f"{name} opens with {scheme[0]} of {scheme[1]} shares, and"
                f" {first or known.cluster} with {expected[0]} of {expected[1]}",
                left=_LEFT,
                do="ask who runs the cluster: a node that was just restored must be restarted"
                " first; if the shares were made anew, run it again with --new-scheme",
            )


def _kind(told: dict[str, object], health: Answer) -> Kind:
    if not told["initialized"]:
        return "uninitialised"
    if told.get("sealed"):
        return "sealed"
    return "active" if health.status == _ACTIVE else "standby"


def _text(value: object) -> str:
    return value[:60] if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
