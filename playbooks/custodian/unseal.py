"""Gives the share to every sealed node, once each, and waits until they are open."""

from collections.abc import Sequence
from typing import Final

from playbooks.core.trouble import Trouble
from playbooks.custodian import nodes
from playbooks.custodian.custodian import Custodian, count
from playbooks.custodian.nodes import Node
from playbooks.custodian.reach import changes
from playbooks.custodian.share import Share
from playbooks.steps.listing import listed, verb

_JOINS_WITHIN_PAUSES: Final = 20


def unseal(custodian: Custodian, *, wait: bool) -> bool:
    """Say if every node is open at the end. Raises Trouble."""
    seen = custodian.look_and_show()
    waiting = waits_for_yours(seen)
    if waiting:
        names = ", ".join(node.name for node in waiting)
        custodian.desk.say(f"Your share is wanted by {names}.")
        share = custodian.own_share()
        opened = give(custodian, share, waiting)
        if wait and not opened:
            opened = _wait(custodian)
        if opened:
            custodian.proven(share, f"opened {opened} of {custodian.cluster}")
        custodian.desk.say("")
        seen = custodian.look()
        custodian.show(seen)
    custodian.desk.say(ending(custodian.cluster, seen))
    return all(node.is_open for node in seen)


def start_over(custodian: Custodian) -> None:
    """Let every sealed node count from 0: a wrong share spoils the right ones that it has.

    Raises Trouble where nobody at a terminal says so.
    """
    seen = custodian.look_and_show()
    counting = [node for node in seen if node.kind == "sealed" and node.given]
    if not counting:
        custodian.desk.say("No node has been given a share, so each counts from 0 as it is.")
        return
    names = ", ".join(node.name for node in counting)
    if not custodian.desk.confirm(f"All of you have to give theirs to {names} again. Go on?"):
        raise Trouble(
            "Nobody confirmed that it is to start over",
            left="each node has the shares that it was given",
            do="run it again at a terminal and type yes",
        )
    for node in counting:
        custodian.reach.ask(node.name, changes("put", "sys/unseal", {"reset": True}))
    custodian.notebook.write(given={})
    custodian.desk.say(f"From 0 again: {names}.")


def waits_for_yours(seen: Sequence[Node]) -> list[Node]:
    return [
        node
        for node in seen
        if node.kind == "sealed" and not node.has_yours and not node.opens_itself
    ]


def give(custodian: Custodian, share: Share, waiting: Sequence[Node]) -> str:
    """Give it node by node, checking each that opens; name one that opened with it, or "".

    Raises Trouble at the first refusal: what one node refuses would spoil the others' count too.
    """
    opened = ""
    for node in waiting:
        after = _give(custodian, share, node)
        if after.is_open:
            # Only an open node tells which cluster it is of.
            nodes.must_be_the_cluster(custodian.settings, custodian.notebook, [after])
            opened = node.name
            custodian.desk.say(f"{node.name} is open.")
        else:
            custodian.desk.say(
                f"{node.name} has your share: {after.given} of {after.threshold} given."
            )
    return opened


def _give(custodian: Custodian, share: Share, node: Node) -> Node:
    try:
        call = changes("put", "sys/unseal", {"key": share.for_vault()})
        answer = custodian.reach.ask(node.name, call)
    except Trouble as trouble:
        raise Trouble(
            trouble.happened,
            left=f"{node.name} may have your share or not",
            do="run it again: no node counts one share twice",
        ) from trouble
    known = custodian.notebook.memory
    if not answer.ok:
        given = {name: nonce for name, nonce in known.given.items() if name != node.name}
        custodian.notebook.write(given=given)
        raise Trouble(
            f"{node.name} refused the shares it was given (HTTP {answer.status}): together they do"
            f" not open {custodian.cluster}",
            left=f"{node.name} starts again at 0, and one of the shares is wrong",
            do="if you may have mistyped yours, run it again; if not, each of you runs"
            " `vault-responder custodian check`, one of you `vault-responder custodian unseal"
            " --start-over`, and all give theirs again",
        )
    nonce = answer.body.get("nonce")
    if isinstance(nonce, str) and nonce:
        custodian.notebook.write(given={**known.given, node.name: nonce})
    after = nodes.look_at(custodian.reach, node.name)
    if not known.shares and after.shares:
        custodian.notebook.write(shares=after.shares, threshold=after.threshold)
    return _joined(custodian, after) if node.given + 1 >= node.threshold else after


def _joined(custodian: Custodian, node: Node) -> Node:
    """Wait for a new node, which has enough shares and opens once it has joined the others."""
    for _ in range(_JOINS_WITHIN_PAUSES):
        if node.is_open:
            break
        custodian.desk.pause()
        node = nodes.look_at(custodian.reach, node.name)
    return node


def _wait(custodian: Custodian) -> str:
    """Wait until the nodes that have the share are open; name one that opened with it."""
    before = {node.name: node for node in custodian.look() if node.has_yours}
    opened = ""
    custodian.desk.say(
        "Waiting for the other custodians. You may close this: your share stays given."
    )

    def settled() -> bool:
        nonlocal opened
        for node in custodian.look():
            was = before.get(node.name)
            if was is None or (node.given, node.kind) == (was.given, was.kind):
                continue
            custodian.desk.say(f"{node.name}: {node}.")
            if node.is_open:
                opened = node.name
                del before[node.name]
            elif node.kind == "sealed" and not node.has_yours:
                raise Trouble(
                    f"{node.name} has started again at 0: the shares it was given do not open it"
                    " together, or it was restarted",
                    left="it does not have your share any more",
                    do="speak with the other custodians, then run it again",
                )
            else:
                before[node.name] = node
        return not before

    custodian.desk.wait(settled, f"{custodian.cluster} is not open yet")
    return opened


def ending(cluster: str, seen: Sequence[Node]) -> str:
    """What is true now, and what is next, in one or two sentences."""
    shut = [node for node in seen if not node.is_open]
    if not shut:
        return f"Every node of {cluster} is open. Nothing is left for you to do."
    sealed = [node for node in shut if node.kind == "sealed" and not node.opens_itself]
    lines = _needs(sealed)
    lines += [f"{node.name} {node}." for node in shut if node not in sealed]
    if sealed and not waits_for_yours(seen):
        lines.append("Yours is given; the next custodian is to be called.")
    return " ".join(lines)


def _needs(sealed: Sequence[Node]) -> list[str]:
    """Say what is missing, and where the same is missing, say it once."""
    by_count: dict[int, list[str]] = {}
    for node in sealed:
        by_count.setdefault(node.threshold - node.given, []).append(node.name)
    return [
        f"{listed(names)} {verb(names, 'needs', 'need')} {count(missing, 'more share')}."
        for missing, names in by_count.items()
    ]
