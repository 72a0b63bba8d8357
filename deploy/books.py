"""Every playbook of this installation, found by walking their folders."""

from collections.abc import Mapping
from typing import Any, Final

from playbooks import backups, cluster, compromise
from playbooks.core import catalogue
from playbooks.core.playbook import Playbook

FOLDERS: Final = (backups, cluster, compromise)


def all_playbooks() -> Mapping[str, Playbook[Any, Any]]:
    """Map each playbook's name to it. Raises TypeError for a file that defines none."""
    found: dict[str, Playbook[Any, Any]] = {}
    for folder in FOLDERS:
        found |= catalogue.named(folder, "PLAYBOOK", Playbook)
    return found
