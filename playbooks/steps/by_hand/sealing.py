"""A cluster sealed, and opened again, by hand."""

from typing import Final

from playbooks.steps.by_hand.nodes import ALL_VOTE

SEAL: Final = """
The standbys first: with the active node gone another one would only take over. Your token seals the
last node too, though nobody can log in any more by then.

```sh
for node in $NODES; do
  if is "$node" standby; then on "$node" bao operator seal; fi
done
for node in $NODES; do
  if serves "$node"; then on "$node" bao operator seal; fi
done
for node in $NODES; do
  if serves "$node"; then echo "$node still serves" >&2; false; fi
done
```

Where the cluster unseals itself, a node opens again as soon as anybody or anything restarts it; the
next step's `machine NODE stop` keeps it closed.

To go back: follow the page of `unseal`.

If not: `machine NODE stop` closes a node that refuses; a stopped one serves nobody either.
"""

STOP_SILENT: Final = """
A node that does not answer you may still serve those who reach it.

```sh
for node in $NODES; do
  if is "$node" silent; then machine "$node" stop; fi
done
```

To go back: follow the page of `unseal`, which starts them too.

If not: cut the network of that machine.
"""

START_STOPPED: Final = """
Only where a node is stopped and still holds its data; one that holds none is for the page of
`rebuild_from_backup`.

```sh
for node in $NODES; do
  if is "$node" silent; then machine "$node" start; fi
done
for node in $NODES; do wait_for takes_shares "$node"; done
```

If not: go on with the nodes that answer, if they are more than half; this one can join later.
"""

NODES_BELONG: Final = """
Nobody gives a share before it is sure what runs there. Compare the shares and the threshold with
the page's header; an open node also tells its Cluster ID.

```sh
for node in $NODES; do
  echo "$node:"
  on "$node" bao status | grep -E '^(Total Shares|Threshold|Cluster ID)'
done
```

If not: look at what runs at that address. After a rotation of the shares by hand the header is old:
`vault-responder adopt "$CLUSTER" --rotated` records the new ones.
"""

RESTART_SEALED: Final = """
Only where the cluster unseals itself: a sealed node stays so until it is started again.

```sh auto
for node in $NODES; do
  if is "$node" sealed; then machine "$node" stop; machine "$node" start; fi
done
for node in $NODES; do wait_for serves "$node"; done
```

To go back: follow the page of `seal`.

If not: see the node's log; it may not reach what holds the key of its seal.
"""

ONE_LEADS: Final = """
An election takes some seconds after the last share.

```sh
wait_for leader
for node in $NODES; do wait_for serves "$node"; done
```

If not: more than half of the nodes must be open and reach each other.
"""

OPEN_NODES_BELONG: Final = """
Every open node must tell the same Cluster ID, and it must be the one that the backups tell.

```sh
for node in $NODES; do on "$node" bao status | grep '^Cluster ID'; done
```

If not: another cluster was opened; follow the page of `seal`.
"""

LOG_IN: Final = """
Log in, and see that the worker can do so too.

```sh
log_in
```

```sh
on "$(leader)" bao read "auth/$LOGIN_PATH/role/worker" >/dev/null
```

If not: install the JWT role and its policy again, as `deploy/install/vault/README.md` says.
"""

CANARIES_AGREE: Final = """
Every node must show the same nonce and the same canary secrets; only sums are printed.

```sh
for path in "$NONCE_PATH" $CANARIES; do
  for node in $NODES; do
    on "$node" bao kv get "$path" >/dev/null
    echo "$(on "$node" bao kv get "$path" | cksum) $node $path"
  done
done
```

If not: start the node that differs once more, and let the custodians open it.
"""

ALL_VOTE_AGAIN: Final = f"""
Only where no node was left out.
{ALL_VOTE}"""
