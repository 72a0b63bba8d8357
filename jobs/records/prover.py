"""Finds out what came with a press: nothing, a code, or a signature over the plan's own text."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from jobs.people import People
from jobs.records.keys import read_private
from jobs.records.signers import AllowedSigners
from jobs.runs.proofs import NO_PROOF, Proof, ProofKind, is_code
from jobs.runs.requests import Press
from jobs.runs.state import Run
from jobs.runs.statement import to_be_signed
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment
from playbooks.core.world.objects import Objects

_STEP: Final = 30  # Seconds; RFC 6238, as authenticator apps use it.
_MOST_TRIES: Final = 5  # Wrong codes of one person within an hour, on all runs: others may guess.


@dataclass(frozen=True)
class Prover:
    """`codes` are files of base32 secrets, one a person; they never leave the worker."""

    signers: AllowedSigners
    codes: Mapping[str, Path]
    objects: Objects

    async def prove(self, run: Run, press: Press, people: People, at: Moment) -> Proof:
        """Say what a press brings along; what does not hold says why."""
        given = press.proof.strip()
        if not given:
            return NO_PROOF
        if is_code(given):
            return await self._code(press, people.person(press.who), at)
        text = to_be_signed(run, press.button, press.reason).text()
        signer = self.signers.signer(text, given, at)
        if signer is None:
            return Proof(
                why_not="this signature is not over the text of this plan as it stands, or by"
                " nobody whose key counts; copy the text again, sign it, and paste all of what"
                " the signing program prints"
            )
        return Proof(kind=ProofKind.SIGNATURE, person=signer, signature=given)

    async def _code(self, press: Press, person: str, at: Moment) -> Proof:
        path = self.codes.get(person)
        if path is None:
            return Proof(why_not="no authenticator is known for you")
        tries = f"codes/{person}/wrong/{at:%Y-%m-%d-%H}/"
        if len(await self.objects.list(tries)) >= _MOST_TRIES:
            return Proof(
                why_not=f"{_MOST_TRIES} wrong codes were given for you within this hour; let"
                " another approve"
            )
        counter = _counter_of(press.proof.strip(), _secret(path), at)
        if counter is None:
            await self.objects.create(f"{tries}{press.id}", b"wrong")
            return Proof(why_not="this code is wrong or too old", wrong_code=True)
        # The store remembers it for good, so a code that was seen in Slack counts for nothing.
        if not await self.objects.create(f"codes/{person}/{counter}", press.id.encode()):
            used = await self.objects.get(f"codes/{person}/{counter}")
            if used != press.id.encode():
                return Proof(why_not="this code was used already; wait for the next one")
        return Proof(kind=ProofKind.TOTP, person=person)


def _counter_of(code: str, secret: bytes, at: Moment) -> int | None:
    """Find the time step that a code belongs to: now, or one before or after for slow clocks."""
    totp = TOTP(secret, 6, SHA1(), _STEP, enforce_key_length=False)  # noqa: S303 -- RFC 6238's own, within an HMAC
    now = int(at.timestamp())
    for seconds in (now, now - _STEP, now + _STEP):
        try:
            totp.verify(code.encode(), seconds)
        except InvalidToken:
            continue
        return seconds // _STEP
    return None


def _secret(path: Path) -> bytes:
    text = "".join(read_private(path).decode("ascii", "replace").split()).upper()
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error as error:
        raise Trouble(
            f"{path} does not hold an authenticator's secret",
            left="no code counts",
            do="write the base32 text there that the authenticator was set up with",
        ) from error
