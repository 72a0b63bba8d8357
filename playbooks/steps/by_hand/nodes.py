"""Nodes looked at, brought along, wiped, filled and joined by hand."""

from typing import Final

SHOW_BACKUP: Final = """
Give the nodes a minute to follow. One that still shows other data then never will by itself: start
it again, and let the custodians open it in the next step.

```sh
for node in $NODES; do
  left=60
  until shows "$node" || is "$node" sealed || [ "$left" = 0 ]; do
    left=$((left - 1))
    sleep 1
  done 2>/dev/null
  if [ "$left" = 0 ]; then
    machine "$node" stop
    machine "$node" start
  fi
done
```

If not: look at the node's log; clients are still cut off.
"""

AS_PLANNED: Final = """
Look at every node. Either each one is stopped or `empty` and holds no data, or they serve under
other keys than the backup's, and nobody needs what they hold.

```sh
for node in $NODES; do
  echo "$node: $(state "$node")"
  machine "$node" state
done
```

If not: start what is stopped and still holds data, and look what it is. This page throws it away.
"""

WIPE: Final = """
Only where the cluster still serves, under other keys, and its copy is kept.

```sh
for node in $NODES; do
  machine "$node" stop
  machine "$node" wipe
done
```

To go back: follow this page again with `BACKUP=$COPY`.

If not: see why the node does not stop; `wipe` refuses while it runs.
"""

LOAD_INTO_FIRST: Final = """
The first node starts without its peers, gets keys that are thrown away at once, and is filled by
force; the backup brings its own keys along. A sealed node keeps the old scheme in its memory, so it
is started once more before the custodians come.

```sh shamir
machine "$FIRST" start-alone
wait_for is "$FIRST" empty
made=$(on "$FIRST" bao operator init -key-shares=1 -key-threshold=1)
key=$(printf '%s\\n' "$made" | awk '/^Unseal Key 1:/ { print $NF }')
printf %s "$key" | on "$FIRST" bao write sys/unseal key=- >/dev/null
VAULT_TOKEN=$(printf '%s\\n' "$made" | awk '/^Initial Root Token:/ { print $NF }')
export VAULT_TOKEN
wait_for is "$FIRST" active
vault-responder backup-file open "$BACKUP" --cluster "$CLUSTER" |
  on "$FIRST" bao operator raft snapshot restore -force /dev/stdin
wait_for is "$FIRST" sealed
unset made key VAULT_TOKEN
machine "$FIRST" stop
machine "$FIRST" start-alone
wait_for is "$FIRST" sealed
```

Where the cluster unseals itself, nothing is forced and nobody has to come; the seal's own key must
be the one that the backup was made under. The data is there once Vault no longer knows the token.

```sh auto
machine "$FIRST" start-alone
wait_for is "$FIRST" empty
made=$(on "$FIRST" bao operator init -recovery-shares=1 -recovery-threshold=1)
VAULT_TOKEN=$(printf '%s\\n' "$made" | awk '/^Initial Root Token:/ { print $NF }')
export VAULT_TOKEN
wait_for is "$FIRST" active
vault-responder backup-file open "$BACKUP" --cluster "$CLUSTER" |
  on "$FIRST" bao operator raft snapshot restore /dev/stdin
while on "$FIRST" bao token lookup >/dev/null 2>&1; do sleep 1; done
unset made VAULT_TOKEN
machine "$FIRST" stop
machine "$FIRST" start-alone
wait_for is "$FIRST" active
```

To go back: `machine "$FIRST" stop`, `machine "$FIRST" wipe`, and begin this step again.

If not: see the node's log, wipe it as above, and begin this step again; other nodes hold nothing.
"""

UNSEAL_FIRST: Final = """
Only where custodians open the cluster. Call them; the page's header says who they are. Each of them
pastes this on a machine of their own, and types their share where nobody sees it:

```custodian
wait_for takes_shares "$FIRST"
if is "$FIRST" sealed; then on "$FIRST" bao operator unseal; fi
```

Wait for them:

```sh
wait_for serves "$FIRST"
```

If not: count whose share is missing with `on "$FIRST" bao status`; a wrong share starts the count
again.
"""

START_OTHERS: Final = """
They find the first node by themselves and take its data.

```sh auto
machine "$FIRST" stop
machine "$FIRST" start-alone
wait_for is "$FIRST" active
```

```sh
for node in $OTHERS; do machine "$node" start; done
for node in $OTHERS; do wait_for takes_shares "$node"; done
```

If not: see the node's log. One that is refused (`tls: unrecognized name`) joins once the first node
was started again.
"""

UNSEAL_ALL: Final = """
Call the custodians where a node is sealed. Each of them pastes this on a machine of their own, and
types their share once for each sealed node:

```custodian
for node in $NODES; do
  wait_for takes_shares "$node"
  if is "$node" sealed; then on "$node" bao operator unseal; fi
done
```

Wait for them:

```sh
for node in $NODES; do wait_for serves "$node"; done
```

If not: see which node is missing with `for node in $NODES; do echo "$node $(state "$node")"; done`,
and how many shares it has with `on NODE bao status`.
"""

CANARIES_READ_BACK: Final = """
Every node must show the nonce of the backup and the same canary secrets, of which only sums are
printed.

```sh
for node in $NODES; do wait_for shows "$node"; done
for path in $CANARIES; do
  for node in $NODES; do
    on "$node" bao kv get "$path" >/dev/null
    echo "$(on "$node" bao kv get "$path" | cksum) $node $path"
  done
done
```

If not: the data is not what the backup should hold; load another one while clients are cut off.
"""

ALL_VOTE: Final = """
Until every node votes, the loss of one more stops the cluster. Autopilot may tell a tolerance of 0
for some seconds longer.

```sh
wait_for all_vote
on "$(leader)" bao operator raft autopilot state | head -n 2
```

If not: see `on "$(leader)" bao operator raft list-peers`; a node that is missing there has not
joined.
"""
