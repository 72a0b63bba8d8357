"""Backups taken, proven, kept and loaded by hand. No decrypted one ever lies on a disk."""

from typing import Final


def taken(variable: str, prefix: str) -> str:
    """Write the block that takes a backup in one go, and keeps its name in a shell variable."""
    return f"""\
```sh
{variable}={prefix}-$(date -u +%Y%m%d-%H%M%S)
NONCE=$(fresh)
on "$(leader)" bao kv put "$NONCE_PATH" nonce="$NONCE" >/dev/null
on "$(leader)" bao operator raft snapshot save /dev/stdout |
  vault-responder backup-file seal "${variable}" --nonce "$NONCE" --cluster "$CLUSTER"
vault-responder backup-file enter "${variable}" --cluster "$CLUSTER"
```"""


WORKER_MAY_LOG_IN: Final = """
The role must be there, or nothing could be loaded back by the bot.

```sh
on "$(leader)" bao read "auth/$LOGIN_PATH/role/worker" >/dev/null
```

If not: install the JWT role and its policy first, as `deploy/install/vault/README.md` says.
"""

WRITE_CANARY: Final = """
The nonce is no secret: it tells this backup from every other one.

```sh
NAME=vault-snapshot-$(date -u +%Y%m%d-%H%M%S)
NONCE=$(fresh)
on "$(leader)" bao kv put "$NONCE_PATH" nonce="$NONCE" >/dev/null
```

If not: see who may write there; without its own nonce a backup cannot be told from another.
"""

STORE_SNAPSHOT: Final = """
The snapshot goes from the active node straight into its encryption, and is proven whole on the way.

```sh
on "$(leader)" bao operator raft snapshot save /dev/stdout |
  vault-responder backup-file seal "$NAME" --nonce "$NONCE" --cluster "$CLUSTER"
```

If not: nothing of it counts as a backup; begin again with the step before.
"""

READ_BACK: Final = """
Decrypt it to its end, and compare it with what was written.

```sh
vault-responder backup-file open "$NAME" --cluster "$CLUSTER" >/dev/null
```

If not: look at the store, and begin again with a new name.
"""

KEEP_MONTHLY: Final = """
Only on the first day of a month, and there is nothing to do: the next step keeps it as the backup
of its month too.

If not: the next step says so, and may be repeated.
"""

ENTER: Final = """
From here on it is a backup, for the bot as well.

```sh
vault-responder backup-file enter "$NAME" --cluster "$CLUSTER"
vault-responder backup-file list --cluster "$CLUSTER" | head -n 3
```

If not: repeat it; it changes nothing that is right already.
"""

IS_WHOLE: Final = """
Choose the backup: `vault-responder backup-file list --cluster "$CLUSTER"` shows them, the newest
first. For another one than the newest, set `BACKUP=NAME` before you go on. Then decrypt it to its
end once, before anything is touched.

```sh
WANTED=$(nonce_of "$BACKUP")
vault-responder backup-file open "$BACKUP" --cluster "$CLUSTER" >/dev/null
```

If not: choose an older one; the cluster was not touched.
"""

FITS: Final = """
Compare what runs with what the step before said of the backup: the Cluster ID must be the same, the
Version not older, and the key generation the newest there is.

```sh
on "$(leader)" bao status | grep -E '^(Cluster ID|Version)'
```

If not: the cluster runs under other keys; use the page of `rebuild_from_backup`. Where only the
version is older, upgrade the nodes first.
"""

KEEP_COPY: Final = f"""
It gets a nonce of its own, so that what is loaded later can be told from it. From here on `$COPY`
is the way back: follow this page again with `BACKUP=$COPY`.

{taken("COPY", "vault-copy")}

If not: paste the block again. Without a copy, what the cluster holds now is lost by the next steps.
"""

KEEP_COPY_OF_ANOTHER: Final = f"""
Only where the cluster still serves, under other keys: the next step throws away what it holds.
{KEEP_COPY}"""

LOAD: Final = """
It must be sent to the active node: a standby would seal itself and load nothing. Vault answers at
once, then hangs for some seconds; every login that is younger than the backup has ended.

```sh
vault-responder backup-file open "$BACKUP" --cluster "$CLUSTER" |
  on "$(leader)" bao operator raft snapshot restore /dev/stdin
```

To go back: follow this page again with `BACKUP=$COPY`.

If not: a refused backup changes nothing, so the old data is untouched. If you do not know whether
it was loaded, do not load it again yet: log in as the next step says, and compare
`nonce "$(leader)"` with `$WANTED`.
"""

LOG_IN_AFRESH: Final = """
Log in to the data that was loaded.

```sh
log_in
```

See that the worker can do so too.

```sh
on "$(leader)" bao read "auth/$LOGIN_PATH/role/worker" >/dev/null
```

If not: this backup lacks your login or the worker's. Install them again with a token that the
custodians make (`bao operator generate-root`), or load another backup.
"""
