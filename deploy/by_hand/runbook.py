"""`vault-responder runbook`: a playbook as a page, filled from the configuration alone.

Neither Slack nor Redis nor Vault is asked. The store is, for the newest backup and who opens it; it
may be silent.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from deploy.books import all_playbooks
from deploy.compose import known_in_store
from deploy.process import now
from deploy.settings import ClusterSettings, HAProxyDriver, Settings, read_settings
from playbooks.core.backup import Backup, KeyGeneration
from playbooks.core.trouble import Trouble
from playbooks.runbook.markdown import markdown
from playbooks.runbook.page import page
from playbooks.runbook.paper import paper
from playbooks.runbook.parts import Seal
from playbooks.runbook.site import ANY, Balancer, HAProxy, Site, Small

_STORE_ANSWERS: Final = timedelta(seconds=15)


def run(environment: Mapping[str, str], asked: argparse.Namespace) -> int:
    """Print one page."""
    books = all_playbooks()
    book = books.get(asked.name or "")
    if book is None:
        raise Trouble(
            f"There is no playbook {asked.name}" if asked.name else "A playbook must be named",
            left="nothing was printed",
            do=f"say one of: {', '.join(sorted(books))}",
        )
    if asked.cluster is None:
        laid_out = page(book, ANY, None)
    else:
        settings = read_settings(environment)
        config = environment.get("VAULT_RESPONDER_CONFIG", "vault-responder.toml")
        laid_out = page(book, site(settings, asked.cluster, Path(config)), now())
    sys.stdout.write(paper(laid_out) if asked.html else markdown(laid_out))
    return 0


def site(settings: Settings, name: str, config: Path) -> Site:
    """Read the names of one cluster. Raises Trouble where the configuration has no such cluster."""
    if name not in settings.clusters:
        raise Trouble(
            f"There is no cluster {name}",
            left="nothing was printed",
            do=f"say one of: {', '.join(sorted(settings.clusters))}",
        )
    cluster = settings.clusters[name]
    backups, generations = _known(settings, name)
    newest = next((backup for backup in backups if backup.kind == "backup"), None)
    custodians = tuple(
        settings.people[id].name if id in settings.people else id for id in cluster.custodians
    )
    return Site(
        cluster=name,
        nodes=tuple(cluster.nodes.items()),
        ca_file=str(cluster.ca_file),
        config=str(config.resolve()),
        store=cluster.store.url,
        balancer_address=cluster.balancer.address,
        balancer=_balancer(cluster),
        node_command=cluster.node_command,
        nonce_path=cluster.nonce_path,
        canaries=cluster.canaries,
        login_path=settings.worker.login_path,
        custodians=custodians,
        seal=_seal(custodians, generations),
        backup=newest.name if newest else "BACKUP",
        backup_taken=f"{newest.taken_at:%Y-%m-%d %H:%M}" if newest else "TIME",
        backups_told=_backups_told(name, newest),
        keys_told=_keys_told(custodians, generations),
    )


def _known(
    settings: Settings, cluster: str
) -> tuple[tuple[Backup, ...], tuple[KeyGeneration, ...]]:
    """Ask the store; nothing is known where it does not answer."""

    async def ask() -> tuple[tuple[Backup, ...], tuple[KeyGeneration, ...]]:
        async with asyncio.timeout(_STORE_ANSWERS.total_seconds()):
            return await known_in_store(settings, cluster)

    try:
        return asyncio.run(ask())
    except (Trouble, TimeoutError):
        return (), ()


def _backups_told(cluster: str, newest: Backup | None) -> str:
    listed = f"list them with `vault-responder backup-file list --cluster {cluster}`"
    if newest is None:
        return f"the store named none when this was printed; {listed}"
    return f"the newest when this was printed is {newest.name}; {listed}"


def _seal(custodians: tuple[str, ...], generations: tuple[KeyGeneration, ...]) -> Seal:
    """What was recorded counts; else whoever configured custodians needs them."""
    if generations:
        return generations[-1].scheme.kind
    return "shamir" if custodians else "auto"


def _keys_told(custodians: tuple[str, ...], generations: tuple[KeyGeneration, ...]) -> str:
    if _seal(custodians, generations) == "auto":
        return "itself; no custodian is needed"
    names = ", ".join(custodians)
    if not generations:
        return f"custodians: {names}"
    newest = generations[-1]
    scheme = newest.scheme
    return (
        f"{scheme.threshold} of {scheme.shares} custodians, key generation {newest.number}: {names}"
    )


def _balancer(cluster: ClusterSettings) -> Balancer:
    driver = cluster.balancer
    if isinstance(driver, HAProxyDriver):
        return HAProxy(socket=str(driver.socket), backend=driver.backend)
    return Small(control=driver.control, token_file=str(driver.token_file))
