"""One file that tells a run to an auditor, and that verifies with tools we did not write.

The first line is a DSSE envelope around an in-toto statement, signed with a worker's journal key.
Each line after it is one event, byte for byte as it is in the object store, with the signature it
was given when it happened: a statement of today vouches for the whole, and adds nothing to that.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import JsonValue

from jobs.records.archive import data_of
from jobs.records.endorsements import Endorsement, endorsements
from jobs.records.journal import History
from jobs.records.keys import KeyRing, SigningKey
from jobs.records.verification import Piece
from jobs.runs.headline import headline
from jobs.runs.state import Ended, NoRun, Run
from playbooks.core.values import Moment

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "urn:vault-responder:run:1"
_HOW: Final = (
    "The first subject is every line of the file after this one. The others are its lines in order:"
    " each is an object of the journal. The `hash` of an event is the SHA-256 of the JSON array"
    " [run, number, previous, key, epoch, body] without spaces and in ASCII alone: `body` is a text"
    " in it, not an object. Letters from U+007F on are \\uxxxx there, in lower-case hexadecimal; of"
    " those above U+FFFF, both halves of the UTF-16 pair. Control letters are \\b \\t \\n \\f \\r"
    " or \\u00xx, and a slash is not escaped. `previous` is the hash of the event before it, 64"
    " zeros at the first. The `signature` is Ed25519, with the key of the configuration whose id is"
    " `key`,"
    " over three lines: `vault-responder journal`, run and hash, with no line break at the end. The"
    " `signature` of an approval is OpenSSH's, over its `text` as it is: `ssh-keygen -Y verify -n"
    " vault-responder -f ALLOWED_SIGNERS -I PERSON -s SIGNATURE < TEXT`."
)


def export(history: History, key: SigningKey, ring: KeyRing, at: Moment) -> bytes:
    """Write the file of a verified journal."""
    lines = [data_of(entry) for entry in history.entries]
    body = b"".join(line + b"\n" for line in lines)
    objects = [
        _subject(f"journal/{history.run}/{number:06d}.json", line)
        for number, line in enumerate(lines, 1)
    ]
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [_subject(history.run, body), *objects],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            **_told(history),
            "keys": dict(_keys(history, ring)),
            "exported_at": at.isoformat(),
            "how_to_verify": _HOW,
        },
    }
    payload = json.dumps(statement, ensure_ascii=False).encode()
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": key.id, "sig": key.sign(_encoded(payload))}],
    }
    return json.dumps(envelope).encode() + b"\n" + body


def pieces_of(run: str, data: bytes, ring: KeyRing) -> tuple[tuple[Piece, ...], tuple[str, ...]]:
    """Take a file apart: its events, and what is wrong with the statement about them."""
    first, _, body = data.partition(b"\n")
    lines = body.split(b"\n")
    faults = [*_statement_faults(run, first, body, ring)]
    if lines.pop():
        faults.append("The file does not end with a whole line")
    pieces = tuple((f"line {number}", line) for number, line in enumerate(lines, 2))
    return pieces, tuple(faults)


def _statement_faults(run: str, line: bytes, body: bytes, ring: KeyRing) -> Iterator[str]:
    try:
        envelope = json.loads(line)
        payload = base64.b64decode(envelope["payload"], validate=True)
        signed = [(str(each["keyid"]), str(each["sig"])) for each in envelope["signatures"]]
        kind, statement = envelope["payloadType"], json.loads(payload)
        subject = statement["subject"][0]
        name, digest = subject["name"], subject["digest"]["sha256"]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        yield "The first line is no signed statement, so nobody vouches that this is all of it"
        return
    if kind != PAYLOAD_TYPE or statement.get("_type") != STATEMENT_TYPE:
        yield "The statement of the first line is of another kind"
    if not any(ring.check(key, _encoded(payload), mark) == "worker" for key, mark in signed):
        yield "The statement of the first line is not signed by any worker"
    if name != run:
        other = name if isinstance(name, str) and name.isprintable() else "something else"
        yield f"The statement of the first line is about {other}, not about run {run}"
    if digest != hashlib.sha256(body).hexdigest():
        yield "The events are not the ones that the statement of the first line was made about"


def _encoded(payload: bytes) -> bytes:
    """Give what is signed: DSSE's pre-authentication encoding."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _subject(name: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": hashlib.sha256(data).hexdigest()}}


def _keys(history: History, ring: KeyRing) -> Iterator[tuple[str, dict[str, str]]]:
    """Name the keys that signed it, as this configuration knows them."""
    for id in sorted({entry.key for entry in history.entries}):
        role, public = ring.keys[id]
        yield id, {"role": role, "public": base64.b64encode(public.public_bytes_raw()).decode()}


def _told(history: History) -> Mapping[str, JsonValue]:
    run = history.state
    if isinstance(run, NoRun):
        return {"outcome": "not planned", "reasons": list(run.refused.reasons)}
    if not isinstance(run, Run):
        return {}
    planned = run.planned
    return {
        "outcome": run.stage.outcome if isinstance(run.stage, Ended) else "open",
        "stands": headline(run),
        "playbook": planned.playbook,
        "cluster": planned.cluster,
        "requester": planned.requester,
        "reason": planned.reason,
        "plan_digest": planned.digest,
        "planned_at": planned.at.isoformat(),
        "started_at": _at(run.started_at),
        "ended_at": _at(run.ended_at),
        "approvals": [_given(each) for each in endorsements(history)],
        "steps": [
            {
                "says": step.says,
                "status": step.status,
                "started_at": _at(step.started_at),
                "ended_at": _at(step.ended_at),
            }
            for step in run.steps
        ],
    }


def _given(each: Endorsement) -> JsonValue:
    told: dict[str, JsonValue] = {
        "event": each.number,
        "by": each.by,
        "account": each.account,
        "at": each.at.isoformat(),
        "alone": each.alone,
        "proof": str(each.proof),
    }
    if each.order is not None:
        told["standing_order"] = each.order
    return {**told, "text": each.text, "signature": each.signature} if each.signature else told


def _at(moment: Moment | None) -> str | None:
    return None if moment is None else moment.isoformat()
