"""Clients cut off, and let back, by hand."""

from typing import Final

CUT_OFF: Final = """
Close the balancer, and believe it only once nothing answers through it.

```sh
clients cut-off
wait_for is balancer silent
```

Clients that reach a node without the balancer are not cut off: stop those by other means.

If not: stop the balancer itself, and go on once nothing answers at its address.
"""

LET_BACK: Final = """
Open the balancer, and wait until it has found the active node.

```sh
clients back
wait_for is balancer active
```

If not: look at the balancer's own health checks; a client that asks the active node's address
directly is served already.
"""
