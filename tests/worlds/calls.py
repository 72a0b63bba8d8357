"""What was asked and done in the stand-in world, and what is to fail in it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment


@dataclass
class Calls:
    """`acts` are the calls that change something, as "vault.load n1", in their order."""

    now: Callable[[], Moment]
    acts: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)  # Call -> how often it still fails.

    def fail(self, call: str, times: int = 1) -> None:
        """Make the next calls of this name, such as "vault.load", raise Trouble first."""
        self.failing[call] = times

    def ask(self, call: str, about: str) -> None:
        """Note a question."""
        self._maybe_fail(call)
        self.asked.append(f"{call} {about}")

    def act(self, call: str, about: str) -> None:
        """Note a change that is now made."""
        self._maybe_fail(call)
        self.acts.append(f"{call} {about}")

    def _maybe_fail(self, call: str) -> None:
        left = self.failing.get(call, 0)
        if left > 0:
            self.failing[call] = left - 1
            raise Trouble(f"{call} failed", left="nothing was changed", do="press Try again")
