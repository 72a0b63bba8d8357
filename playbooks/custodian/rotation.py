"""The calls of a rotation: OpenBao's `sys/rotate/root`, and `sys/rekey` of HashiCorp Vault."""

import base64
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from playbooks.core.trouble import Trouble
from playbooks.custodian.reach import Answer, Reach, changes, reads
from playbooks.custodian.share import Share
from playbooks.systems.vault.calls import Call

_OPENBAO: Final = "sys/rotate/root"
_HASHICORP: Final = "sys/rekey"
# Of a PGP key. It names files here, and is an argument of gpg: nothing else may stand for one.
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Status:
    """`required` old shares are given first; then there is a proof nonce, and `threshold` new ones
    are proven.
    """

    started: bool
    nonce: str = ""
    given: int = 0
    required: int = 0
    shares: int = 0
    threshold: int = 0
    fingerprints: tuple[str, ...] = ()
    must_be_proven: bool = False
    proof_nonce: str = ""
    keeps_messages: bool = False  # Vault keeps the new shares, encrypted, until told to forget.


@dataclass(frozen=True)
class Proof:
    nonce: str
    proven: int
    required: int


@dataclass(frozen=True)
class Taken:
    """What Vault said to a share. `messages` holds every new share, each for its own PGP key."""

    refused: str = ""  # Vault's own words.
    complete: bool = False
    messages: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def was_given_before(self) -> bool:
        return "already been provided" in self.refused

    @property
    def came_late(self) -> bool:
        return "already finished" in self.refused

    @property
    def is_over(self) -> bool:
        return re.search(r"no (\w+ )?(rotation|rekey) in progress", self.refused) is not None


@dataclass(frozen=True)
class Messages:
    """The new shares as Vault keeps them, by the fingerprint of the key each is for."""

    nonce: str
    by_fingerprint: dict[str, tuple[bytes, ...]] = field(repr=False)


@dataclass(frozen=True)
class RotationApi:
    """On the active node alone: a standby knows of no rotation."""

    reach: Reach
    node: str
    prefix: str
    role: str | None  # None: this server asks for no login.

    @property
    def may_be_openbao(self) -> bool:
        """With a login OpenBao's paths were asked first."""
        return self.prefix == _OPENBAO or self.role is None

    def status(self) -> Status:
        answer = self._read("init")
        self._must_be_ok(answer, "init")
        return status_of(answer)

    def proof(self) -> Proof | None:
        """None: no new share is waiting for its proof."""
        answer = self._read("verify")
        return proof_of(answer) if answer.ok else None

    def start(self, shares: int, threshold: int, keys: list[str]) -> Status:
        """Start one that Vault keeps no copy of the new shares of, so that nobody can end it."""
        body: dict[str, object] = {
            "secret_shares": shares,
            "secret_threshold": threshold,
            "require_verification": True,
            "backup": False,
            "pgp_keys": keys,
        }
        answer = self._change("init", body)
        self._must_be_ok(answer, "init")
        return status_of(answer)

    def cancel(self, nonce: str) -> None:
        """HashiCorp Vault lets nobody cancel who does not know the nonce."""
        body: dict[str, object] | None = {"nonce": nonce} if self.prefix == _HASHICORP else None
        self._must_be_ok(self._change("init", body, method="delete"), "init")

    def give(self, share: Share, nonce: str, fingerprints: tuple[str, ...]) -> Taken:
        body: dict[str, object] = {"key": share.for_vault(), "nonce": nonce}
        return self._taken("update", self._change("update", body), fingerprints)

    def prove(self, share: Share, nonce: str) -> Taken:
        body: dict[str, object] = {"key": share.for_vault(), "nonce": nonce}
        return self._taken("verify", self._change("verify", body), ())

    def messages(self) -> Messages | None:
        """None: Vault keeps none, or does not show them to this login."""
        if self.role is None:
            return None
        answer = self._read("backup")
        return messages_of(answer) if answer.ok else None

    def _read(self, what: str) -> Answer:
        return self._ask(reads(f"{self.prefix}/{what}"))

    def _change(self, what: str, body: dict[str, object] | None, *, method: str = "put") -> Answer:
        return self._ask(changes(method, f"{self.prefix}/{what}", body))

    def _ask(self, call: Call) -> Answer:
        if self.role is None:
            return self.reach.ask(self.node, call)
        return self.reach.ask_as(self.role, self.node, call)

    def _taken(self, what: str, answer: Answer, fingerprints: tuple[str, ...]) -> Taken:
        if answer.status == HTTPStatus.BAD_REQUEST:
            return Taken(refused=answer.words or "HTTP 400")
        self._must_be_ok(answer, what)
        return taken_of(answer, fingerprints)

    def _must_be_ok(self, answer: Answer, what: str) -> None:
        if not answer.ok:
            raise Trouble(
                f"{self.node} of {self.reach.cluster} refused {self.prefix}/{what}"
                f" (HTTP {answer.status})",
                left="your share was not given by this call",
                do=f"compare the policy of role {self.role} with the one this project installs"
                if answer.status == HTTPStatus.FORBIDDEN
                else "see the log of that node, then run it again",
            )


