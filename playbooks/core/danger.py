"""How much harm a plan can do; the configuration says how many people each kind needs."""

from enum import StrEnum


class Danger(StrEnum):
    """Ordered from the least to the most harmful."""

    READS = "reads"  # Changes nothing that anyone relies on: runs without approval.
    DISRUPTS = "disrupts"  # Clients notice, nothing is lost.
    DESTROYS = "destroys"  # Something is lost: what was written since the backup, or old shares.
