"""One custodian's part in one rotation of the shares, and the word that it is over."""

from dataclasses import dataclass

from playbooks.core.trouble import Trouble
from playbooks.custodian.custodian import Custodian
from playbooks.custodian.memory import Turn
from playbooks.custodian.opening import Opener
from playbooks.custodian.rotation import RotationApi


@dataclass(frozen=True)
class Part:
    """This custodian's part in the rotation of this nonce, on the node that leads it."""

    custodian: Custodian
    api: RotationApi
    nonce: str
    opener: Opener
    is_check: bool = False  # Then nobody is to have the new shares.

    @property
    def turn(self) -> Turn:
        turn = self.custodian.notebook.memory.turn
        return turn if turn and turn.nonce == self.nonce else Turn(nonce=self.nonce)

    @property
    def old(self) -> str:
        """A check makes no share old."""
        return "" if self.is_check else "old "

    def remember(self, **changed: object) -> None:
        self.custodian.notebook.write(turn=self.turn.model_copy(update=changed))

    def say(self, text: str) -> None:
        self.custodian.desk.say(text)


class Over(Trouble):
    """Vault knows of this rotation no more, and does not tell how it ended."""

    def __init__(self, part: Part) -> None:
        cluster = part.custodian.cluster
        if part.is_check:
            super().__init__(
                f"The check on {cluster} was ended early",
                left="no share has changed",
                do="ask the one who started it",
            )
            return
        super().__init__(
            f"The rotation on {cluster} was ended, and Vault keeps no new share of it for you",
            left="your old share stays the right one if it was cancelled; keep it in any case",
            do="ask the one who started it; if it was completed, get your new share from whoever"
            " gave the last old one, and run this again with --new-message FILE",
        )
