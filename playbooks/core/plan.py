"""What a look found and decided, in names; approval covers exactly this value."""

from datetime import timedelta

from playbooks.core.values import Frozen, Name


class Plan(Frozen):
    """Everything is chosen in advance; `tells` is what approvers must know beyond the steps."""

    cluster: Name
    tells: tuple[str, ...] = ()
    loses: timedelta | None = None  # How much written data is lost; None: nothing is.


class NodesPlan(Plan):
    """A plan that takes all of these nodes for its cluster."""

    nodes: tuple[Name, ...]

    def accounts_for(self) -> tuple[Name, ...]:
        """Name every node that its text speaks of; together they are all of the cluster."""
        return self.nodes


class NotForMe(Frozen):
    """Why this playbook is not the one for what the look found, and what to do first."""

    why: str
    do: str