def find_api(reach: Reach, node: str, role: str) -> RotationApi:
    """Choose by what answers. With a login OpenBao's paths are asked first: they need one."""
    if reach.can_log_in:
        answer = reach.ask_as(role, node, reads(f"{_OPENBAO}/init"))
        if answer.status != HTTPStatus.NOT_FOUND:
            return RotationApi(reach, node, _OPENBAO, role)
        return RotationApi(reach, node, _HASHICORP, role)
    answer = reach.ask(node, reads(f"{_HASHICORP}/init"))
    if answer.ok:
        return RotationApi(reach, node, _HASHICORP, None)
    raise Trouble(
        f"{reach.cluster} rotates shares only for who logs in, and no login key is named here",
        left="your share was not given",
        do="put `login_key_file` into the file that --config names",
    )


def status_of(answer: Answer) -> Status:
    told = answer.inner
    return Status(
        started=told.get("started") is True,
        nonce=_text(told, "nonce"),
        given=_count(told, "progress"),
        required=_count(told, "required"),
        shares=_count(told, "n"),
        threshold=_count(told, "t"),
        fingerprints=_fingerprints(told.get("pgp_fingerprints")),
        must_be_proven=told.get("verification_required") is True,
        proof_nonce=_text(told, "verification_nonce"),
        keeps_messages=told.get("backup") is True,
    )


def proof_of(answer: Answer) -> Proof | None:
    told = answer.inner
    if told.get("started") is not True:
        return None
    return Proof(_text(told, "nonce"), _count(told, "progress"), _count(told, "t"))


def taken_of(answer: Answer, fingerprints: tuple[str, ...]) -> Taken:
    told = answer.inner
    keys = told.get("keys_base64")
    messages = [base64.b64decode(str(key)) for key in keys] if isinstance(keys, list) else []
    return Taken(
        complete=told.get("complete") is True,
        messages=dict(zip(fingerprints, messages, strict=False)),
    )


def messages_of(answer: Answer) -> Messages | None:
    told = answer.inner
    keys = told.get("keys")
    if not isinstance(keys, dict):
        return None
    by_fingerprint = {
        str(key).lower(): tuple(bytes.fromhex(str(each)) for each in messages)
        for key, messages in keys.items()
        if isinstance(messages, list) and _FINGERPRINT.fullmatch(str(key).lower())
    }
    return Messages(_text(told, "nonce"), by_fingerprint)


def _fingerprints(told: object) -> tuple[str, ...]:
    """All or none: new shares go to them by their place in the list."""
    each = [str(one).lower() for one in told] if isinstance(told, list) else []
    return tuple(each) if all(map(_FINGERPRINT.fullmatch, each)) else ()


def _text(told: dict[str, object], key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""


def _count(told: dict[str, object], key: str) -> int:
    value = told.get(key)
    return value if isinstance(value, int) and value >= 0 else 0
