"""The first blocks of every runbook: the names and the few functions that all its steps use.

POSIX shell that also works under `sh -eu`. Tokens and keys live in variables alone: they are given
on by `printf`, which is part of the shell, so no process listing shows them.
"""

import shlex
from collections.abc import Iterator
from typing import Final, assert_never

from playbooks.runbook.site import Balancer, HAProxy, Site, Small

# `on` runs in a shell of its own, so that no node's address outlives the command. `bao status` ends
# with 2 for a sealed node and prints the same lines; a node that loads a backup hangs for seconds.
_ASKING: Final = r"""
on() ( VAULT_ADDR=$(address "$1"); export VAULT_ADDR; shift; "$@" )
state() ( # state NODE: prints active, standby, sealed, empty or silent
  export VAULT_CLIENT_TIMEOUT=3 VAULT_MAX_RETRIES=0
  { on "$1" bao status 2>/dev/null || :; } | awk '
    $1 == "Initialized" && $2 == "false" { said = "empty" }
    $1 == "Sealed" && $2 == "true" && !said { said = "sealed" }
    $1 == "HA" && $2 == "Mode" && !said { said = $3 }
    END { print said ? said : "silent" }'
)
is() { [ "$(state "$1")" = "$2" ]; } # is NODE STATE
serves() { case $(state "$1") in active | standby) ;; *) return 1 ;; esac; }
takes_shares() { case $(state "$1") in silent | empty) return 1 ;; esac; }
leader() { # prints the active node's name
  for node in $NODES; do if is "$node" active; then echo "$node"; return; fi; done
  echo "no node is active" >&2
  return 1
}
wait_for() { # wait_for COMMAND...: asks once a second, for half an hour
  left=1800
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    if [ "$left" = 0 ]; then echo "it did not come to that: $*" >&2; return 1; fi
    sleep 1
  done
}
"""

# A login that nobody stores: the token lives in this shell, and ends with it at the page's end.
_OPERATING: Final = r"""
fresh() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }
nonce() { on "$1" bao kv get -field=nonce "$NONCE_PATH"; } # nonce NODE
shows() { [ "$(nonce "$1")" = "$WANTED" ]; } # shows NODE: it holds the nonce of the backup
nonce_of() { # nonce_of BACKUP, as the catalogue tells it
  vault-responder backup-file list --cluster "$CLUSTER" |
    awk -v name="$1" '$1 == name { print $NF; found = 1 } END { exit !found }'
}
all_vote() { # every node has a vote
  votes=$(on "$(leader)" bao operator raft list-peers | grep -c ' true *$')
  [ "$votes" = "$(echo $NODES | wc -w)" ]
}
log_in() {
  wait_for leader
  VAULT_TOKEN=$(on "$(leader)" bao login -no-store -token-only $LOGIN)
  export VAULT_TOKEN
}
"""


def addresses(site: Site) -> str:
    """The block that both the reader and the custodians paste; no secret is in it."""
    lines = [
        f"CLUSTER={shlex.quote(site.cluster)}",
        f"NODES={shlex.quote(' '.join(name for name, _ in site.nodes))}",
        f"FIRST={shlex.quote(site.nodes[0][0])}",
        f"OTHERS={shlex.quote(' '.join(name for name, _ in site.nodes[1:]))}",
        f"export VAULT_CACERT={shlex.quote(site.ca_file)}",
        "unset VAULT_TOKEN BAO_TOKEN BAO_ADDR BAO_CACERT VAULT_NAMESPACE BAO_NAMESPACE",
        "address() {",
        "  case $1 in",
        *(f"    {name}) echo {shlex.quote(address)} ;;" for name, address in site.nodes),
        f"    balancer) echo {shlex.quote(site.balancer_address)} ;;",
        "  esac",
        "}",
    ]
    return "\n".join(lines) + _ASKING.rstrip()


def operating(site: Site) -> str:
    """The block that only whoever follows the page pastes."""
    lines = [
        f"export VAULT_RESPONDER_CONFIG={shlex.quote(site.config)}",
        f"NONCE_PATH={shlex.quote(site.nonce_path)}",
        f"CANARIES={shlex.quote(' '.join(site.canaries))}",
        f"LOGIN_PATH={shlex.quote(site.login_path)}",
        "LOGIN=${LOGIN:--method=token} # or: -method=oidc, -method=userpass username=YOU",
        *_clients(site.balancer),
        *_machine(site.node_command),
    ]
    return "\n".join(lines) + _OPERATING.rstrip()


def _clients(balancer: Balancer) -> Iterator[str]:
    yield "clients() { # clients cut-off, clients back"
    match balancer:
        case HAProxy(socket=socket, backend=backend):
            yield from _haproxy(shlex.quote(socket), shlex.quote(backend))
        case Small(control=control, token_file=token_file):
            url = shlex.quote(f"{control.rstrip('/')}/maintenance")
            yield "  case $1 in cut-off) on=true ;; back) on=false ;; *) return 1 ;; esac"
            yield f"  token=$(cat {shlex.quote(token_file)})"
            yield """  printf 'header = "Authorization: Bearer %s"\\n' "$token" |"""
            yield f"""    curl -fsS --noproxy '*' --config - -d "{{\\"on\\":$on}}" {url}"""
            yield "  unset token; echo"
        case _:
            assert_never(balancer)
    yield "}"


def _haproxy(socket: str, backend: str) -> Iterator[str]:
    """Python stands in for `socat`, which few machines have."""
    yield "  case $1 in cut-off) to=maint ;; back) to=ready ;; *) return 1 ;; esac"
    yield f"""  for server in $(haproxy 'show stat' | awk -F, -v b={backend} '"""
    yield """      $1 == b && $2 != "FRONTEND" && $2 != "BACKEND" { print $2 }'); do"""
    yield f"""    haproxy "set server {backend}/$server state $to\""""
    yield """    if [ "$to" = maint ]; then"""
    yield f"""      haproxy "shutdown sessions server {backend}/$server"; fi"""
    yield f"""    haproxy "set server {backend}/$server health down\""""
    yield f"""    echo "{backend}/$server: $to\""""
    yield "  done"
    yield "}"
    yield "haproxy() { # haproxy COMMAND, to its runtime socket"
    yield "  python3 -c '"
    yield "import socket, sys"
    yield "line = socket.socket(socket.AF_UNIX); line.connect(sys.argv[1])"
    yield """line.sendall(sys.argv[2].encode() + b"\\n")"""
    yield f"""print(line.makefile().read().strip(), end="")' {socket} "$1\""""


def _machine(command: tuple[str, ...] | None) -> Iterator[str]:
    """The configured command; each of its words stays one word, whatever is in it."""
    yield "machine() { # machine NODE ACTION: start, start-alone, stop, wipe, state"
    if command is None:
        yield """  printf 'On the machine of %s: %s. Press Enter when it is done. ' "$1" "$2\""""
        yield "  read -r done"
    else:
        # Without it `ssh` would take what is pasted after it for its own.
        yield f"  {' '.join(_word(word) for word in command)} </dev/null"
    yield "}"


def _word(word: str) -> str:
    """Quote a word for the shell, and put the function's arguments where its fields stand."""
    quoted = shlex.quote(word)
    if "{node}" not in word and "{action}" not in word:
        return quoted
    inner = "".join(f"\\{letter}" if letter in '"$`\\' else letter for letter in word)
    return '"' + inner.replace("{node}", "$1").replace("{action}", "$2") + '"'
