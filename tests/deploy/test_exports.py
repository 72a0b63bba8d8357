"""Laws of the file for an auditor: tools that are not ours verify it, and find what was altered."""

import asyncio
import base64
import hashlib
import json
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._key import SSlibKey

from jobs.records.archive import data_of
from jobs.records.export import export
from jobs.records.journal import Journal
from jobs.runs.events import Waits
from playbooks.core.trouble import Trouble
from tests.deploy.test_journals import OK, Auditor
from tests.deploy.test_journals import auditor as auditor  # noqa: PLC0414 -- a fixture
from tests.jobs.bench import now
from tests.jobs.work.hands import RUN
from tests.servers import absent

Json = dict[str, Any]
_LINES: Final = b"vault-responder journal\n%b\n%b"


@pytest.fixture
async def exported(auditor: Auditor) -> Path:
    path = auditor.place.folder / "run-1.jsonl"
    code, said = await auditor.say("export", RUN, "--to", str(path))
    assert code == 0
    assert "with a statement signed by key" in said
    return path


def parts(path: Path) -> tuple[Json, bytes]:
    first, _, body = path.read_bytes().partition(b"\n")
    return json.loads(first), body


def public(auditor: Auditor, role: str = "worker") -> Ed25519PublicKey:
    """The key as the configuration has it."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(auditor.place.key(role).public))


def envelope_key(auditor: Auditor) -> SSlibKey:
    key = auditor.place.key("worker")
    return SSlibKey.from_crypto(public(auditor), keyid=key.id)


async def test_securesystemslib_verifies_the_statement(auditor: Auditor, exported: Path) -> None:
    envelope, body = parts(exported)
    read = Envelope.from_dict(envelope)
    assert read.verify([envelope_key(auditor)], 1)
    assert read.payload_type == "application/vnd.in-toto+json"
    statement = json.loads(read.payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    run, *events = statement["subject"]
    assert run == {"name": RUN, "digest": {"sha256": hashlib.sha256(body).hexdigest()}}
    # Whoever has the object store compares it with `sha256sum` alone.
    objects = [path.read_bytes() for path in sorted(auditor.folder.glob("*.json"))]
    assert [each["digest"]["sha256"] for each in events] == [
        hashlib.sha256(data).hexdigest() for data in objects
    ]
    assert body == b"".join(data + b"\n" for data in objects)
    told = statement["predicate"]
    assert (told["outcome"], told["requester"]) == ("done", "alice")
    assert [given["by"] for given in told["approvals"]] == ["bob"]
    assert {step["status"] for step in told["steps"]} == {"done"}


async def test_securesystemslib_finds_an_altered_statement(
    auditor: Auditor, exported: Path
) -> None:
    envelope, _ = parts(exported)
    payload = base64.b64decode(envelope["payload"]).replace(b'"bob"', b'"dan"')
    envelope["payload"] = base64.b64encode(payload).decode()
    with pytest.raises(VerificationError):
        Envelope.from_dict(envelope).verify([envelope_key(auditor)], 1)


async def test_openssl_and_a_hash_verify_every_event(
    auditor: Auditor, exported: Path, tmp_path: Path
) -> None:
    """By what the file itself says of how to do it."""
    envelope, body = parts(exported)
    told = json.loads(base64.b64decode(envelope["payload"]))["predicate"]
    assert "[run, number, previous, key, epoch, body]" in told["how_to_verify"]
    pems = {}
    for role in ("worker", "looker"):
        id = auditor.place.key(role).id
        assert told["keys"][id] == {"role": role, "public": auditor.place.key(role).public}
        pems[id] = tmp_path / f"{id}.pem"
        pems[id].write_bytes(
            public(auditor, role).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
    previous = "0" * 64
    for line in body.splitlines():
        event = json.loads(line)
        fields = [event[name] for name in ("run", "number", "previous", "key", "epoch", "body")]
        whole = json.dumps(fields, separators=(",", ":"))
        assert event["hash"] == hashlib.sha256(whole.encode()).hexdigest()
        assert event["previous"] == previous
        previous = event["hash"]
        message = _LINES % (event["run"].encode(), event["hash"].encode())
        assert await asyncio.to_thread(_openssl, pems[event["key"]], message, event["signature"])
        message = _LINES % (b"another", event["hash"].encode())
        assert not await asyncio.to_thread(
            _openssl, pems[event["key"]], message, event["signature"]
        )


# JSON.stringify writes every letter as it is; the rest is what the file says of the hash.
_BY_NODE: Final = r"""
const { createHash } = require("node:crypto");
const lines = require("node:fs").readFileSync(0, "utf8").trimEnd().split("\n");
for (const line of lines) {
  const e = JSON.parse(line);
  const whole = JSON.stringify([e.run, e.number, e.previous, e.key, e.epoch, e.body])
    .replace(/[\u007f-\uffff]/g, (l) => "\\u" + l.charCodeAt(0).toString(16).padStart(4, "0"));
  console.log(createHash("sha256").update(whole).digest("hex"));
}
"""


async def test_a_program_that_is_not_ours_makes_the_same_hashes(
    auditor: Auditor, exported: Path
) -> None:
    """Of words in every script too: whoever hashes them as UTF-8 gets another hash."""
    history = await auditor.place.history(RUN)
    journal = Journal(
        auditor.place.address("worker").connect(), auditor.place.ring, auditor.place.key("worker")
    )
    words = 'Grüße, “山田” \U0001f525 \x7f\x80\u2028 a/b \\ "c" \t\n\x1f</e>'
    odd = journal.seal(history, Waits(at=now(), step="Write one", since=now(), says=words), 1)
    envelope, body = parts(exported)
    lines = [*body.splitlines(), data_of(odd)]
    told = json.loads(base64.b64decode(envelope["payload"]))["predicate"]["how_to_verify"]
    assert "without spaces and in ASCII alone" in told
    assert await asyncio.to_thread(_hashes, b"\n".join(lines)) == [
        json.loads(line)["hash"] for line in lines
    ]


def _hashes(lines: bytes) -> list[str]:
    node = shutil.which("node")
    if node is None:
        absent("node")
    done = subprocess.run([node, "-e", _BY_NODE], input=lines, capture_output=True, check=True)
    return done.stdout.decode().split()


def _openssl(key: Path, message: bytes, signature: str) -> bool:
    said, signed = key.with_name("message"), key.with_name("signature")
    said.write_bytes(message)
    signed.write_bytes(base64.b64decode(signature))
    words = ["-verify", "-pubin", "-inkey", str(key), "-rawin", "-in", str(said)]
    command = ["openssl", "pkeyutl", *words, "-sigfile", str(signed)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


async def test_it_verifies_where_neither_store_nor_any_key_is_left(
    auditor: Auditor, exported: Path
) -> None:
    (auditor.place.folder / "store").rename(auditor.place.folder / "away")
    (auditor.place.folder / "worker.key").unlink()
    code, said = await auditor.verify("--file", str(exported))
    assert code == 0
    assert "The object store was not asked." in said
    assert said.endswith(f"{OK}\n")


def _edit(data: bytes) -> bytes:
    return data.replace(b'"number":3', b'"number":4', 1)


def _cut_the_tail(data: bytes) -> bytes:
    return b"".join(line + b"\n" for line in data.split(b"\n")[:-2])


def _tear(data: bytes) -> bytes:
    return data[:-10]


def _take_the_statement_away(data: bytes) -> bytes:
    return data.split(b"\n", 1)[1]


def _state_something_else(data: bytes) -> bytes:
    envelope = json.loads(data.split(b"\n", 1)[0])
    payload = base64.b64decode(envelope["payload"]).replace(b"done", b"left")
    envelope["payload"] = base64.b64encode(payload).decode()
    return json.dumps(envelope).encode() + b"\n" + data.split(b"\n", 1)[1]


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        (_edit, "The events are not the ones that the statement of the first line was made about"),
        (_cut_the_tail, "The events are not the ones"),
        (_tear, "The file does not end with a whole line"),
        (_take_the_statement_away, "The first line is no signed statement"),
        (_state_something_else, "The statement of the first line is not signed by any worker"),
    ],
)
async def test_each_harm_to_the_file_is_found(
    auditor: Auditor, exported: Path, harm: Callable[[bytes], bytes], fault: str
) -> None:
    exported.write_bytes(harm(exported.read_bytes()))
    code, said = await auditor.verify("--file", str(exported))
    assert code == 1
    assert fault in said
    assert OK not in said


async def test_only_a_worker_vouches_for_a_whole_record(auditor: Auditor, exported: Path) -> None:
    """A looker's key is held by a process that anyone in the channel can wake."""
    ring, key = auditor.place.ring, auditor.place.key("looker")
    kept = await auditor.place.history(RUN)
    exported.write_bytes(export(kept, key, ring, now()))
    code, said = await auditor.verify("--file", str(exported))
    assert code == 1
    assert "The statement of the first line is not signed by any worker" in said


