"""A record proves on whose word a standing order ran, with the public keys alone."""

import base64
import json
from pathlib import Path

import pytest

from jobs.records.archive import Archive
from jobs.records.journal import Journal
from jobs.runs.events import Ordered, Signed
from tests.deploy.test_journals import OK, Auditor
from tests.deploy.test_journals import auditor as auditor  # noqa: PLC0414 -- a fixture
from tests.jobs.orders.yard import NIGHTLY, RUN, Yard, arguments
from tests.ssh import make_ssh_key

TEXT = "holds over the text of standing order nightly."


@pytest.fixture
def yard(auditor: Auditor) -> Yard:
    folder = auditor.place.folder
    keys = {name: make_ssh_key(folder, name) for name in ("bob", "carol", "dave")}
    allowed = "".join(key.allowed for key in keys.values())
    (folder / "allowed_signers").write_text(allowed, encoding="utf-8")
    order = NIGHTLY.model_copy(update={"arguments": arguments(auditor.place)})
    yard = Yard(auditor.place, keys, allowed, order)
    yard.order = yard.signed_by("bob")
    return yard


async def test_what_was_signed_is_in_the_record_and_in_its_export(
    auditor: Auditor, yard: Yard, tmp_path: Path
) -> None:
    await yard.begin()
    code, said = await auditor.say("verify", RUN)
    assert code == 0
    assert f"The signature of bob's approval, event 2, {TEXT}" in said
    assert said.endswith(f"{OK}\n")
    path = tmp_path / "out.jsonl"
    await auditor.say("export", RUN, "--to", str(path))
    envelope = json.loads(path.read_bytes().split(b"\n", 1)[0])
    [given] = json.loads(base64.b64decode(envelope["payload"]))["predicate"]["approvals"]
    assert (given["by"], given["standing_order"]) == ("bob", "nightly")
    assert given["text"] == yard.text()


@pytest.mark.parametrize(
    ("text", "by", "fault"),
    [
        ("nightly", "dave", "FAULT: The signature of bob's approval, event 2, does not hold"),
        ("hourly", "bob", f"FAULT: Event 2 of run {RUN} cannot be where it is"),
        ("nightly", "carol", f"FAULT: Event 2 of run {RUN} cannot be where it is"),
    ],
)
async def test_what_a_worker_should_not_have_written_is_a_fault(
    auditor: Auditor, yard: Yard, text: str, by: str, fault: str
) -> None:
    """Signed by a worker's own key: by somebody else, over another order, by who is in charge."""
    await yard.look()
    history = await yard.place.history(RUN)
    signed = yard.order.model_copy(update={"name": text}).statement(1).text()
    whose = by if by == "carol" else "bob"
    event = Ordered(
        at=yard.at,
        order="nightly",
        digest=(await yard.place.state(RUN)).planned.digest,
        text=signed,
        signatures=(Signed(by=whose, signature=yard.keys[by].sign(signed)),),
    )
    connection = yard.place.address("worker").connect()
    journal = Journal(connection, yard.place.ring, yard.place.key("worker"))
    await Archive(yard.place.objects(), journal).copy(journal.seal(history, event, 1))
    await connection.close()
    code, said = await auditor.say("verify", RUN)
    assert code == 1
    assert fault in said
    assert OK not in said
