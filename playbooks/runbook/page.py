"""A playbook as a page: what stands above, the first blocks, each step in the reader's words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from playbooks.core.playbook import Playbook
from playbooks.core.spans import in_words
from playbooks.core.step import CannotUndo, Do, Step, WaitUntil
from playbooks.runbook.parts import Part, Pasted, parts
from playbooks.runbook.shell import addresses, operating
from playbooks.runbook.site import ANY, Site

# A field of the plan, such as {backup.taken_at:%H:%M}; on paper there is no plan to fill it from.
_FIELD: Final = re.compile(r"\{([\w.]+)(?::[^}]*)?\}")

_BEFORE: Final = """
This page is for the case that vault-responder cannot run. It is done by one person, who has
`bao` (with HashiCorp's Vault: `bao() { vault "$@"; }` first), `vault-responder` with its
configuration, and the files that a worker may read. If only Slack is gone, ask with
`vault-responder command` instead, and with its `--here` if Redis is gone too: it checks more than a
person can.

Agree first, as the bot would have you agree: the people who approve such plans, none of them the
one who asked. Write down who agreed to what, and when: nothing done by hand is in a journal.

Stop every worker (`vault-responder worker --queue act`), so that none acts beside you.

Start a plain shell with `sh`, keep it to the end, and paste one block after the other. Go on only
if a block has done what its step says; where it has not, do what the step says under “If not”.

Paste what the nodes are. The custodians paste this block too, each on a machine of their own:
"""
_YOURS: Final = """
Paste what only you need:
"""
_LOG_IN: Final = """
Log in where a node serves; where none does, a later step says when. The token stays in this shell
and is written nowhere.

```sh
if leader; then log_in; fi
```

If nobody can log in any more, the custodians make a token with `bao operator generate-root`; where
OpenBao refuses that without a token, after its listener option
`disable_unauthed_generate_root_endpoints = false` and a restart of one node.
"""
_AFTER: Final = """
Give your token back, where a node takes it, and end this shell:

```sh
if leader; then on "$(leader)" bao token revoke -self; fi
unset VAULT_TOKEN
```

Start the workers again. Say in the incident channel, once there is one, what was done by hand, who
agreed to it and when.
"""


@dataclass(frozen=True)
class Row:
    """One step as it is printed; `says` has no full stop."""

    says: str
    notes: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Page:
    """What both the text and the paper are made of."""

    name: str
    about: str
    facts: tuple[tuple[str, str], ...]
    before: tuple[Part, ...]
    rows: tuple[Row, ...]
    after: tuple[Part, ...]


def page(book: Playbook[Any, Any], site: Site, printed_at: datetime | None) -> Page:
    """Lay a playbook out. `printed_at` is None where nothing is filled in: it is then no print."""
    return Page(
        name=book.name,
        about=book.about,
        facts=tuple(_facts(book, site, printed_at)),
        before=tuple(_before(book, site)),
        rows=tuple(_row(step, site) for step in book.steps),
        after=parts(_AFTER),
    )


def _facts(
    book: Playbook[Any, Any], site: Site, printed_at: datetime | None
) -> Iterator[tuple[str, str]]:
    yield "Asked for with", f"`/vault {book.word} {book.usage}`"
    if printed_at is None:
        return
    yield "Cluster", site.cluster
    yield "Printed", f"{printed_at:%Y-%m-%d %H:%M} UTC"
    yield "Nodes", ", ".join(f"{name} {address}" for name, address in site.nodes)
    yield "Clients use", site.balancer_address
    yield "Store", site.store
    yield "Backups", site.backups_told
    yield "Opened by", site.keys_told


def _before(book: Playbook[Any, Any], site: Site) -> Iterator[Part]:
    yield from parts(_BEFORE)
    yield Pasted(addresses(site), "sh", None)
    yield from parts(_YOURS)
    yield Pasted(f"{_chosen(book, site)}{operating(site)}", "sh", None)
    yield from parts(_LOG_IN)


def _chosen(book: Playbook[Any, Any], site: Site) -> str:
    """What the reader may choose differently."""
    match book.word:
        case "restore":
            return f"BACKUP={site.backup}\n"
        case "rotate-shares":
            names = ", ".join(site.custodians)
            files = ",".join("FILE" for _ in site.custodians)
            return f"PGP_KEYS=${{PGP_KEYS:-{files}}} # public PGP keys, in the order of {names}\n"
        case _:
            return ""


def _row(step: Step[Any], site: Site) -> Row:
    fitting = tuple(
        part
        for part in parts(step.by_hand)
        if None in {part.seal, site.seal} or part.seal == site.seal
    )
    return Row(says=_filled(step.says, site), notes=tuple(_notes(step, site)), parts=fitting)


def _notes(step: Step[Any], site: Site) -> Iterator[str]:
    if isinstance(step, WaitUntil):
        yield f"The bot waits at most {in_words(step.within)}"
    match step:
        case Do(undo=CannotUndo(reason=reason)):
            yield f"No way back: {_filled(reason, site)}"
        case _:
            pass


def _filled(sentence: str, site: Site) -> str:
    values = _values(site)
    return _FIELD.sub(
        lambda field: values.get(field[1], field[1].rpartition(".")[2].upper()), sentence
    )


def _values(site: Site) -> Mapping[str, str]:
    """What is known of a plan's fields before there is a plan; the rest stays in capitals."""
    known = site is not ANY
    return {
        "cluster": site.cluster if known else "the cluster",
        "backup.name": site.backup if known else "the backup",
        "backup.taken_at": site.backup_taken,
        "copy_name": "COPY",
        "required": "enough",
        "scheme.threshold": "enough",
        "first": site.nodes[0][0] if known else "the first node",
    }
