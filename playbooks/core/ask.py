"""What a person asked for, before anyone looked; playbooks extend it with their own words."""

from collections.abc import Sequence
from typing import Self

from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Moment, Name


class Ask(Frozen):
    """The words common to every request; `since` is when the incident began, if it was said."""

    cluster: Name | None = None  # None: the only cluster of the configuration.
    since: Moment | None = None  # None: the clock starts at the request.
    reason: str = ""

    @classmethod
    def read(cls, words: Sequence[str], common: "Ask") -> Self:
        """Take the words that are left once `since`, `on` and `reason` are read. Raises Trouble."""
        if words:
            raise Trouble(
                f"“{words[0]}” means nothing here",
                left="nothing was changed",
                do="see `/vault help` for the words each command takes",
            )
        return cls(cluster=common.cluster, since=common.since, reason=common.reason)
