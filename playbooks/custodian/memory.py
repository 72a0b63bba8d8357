"""What the program remembers between two runs: no share, and nothing that helps to find one."""

import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from pydantic import ValidationError

from playbooks.core.trouble import Trouble
from playbooks.core.values import Count, Frozen
from playbooks.custodian.share import Fingerprint
from playbooks.systems.key_files import read_private


class Turn(Frozen):
    """How far this custodian is in one rotation."""

    nonce: str
    old_given: bool = False
    old: Fingerprint | None = None  # Of the share given; it says nothing until enough were right.
    message_file: Path | None = None  # None: the new share has not come yet.
    # The proof of the new share is written down before it is sent: Vault counts one share twice.
    proof_nonce: str = ""
    proofs_before: Count = 0


class Memory(Frozen):
    """One cluster, as this custodian knows it."""

    cluster: str
    cluster_id: str | None = None  # None: no open node has told it yet.
    cluster_name: str | None = None  # As above.
    shares: Count = 0  # 0: not known yet.
    threshold: Count = 0
    # Node -> the nonce of the unseal attempt that the share was given to.
    given: Mapping[str, str] = {}
    proven: Fingerprint | None = None  # None: this program never saw a share of yours work.
    before: Fingerprint | None = None  # Of the share that the last rotation replaced.
    message_file: Path | None = None  # The present share, encrypted. None: it is not kept here.
    turn: Turn | None = None
    checking: bool = False  # This program started a check and has to cancel it.


class Notebook:
    """The memory's file, for its owner alone. Mutable on purpose: every step is written at once."""

    def __init__(self, file: Path, cluster: str) -> None:
        self.file = file
        self.memory = self._read(cluster)
        self._turn = Lock()  # A rotation may wait in one thread while another one unseals.

    @property
    def folder(self) -> Path:
        return self.file.parent

    def write(self, **changed: object) -> None:
        """Change the memory and write it down whole, so that a kill leaves the old or the new."""
        with self._turn:
            self.memory = self.memory.model_copy(update=changed)
            self._keep(self.memory.model_dump_json(indent=2) + "\n")

    def _keep(self, text: str) -> None:
        draft = self.file.with_suffix(".tmp")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.file)
        except OSError as error:
            raise Trouble(
                f"{self.file} cannot be written ({error.strerror})",
                left="what was there before is unchanged",
                do="make room or choose another place with --memory, then run it again",
            ) from error

    def _read(self, cluster: str) -> Memory:
        if not self.file.exists():
            return Memory(cluster=cluster)
        try:
            memory = Memory.model_validate_json(read_private(self.file))
        except ValidationError as error:
            raise Trouble(
                f"{self.file} is not what this program wrote",
                left="no node was given anything",
                do="move it away: then nothing is remembered of this cluster",
            ) from error
        if memory.cluster != cluster:
            raise Trouble(
                f"{self.file} belongs to {memory.cluster}, not to {cluster}",
                left="no node was given anything",
                do="give each cluster a file of its own with --memory",
            )
        return memory