async def test_a_file_about_another_run_is_told(auditor: Auditor, exported: Path) -> None:
    code, said = await auditor.say("verify", "run-2", "--file", str(exported))
    assert code == 1
    assert "is about run-1, not about run run-2" in said
    assert "is event 1 of run run-1, not of run run-2" in said


async def test_nobody_vouches_for_a_record_with_a_fault(auditor: Auditor) -> None:
    auditor.event(3).unlink()
    path = auditor.place.folder / "out.jsonl"
    with pytest.raises(Trouble, match="Event 3 of run run-1 is missing; nothing was written"):
        await auditor.say("export", RUN, "--to", str(path))
    assert not path.exists()


async def test_a_file_that_is_there_stays_as_it_is(auditor: Auditor, exported: Path) -> None:
    before = exported.read_bytes()
    with pytest.raises(Trouble, match="cannot be written"):
        await auditor.say("export", RUN, "--to", str(exported))
    assert exported.read_bytes() == before


async def test_the_file_is_its_owners_and_holds_no_secret(auditor: Auditor, exported: Path) -> None:
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    data = exported.read_bytes()
    statement = base64.b64decode(parts(exported)[0]["payload"])
    for name in ("worker.key", "looker.key", "bell.key"):
        secret = (auditor.place.folder / name).read_bytes()
        for form in (secret, secret.hex().encode(), base64.b64encode(secret)):
            assert form not in data
            assert form not in statement
