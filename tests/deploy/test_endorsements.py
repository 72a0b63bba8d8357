"""Laws of what approvers signed: an auditor verifies it with OpenSSH alone, from the file alone."""

import asyncio
import base64
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.records.archive import Archive
from jobs.records.journal import History, Journal
from jobs.runs.events import Answered, Approved, Event, Planned
from jobs.runs.proofs import ProofKind
from jobs.runs.statement import statement
from playbooks.core.danger import Danger
from tests.deploy.test_journals import OK, Auditor
from tests.deploy.test_journals import auditor as auditor  # noqa: PLC0414 -- a fixture
from tests.jobs.bench import Place, now
from tests.jobs.work.hands import look_at
from tests.ssh import SshKey, make_ssh_key

SIGNED = "run-signed"


@dataclass
class Desk:
    """A plan in the records, and who may sign it."""

    place: Place
    history: History
    keys: dict[str, SshKey]

    @property
    def planned(self) -> Planned:
        event = self.history.events[0]
        assert isinstance(event, Planned)
        return event

    async def approve(self, name: str, signature: str) -> None:
        """Write the event that a worker would write, whatever the signature is."""
        press = Answered(id=f"press-{name}", by=name, account=f"U0{name.upper()}")
        event: Event = Approved(
            at=now(),
            press=press,
            digest=self.planned.digest,
            proof=ProofKind.SIGNATURE,
            signature=signature,
        )
        connection = self.place.address("worker").connect()
        journal = Journal(connection, self.place.ring, self.place.key("worker"))
        entry = journal.seal(self.history, event, 1)
        self.history = self.history.longer(entry, event)
        await Archive(self.place.objects(), journal).copy(entry)
        await connection.close()


@pytest.fixture
async def desk(auditor: Auditor) -> Desk:
    place = auditor.place
    await place.ask(SIGNED, danger=Danger.DESTROYS)
    history = await look_at(place, SIGNED)
    keys = {name: make_ssh_key(place.folder, name) for name in ("bob", "carol", "dave")}
    allowed = "".join(key.allowed for key in keys.values())
    (place.folder / "allowed_signers").write_text(allowed, encoding="utf-8")
    return Desk(place, history, keys)


async def test_openssh_verifies_an_approval_from_the_exported_file(
    auditor: Auditor, desk: Desk, tmp_path: Path
) -> None:
    await desk.approve("bob", desk.keys["bob"].sign(statement(desk.planned).text()))
    code, said = await auditor.say("verify", SIGNED)
    assert code == 0
    assert "The signature of bob's approval, event 2, holds over the text of the plan." in said
    assert said.endswith(f"{OK}\n")
    path = tmp_path / "out.jsonl"
    await auditor.say("export", SIGNED, "--to", str(path))
    envelope = json.loads(path.read_bytes().split(b"\n", 1)[0])
    [given] = json.loads(base64.b64decode(envelope["payload"]))["predicate"]["approvals"]
    assert "Cluster" in given["text"]
    allowed = desk.place.folder / "allowed_signers"
    for text, holds in ((given["text"], True), (given["text"].replace("toy", "prod"), False)):
        assert await asyncio.to_thread(_verify, allowed, text, given["signature"]) is holds


def _verify(allowed: Path, text: str, signature: str) -> bool:
    signed = allowed.with_name("approval.sig")
    signed.write_text(signature, encoding="utf-8")
    words = ["-Y", "verify", "-n", "vault-responder", "-f", str(allowed), "-I", "bob"]
    command = ["ssh-keygen", *words, "-s", str(signed)]
    return (
        subprocess.run(command, input=text, capture_output=True, text=True, check=False).returncode
        == 0
    )


@pytest.mark.parametrize("whose", ["carol's", "another text's", "nobody's"])
async def test_a_signature_that_a_worker_should_not_have_taken_is_a_fault(
    auditor: Auditor, desk: Desk, whose: str
) -> None:
    """Such as by a worker that was broken into: its own signature on the event holds."""
    text = statement(desk.planned).text()
    signature = {
        "carol's": desk.keys["carol"].sign(text),
        "another text's": desk.keys["bob"].sign(text.replace("toy", "prod")),
        "nobody's": "-----BEGIN SSH SIGNATURE-----",
    }[whose]
    await desk.approve("bob", signature)
    code, said = await auditor.say("verify", SIGNED)
    assert code == 1
    assert "FAULT: The signature of bob's approval, event 2, does not hold" in said
    assert OK not in said


async def test_what_cannot_be_checked_is_never_called_good(auditor: Auditor, desk: Desk) -> None:
    await desk.approve("bob", desk.keys["bob"].sign(statement(desk.planned).text()))
    (desk.place.folder / "allowed_signers").unlink()
    code, said = await auditor.say("verify", SIGNED)
    assert code == 0
    assert "What approvers signed was not checked" in said
    assert "holds over the text" not in said
    code, said = await auditor.verify()  # A run that was approved by a click.
    assert code == 0


async def test_a_click_is_called_by_its_name(auditor: Auditor) -> None:
    code, said = await auditor.verify()
    assert code == 0
    assert "For bob's approval, event 2, there is the worker's word alone: it was a click." in said
