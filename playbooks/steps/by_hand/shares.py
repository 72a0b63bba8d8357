"""The custodians' shares rotated by hand."""

from typing import Final

from playbooks.steps.by_hand.backups import taken
from playbooks.steps.by_hand.nodes import UNSEAL_ALL
from playbooks.steps.share_loss import LOSES_SHARES

AS_PLANNED: Final = f"""
Each custodian reads the fingerprint of their PGP key to you, from their own machine: it must be the
one that you have. No other rotation may be under way, and the server must not be {LOSES_SHARES},
which lost all shares here. With HashiCorp's Vault say `rekey` for `rotate-keys` on this whole page.

```sh
for file in $(echo "$PGP_KEYS" | tr , ' '); do gpg --show-keys --fingerprint "$file"; done
on "$(leader)" bao status | grep '^Version'
on "$(leader)" bao operator rotate-keys -status | grep '^Started  *false'
```

If not: find out whose key it is, or who began that rotation, before you go on.
"""

AS_RECORDED: Final = """
Compare with the page's header: the shares and the threshold, and the newest key generation.

```sh
on "$(leader)" bao status | grep -E '^(Total Shares|Threshold|Cluster ID)'
```

If not: run `vault-responder adopt "$CLUSTER"` first, or the backup would be filed under wrong keys.
"""

_BACKUP: Final = f"""
{taken("NAME", "vault-snapshot")}
"""

BACKUP_BEFORE: Final = f"""
The old shares stay the ones that open it, so each custodian keeps theirs as long as it is kept.
{_BACKUP}
If not: paste the block again; do not go on without it.
"""

FORGET: Final = """
Only where an earlier rotation broke off while another node led: that node still remembers it, and
would take it up again when it leads. Start it once more: `machine NODE stop`, `machine NODE start`.

If not: seal that node with `on NODE bao operator seal`; that makes it forget as well.
"""

UNSEAL_SEALED: Final = f"""
Only where a node was started again or sealed for it.
{UNSEAL_ALL}"""

BEGIN: Final = """
As many shares as now, and proved before they count. The rotation is known to this node alone.

```sh
LEADER=$(leader)
SHARES=$(on "$LEADER" bao status | awk '/^Total Shares/ { print $NF }')
THRESHOLD=$(on "$LEADER" bao status | awk '/^Threshold/ { print $NF }')
on "$LEADER" bao operator rotate-keys -init -verify -backup -pgp-keys="$PGP_KEYS" \\
  -key-shares="$SHARES" -key-threshold="$THRESHOLD"
```

If not: `on "$LEADER" bao operator rotate-keys -cancel`; the old shares count as before.
"""

NOTE: Final = """
Write both on this page: a rotation ends with its node's lead, and only its nonce tells it apart.

```sh
ROTATION=$(on "$LEADER" bao operator rotate-keys -status | awk '/^Nonce/ { print $NF }')
echo "Rotation $ROTATION, begun on $LEADER"
```

If not: cancel it as above, and begin again.
"""

OLD_SHARES: Final = """
Call the custodians and read them the nonce, whole. Each of them writes it in the place of NONCE,
types their old share, and lets the program go on: it fetches, opens and proves the new share too.

```custodian
vault-responder custodian rotate-shares --config custodian.toml --nonce NONCE
```

Wait for them:

```sh
old_given() {
  on "$LEADER" bao operator rotate-keys -status |
    grep -E '^(Verification Nonce  *[0-9a-f]|Started  *false)'
}
wait_for old_given
```

If not: `on "$LEADER" bao operator rotate-keys -cancel`; the old shares count as before.
"""

NEW_SHARES_MADE: Final = """
They do not count yet: the old shares open the cluster until enough new ones were proved.

```sh
on "$LEADER" bao operator rotate-keys -verify -status || echo "they are proved already"
```

If not: cancel it as above, and begin again.
"""

NEW_SHARES_PROVED: Final = """
The custodians' programs do this by themselves, as soon as each has opened its new share.

```sh
over() { on "$LEADER" bao operator rotate-keys -status | grep '^Started  *false'; }
wait_for over
```

If not: cancel it as above; the old shares count as before.
"""

IN_FORCE: Final = """
Vault does not tell a rotation that was completed from one that broke off; the custodians' programs
do. Each of them must have said that the new shares count. Custodians who were not needed fetch
theirs later with the same command, so the encrypted copies stay until all have them; then remove
them with `bao operator rotate-keys -backup-delete`.

If not: the old shares still count; see which node leads, and begin again there.
"""

RECORD: Final = """
From here on backups say that the new shares open them.

```sh
vault-responder adopt "$CLUSTER" --rotated
```

If not: do it before the next backup, or that one would be filed under the old shares.
"""

BACKUP_AFTER: Final = f"""
Only a backup of after this opens with the new shares.
{_BACKUP}
If not: paste the block again.
"""
