"""Where to read further, by topic: this project's documents and those of the servers it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.blocks.lists import listed
from bot.blocks.message import Message
from bot.blocks.mrkdwn import bold, code, link, sentence

_VAULT: Final = "https://developer.hashicorp.com/vault"
_BAO: Final = "https://openbao.org"


@dataclass(frozen=True)
class Topic:
    """`here` are files of this project; `links` are addresses with what stands there."""

    about: str
    here: Sequence[str] = ()
    links: Sequence[tuple[str, str]] = ()


TOPICS: Final[Mapping[str, Topic]] = {
    "start": Topic("What this bot does, and how it is installed", ("README.md",)),
    "design": Topic("How it is built, and what each process can reach", ("ARCHITECTURE.md",)),
    "security": Topic("What it can never do, and what it trusts", ("SECURITY.md",)),
    "backup": Topic(
        "How snapshots are taken, checked, encrypted and kept",
        ("playbooks/backups/take_backup.py",),
        (
            (f"{_BAO}/api-docs/system/storage/raft/", "OpenBao: Raft storage API"),
            (f"{_VAULT}/docs/sysadmin/snapshots/save", "Vault: save a snapshot"),
        ),
    ),
    "restore": Topic(
        "How a backup is loaded into a cluster, and how one is rebuilt from nothing",
        (
            "playbooks/backups/restore_backup.py",
            "playbooks/backups/rebuild_from_backup.py",
        ),
        (
            (f"{_VAULT}/docs/sysadmin/snapshots/restore", "Vault: restore a snapshot"),
            (f"{_BAO}/docs/concepts/integrated-storage/", "OpenBao: integrated storage"),
        ),
    ),
    "unseal": Topic(
        "What custodians do, and why no share ever passes through Slack",
        ("SECURITY.md",),
        (
            (f"{_BAO}/docs/concepts/seal/", "OpenBao: seal and unseal"),
            (f"{_VAULT}/docs/concepts/seal", "Vault: seal and unseal"),
        ),
    ),
    "availability": Topic(
        "Three nodes, one leader, a balancer that follows it, and a quorum that is lost",
        (),
        (
            (f"{_BAO}/docs/concepts/ha/", "OpenBao: high availability"),
            (f"{_BAO}/api-docs/system/health/", "OpenBao: health, as a balancer asks it"),
            (f"{_VAULT}/tutorials/raft/raft-lost-quorum", "Vault: recover from lost quorum"),
        ),
    ),
    "audit": Topic(
        "What Vault writes down, and how to read it after a compromise",
        (),
        (
            (f"{_BAO}/docs/audit/", "OpenBao: audit devices"),
            (f"{_VAULT}/docs/audit", "Vault: audit devices"),
        ),
    ),
    "login": Topic(
        "How a worker logs in by JWT, and what its policy lets it do",
        ("deploy/install/vault",),
        (
            (f"{_BAO}/docs/auth/jwt/", "OpenBao: JWT auth method"),
            (f"{_BAO}/docs/concepts/policies/", "OpenBao: policies"),
        ),
    ),
}


def all_topics() -> Message:
    """List the topics."""
    lines = [f"{bold(name)} · {sentence(topic.about)}" for name, topic in TOPICS.items()]
    return listed("Where to read further", lines, "One topic: `/vault docs restore`")


def one_topic(name: str) -> Message:
    """Show the documents of one topic. Raises KeyError for a topic that is not there."""
    topic = TOPICS[name]
    lines = [sentence(topic.about)]
    lines += [f":page_facing_up: {code(path)}" for path in topic.here]
    lines += [f":link: {link(url, sentence(says))}" for url, says in topic.links]
    here = ("Files are those of this bot's own repository",) if topic.here else ()
    return listed(f"Where to read on: {name}", lines, *here)
