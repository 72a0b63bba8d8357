"""Custodians who are immediate: a node that waits for shares has them a moment later."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from deploy.demo.cluster.local import LocalCluster
from playbooks.core.trouble import Trouble

_LOOK_EVERY: Final = 0.1  # Seconds.


@contextmanager
def immediate_custodians(cluster: LocalCluster) -> Iterator[None]:
    """Open nodes for the length of a block, for the product and for the script alike."""
    stop = threading.Event()
    thread = threading.Thread(target=_open_nodes, args=(cluster, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _open_nodes(cluster: LocalCluster, stop: threading.Event) -> None:
    wanted = cluster.layout.shape.threshold
    while not stop.wait(_LOOK_EVERY):
        for node in cluster.names:
            health = cluster.health(node)
            # Between a forced load and its restart a node asks for as many shares as the throw-away
            # key had; custodians have none of that key.
            if health.kind == "sealed" and health.needed == wanted:
                with suppress(Trouble):  # It was restarted under their hands; they look again.
                    for key in cluster.keys[:wanted]:
                        cluster.unseal(node, key)
