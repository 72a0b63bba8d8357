"""An approver's hands: the functions of `vault-responder sign`, pressed by a page."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playbooks.core.statement import read_statement
from playbooks.core.trouble import Trouble
from playbooks.custodian.sign import Signer


@dataclass(frozen=True)
class Console:
    """`key` is read by ssh-keygen alone, and only while it signs."""

    name: str
    key: Path
    memory: Path

    def read(self, pasted: str) -> dict[str, object]:
        """What a person is shown before they sign. Raises Trouble for what is not to be signed."""
        statement = read_statement(pasted)
        return {
            "text": statement.text(),
            "what": statement.fact("What") or statement.kind.capitalize(),
            "cluster": statement.fact("Cluster") or "",
            "warnings": [_sentence(each) for each in self._signer().warnings(statement)],
        }

    def sign(self, pasted: str) -> dict[str, object]:
        """Sign it, armoured. Raises Trouble where nothing was signed.

        A person at a terminal types the cluster's name; here they pressed a button below the text.
        """
        statement = read_statement(pasted)
        cluster = statement.fact("Cluster")
        if not cluster:
            raise Trouble(
                "This text names no cluster", left="nothing was signed", do="copy all of it"
            )
        return {"signature": self._signer().sign(statement, lambda _shown, _question: cluster)}

    def _signer(self) -> Signer:
        return Signer(self.key, self.memory, datetime.now(UTC))


def _sentence(warning: str) -> str:
    said = warning.removeprefix("WARNING: ")
    return said[:1].upper() + said[1:]
