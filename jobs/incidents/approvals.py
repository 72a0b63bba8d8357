"""On whose word a run went, as its report tells it: how each was given, and if it still counts."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, assert_never

from jobs.incidents.markdown import inline, table
from jobs.people import People
from jobs.runs.events import Approved, Event, GlassBroken, Ordered, Withdrawn
from jobs.runs.proofs import ProofKind, armour_taken_off

_MAGIC: Final = b"SSHSIG"
_LENGTH: Final = 4  # Bytes of each number in an SSH signature, the first of which is its version.


def approvals(events: Sequence[Event], people: People) -> str:
    """List every word that was given, also those that were taken back."""
    rows = [
        row for place, event in enumerate(events) for row in _rows(event, place, events, people)
    ]
    return table(("When", "Who", "How", "Counts"), rows)


def _rows(
    event: Event, place: int, events: Sequence[Event], people: People
) -> Iterable[tuple[str, ...]]:
    match event:
        case Approved(press=press) | GlassBroken(press=press):
            at, who = f"{event.at:%H:%M:%S}", people.name_of(press.by)
            yield at, who, how_given(event, people), _what_became(press.by, events[place + 1 :])
        case Ordered(order=order, signatures=signatures):
            for signed in signatures:
                how = f"signed standing order {order} with key {fingerprint(signed.signature)}"
                yield f"{event.at:%H:%M:%S}", people.name_of(signed.by), how, "yes"
        case _:
            return


def how_given(event: Approved | GlassBroken, people: People) -> str:
    """Say what stands behind it, such as "signed with key SHA256:…, in Slack"."""
    in_slack = event.press.account in people.accounts(event.press.by)
    where = "in Slack" if in_slack else "at a terminal"
    alone = "broke the glass: " if isinstance(event, GlassBroken) else ""
    match event.proof:
        case ProofKind.SIGNATURE:
            return f"{alone}signed with key {fingerprint(event.signature)}, {where}"
        case ProofKind.TOTP:
            return f"{alone}a code of their authenticator, {where}"
        case ProofKind.CLICK:
            return f"{alone}a click {where}"
        case _:
            assert_never(event.proof)


def _what_became(person: str, later: Sequence[Event]) -> str:
    for event in later:
        if isinstance(event, Withdrawn) and event.press.by == person:
            return f"withdrawn at {event.at:%H:%M:%S}: {event.why}"
    return "yes"


def broken_glass(events: Sequence[Event], people: People) -> list[str]:
    """Tell who started a run alone, why, and how everybody who was skipped is told."""
    broken = next((event for event in events if isinstance(event, GlassBroken)), None)
    if broken is None:
        return []
    who = people.name_of(broken.press.by)
    says = (
        f"{inline(who)} started this run alone at {broken.at:%H:%M:%S}, without the approvals it"
        f" needs otherwise. Reason: {inline(broken.reason)}"
    )
    told = [(people.name_of(person), _how_told(person, people)) for person in broken.skipped]
    skipped = table(("Not asked", "Told by"), told) if told else "Everybody else had approved it."
    return ["## Broken glass", says, skipped]


def _how_told(person: str, people: People) -> str:
    known = people.named(person)
    direct = "direct message" if people.accounts(person) else "no direct message (no account)"
    mail = "mail" if known is not None and known.email else "no mail (no address)"
    return f"channel, {direct}, {mail}"


def fingerprint(armoured: str) -> str:
    """Name the key of an SSH signature as `ssh-keygen -l` does; "unknown" of what is none.

    Source: OpenSSH's PROTOCOL.sshsig. Whether it holds is for workers, before it is written down.
    """
    try:
        blob = base64.b64decode(armour_taken_off(armoured) or "", validate=True)
    except (binascii.Error, ValueError):
        return "unknown"
    start = len(_MAGIC) + 2 * _LENGTH
    length = int.from_bytes(blob[start - _LENGTH : start])
    key = blob[start : start + length]
    if not blob.startswith(_MAGIC) or not key or len(key) < length:
        return "unknown"
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode()
    return f"SHA256:{digest.rstrip('=')}"
