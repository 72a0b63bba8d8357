"""OpenBao wraps its answers in `data`, HashiCorp Vault does not; both are read alike."""

import base64
from collections.abc import Callable

import pytest

from playbooks.core.trouble import Trouble
from playbooks.custodian import rotation
from playbooks.custodian.desk import Desk
from playbooks.custodian.nodes import Node
from playbooks.custodian.reach import Answer
from playbooks.custodian.safety import must_not_lose_shares
from playbooks.custodian.share import fingerprint, is_of, read_share
from playbooks.steps.share_loss import loses_shares

Body = dict[str, object]
FIRST, SECOND = "ab12" * 10, "cd34" * 10

INIT: Body = {
    "started": True,
    "nonce": "n-1",
    "t": 3,
    "n": 5,
    "progress": 2,
    "required": 3,
    "pgp_fingerprints": [FIRST.upper(), SECOND],
    "backup": True,
    "verification_required": True,
    "verification_nonce": "v-1",
}


def wrapped(body: Body) -> Answer:
    """As OpenBao 2.7.2 answers."""
    return Answer(200, {"request_id": "r", "data": body, "auth": None})


def bare(body: Body) -> Answer:
    """As HashiCorp Vault 1.21.2 answers."""
    return Answer(200, body)


both = pytest.mark.parametrize("answer", [wrapped, bare])


@both
def test_the_status_of_a_rotation(answer: Callable[[Body], Answer]) -> None:
    assert rotation.status_of(answer(INIT)) == rotation.Status(
        started=True,
        nonce="n-1",
        given=2,
        required=3,
        shares=5,
        threshold=3,
        fingerprints=(FIRST, SECOND),
        must_be_proven=True,
        proof_nonce="v-1",
        keeps_messages=True,
    )
    assert not rotation.status_of(answer({"started": False, "n": 0, "t": 0, "required": 3})).started


@pytest.mark.parametrize(
    "word", ["../../../tmp/evil", "--output=x", "ab12", "g" * 40, f"{SECOND}\n"]
)
def test_a_word_that_is_no_fingerprint_stands_for_no_key(word: str) -> None:
    """Dropping it alone would hand each share after it to the wrong custodian."""
    status = rotation.status_of(bare({**INIT, "pgp_fingerprints": [word, SECOND]}))
    assert status.fingerprints == ()


@both
def test_the_proof_of_new_shares(answer: Callable[[Body], Answer]) -> None:
    told = {"started": True, "nonce": "v-1", "progress": 1, "t": 3, "n": 5}
    assert rotation.proof_of(answer(told)) == rotation.Proof("v-1", 1, 3)
    assert rotation.proof_of(answer({**told, "started": False, "nonce": ""})) is None


@both
def test_the_last_old_share_brings_every_new_one(answer: Callable[[Body], Answer]) -> None:
    keys = [base64.b64encode(text).decode() for text in (b"for ab12", b"for cd34")]
    taken = rotation.taken_of(answer({"complete": True, "keys_base64": keys}), ("ab12", "cd34"))
    assert taken.complete
    assert taken.messages == {"ab12": b"for ab12", "cd34": b"for cd34"}
    assert "for ab12" not in repr(taken)


def test_shares_in_clear_are_never_kept() -> None:
    """A rotation without PGP keys names no fingerprints, and answers the shares themselves."""
    taken = rotation.taken_of(bare({"complete": True, "keys_base64": ["c2hhcmU="]}), ())
    assert taken.messages == {}


@both
def test_the_copies_that_vault_keeps(answer: Callable[[Body], Answer]) -> None:
    kept = rotation.messages_of(
        answer({"nonce": "n-1", "keys": {FIRST.upper(): [b"one".hex()], "--x": []}})
    )
    assert kept == rotation.Messages("n-1", {FIRST: (b"one",)})
    assert rotation.messages_of(answer({"errors": []})) is None


@pytest.mark.parametrize(
    ("words", "before", "late"),
    [
        ("given key has already been provided during this rotation", True, False),
        ("given key has already been provided during this rekey operation", True, False),
        ("rotation already finished; verification must be performed", False, True),
        ("rekey operation already finished; verification must be performed", False, True),
        ("incorrect nonce supplied", False, False),
    ],
)
def test_refusals_that_are_no_fault(words: str, *, before: bool, late: bool) -> None:
    taken = rotation.Taken(refused=words)
    assert (taken.was_given_before, taken.came_late) == (before, late)


@pytest.mark.parametrize(
    "words", ["no rotation in progress", "no barrier rekey in progress", "no rekey in progress"]
)
def test_a_share_that_came_after_the_end_was_not_a_wrong_one(words: str) -> None:
    taken = rotation.Taken(refused=words)
    assert (taken.is_over, taken.was_given_before, taken.came_late) == (True, False, False)
    assert not rotation.Taken(refused="incorrect nonce supplied").is_over


@pytest.mark.parametrize(
    ("version", "loses"),
    [
        ("2.3.2", False),
        ("2.4.0", True),
        ("2.4.4", True),
        ("2.5.0-beta20260101", True),
        ("2.5.1", True),
        ("2.5.2", False),
        ("2.7.2", False),
        ("1.21.2", False),
    ],
)
def test_the_versions_that_lose_every_share(version: str, *, loses: bool) -> None:
    assert loses_shares(version) is loses


@pytest.mark.parametrize("version", ["2.4.0", "2.5.1"])
def test_no_share_goes_into_a_rotation_where_one_node_would_lose_all(version: str) -> None:
    """Whichever node: it may lead before the rotation is over."""
    seen = [Node("n1", "active", version="2.7.2"), Node("n2", "standby", version=version)]
    with pytest.raises(Trouble, match=f"n2 of prod runs version {version}") as caught:
        must_not_lose_shares("prod", seen, may_be_openbao=True)
    assert "your share was not given" in caught.value.left
    must_not_lose_shares("prod", seen[:1], may_be_openbao=True)
    must_not_lose_shares("prod", seen, may_be_openbao=False)


def test_a_share_is_read_as_hex_or_base64_and_never_quoted() -> None:
    raw = bytes(range(33))
    spaced = " ".join(raw.hex()[start : start + 8] for start in range(0, 66, 8))
    for text in (raw.hex(), raw.hex().upper(), spaced, base64.b64encode(raw).decode()):
        assert read_share(text).for_vault() == raw.hex()
    for text in ("", "hello", raw.hex()[:20], "zz" * 33):
        with pytest.raises(Trouble) as caught:
            read_share(text)
        assert not text or text not in str(caught.value)
    assert raw.hex() not in repr(read_share(raw.hex()))


def test_a_fingerprint_tells_one_share_and_is_new_each_time() -> None:
    share, other = read_share("ab" * 33), read_share("cd" * 33)
    made, again = (fingerprint(share, Desk().now(), "opened n1") for _ in range(2))
    assert (is_of(share, made), is_of(share, again), is_of(other, made)) == (True, True, False)
    assert made.digest != again.digest
