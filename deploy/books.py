"""Every playbook of this installation, found by walking their folders."""

from collections.abc import Mapping
from typing import Any

from playbooks import backups
from playbooks.core import catalogue
from playbooks.core.playbook import Playbook


def all_playbooks() -> Mapping[str, Playbook[Any, Any]]:
    """Map each playbook's name to it. Raises TypeError for a file that defines none."""
    return catalogue.named(backups, "PLAYBOOK", Playbook)
