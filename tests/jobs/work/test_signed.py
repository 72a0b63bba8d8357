"""A destructive plan is approved by signatures over its own text, checked by the worker."""

from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from jobs.people import Button, Matter, Remit, Who
from jobs.records.keys import write_private
from jobs.records.signers import read_allowed_signers
from jobs.runs.events import GlassBroken, Refused, Withdrawn
from jobs.runs.proofs import ProofKind
from jobs.runs.requests import Press
from jobs.runs.state import AwaitsApproval, Running, Stopped
from jobs.runs.statement import glass_statement, statement
from jobs.work.drive import driving
from jobs.work.look import look
from jobs.work.workshop import Workshop, opened
from playbooks.core.danger import Danger
from tests.jobs.bench import PEOPLE, Place, now
from tests.jobs.work.hands import RUN
from tests.ssh import SshKey, make_ssh_key


@dataclass
class Desk:
    """One place in which approvals are signed."""

    place: Place
    keys: dict[str, SshKey]
    allowed: str
    break_glass: tuple[str, ...] = ()
    proof: ProofKind = ProofKind.SIGNATURE
    codes: dict[str, Path] = field(default_factory=dict)

    def shop(self, queue: str) -> Workshop:
        shop = self.place.workshop("act" if queue == "act" else "look")
        rules = shop.rules.model_copy(
            update={"proofs": dict.fromkeys(Danger, self.proof), "break_glass": self.break_glass}
        )
        return replace(
            shop,
            rules=rules,
            signers=read_allowed_signers(self.allowed, "a test"),
            codes=self.codes,
        )

    async def begin(self, **ask: Any) -> None:
        await self.place.ask(RUN, danger=Danger.DESTROYS, **ask)
        shop = self.shop("look")
        async with opened(shop) as records:
            asked = await records.inbox.asked(RUN)
            assert asked is not None
            await look(shop, records, asked)

    async def press(
        self, who: str, proof: str, button: Button = Button.APPROVE, **more: str
    ) -> None:
        await self.place.press(RUN, button, who, proof=proof, **more)

    async def drive(self) -> None:
        shop = self.shop("act")
        async with opened(shop) as records, driving(shop, records, RUN, lambda: False) as driver:
            assert driver is not None
            await driver.carry_on()

    async def text(self) -> str:
        return statement((await self.place.state(RUN)).planned).text()

    async def last_refusal(self) -> str:
        refused = (await self.place.state(RUN)).refusals[-1]
        assert isinstance(refused, Refused)
        return refused.why


@pytest.fixture
def desk(place: Place, tmp_path: Path) -> Desk:
    keys = {name: make_ssh_key(tmp_path, name) for name in ("bob", "carol", "dave", "alice")}
    return Desk(place, keys, "".join(key.allowed for key in keys.values()))


async def test_two_signatures_over_its_text_start_a_run(desk: Desk) -> None:
    await desk.begin()
    text = await desk.text()
    for name in ("bob", "carol"):
        await desk.press(name, desk.keys[name].sign(text))
    await desk.drive()
    assert desk.place.effects(RUN)


async def test_a_stolen_slack_session_or_a_forged_click_approves_nothing(desk: Desk) -> None:
    await desk.begin()
    for name in ("bob", "carol"):
        await desk.press(name, "")
    await desk.drive()
    assert desk.place.effects(RUN) == []
    assert "approved by a signature over its text" in await desk.last_refusal()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda text: text.replace("Cluster: toy", "Cluster: dev"), id="cluster"),
        pytest.param(lambda text: text.replace("Run: run-1", "Run: run-2"), id="run"),
        pytest.param(lambda text: text.replace("Asked by: alice", "Asked by: dave"), id="person"),
        pytest.param(lambda text: text[:-2] + "\n", id="one letter"),
        pytest.param(lambda text: text.split("Digest: ")[1].split()[0], id="the digest alone"),
    ],
)
async def test_a_signature_over_another_text_counts_for_nothing(
    desk: Desk, other: Callable[[str], str]
) -> None:
    await desk.begin()
    text = await desk.text()
    assert other(text) != text
    for name in ("bob", "carol"):
        await desk.press(name, desk.keys[name].sign(other(text)))
    await desk.drive()
    assert desk.place.effects(RUN) == []
    assert "not over the text of this plan" in await desk.last_refusal()


async def test_a_signature_by_somebody_else_counts_for_neither(desk: Desk) -> None:
    await desk.begin()
    signature = desk.keys["bob"].sign(await desk.text())
    await desk.press("bob", signature)
    await desk.press("carol", signature)
    await desk.drive()
    assert desk.place.effects(RUN) == []
    assert "the signature is by bob" in await desk.last_refusal()


async def test_whoever_asked_cannot_sign_it_either(desk: Desk) -> None:
    await desk.begin()
    await desk.press("alice", desk.keys["alice"].sign(await desk.text()))
    await desk.drive()
    assert "cannot approve it" in await desk.last_refusal()


async def test_a_key_that_is_taken_away_stops_the_run_at_the_next_step(desk: Desk) -> None:
    await desk.begin(waits=True)
    text = await desk.text()
    for name in ("bob", "carol"):
        await desk.press(name, desk.keys[name].sign(text))
    await desk.drive()
    assert isinstance((await desk.place.state(RUN)).stage, Running)
    desk.allowed = desk.allowed.replace(desk.keys["bob"].allowed, "")
    await desk.drive()
    stage = (await desk.place.state(RUN)).stage
    assert isinstance(stage, Stopped)
    assert "the signature of bob does not hold" in stage.happened


async def test_an_approval_that_is_withdrawn_is_missing_again(desk: Desk) -> None:
    await desk.begin()
    await desk.press("bob", desk.keys["bob"].sign(await desk.text()))
    await desk.drive()
    await desk.press("bob", "", Button.WITHDRAW)
    await desk.press("carol", desk.keys["carol"].sign(await desk.text()))
    await desk.drive()
    state = await desk.place.state(RUN)
    assert isinstance(state.stage, AwaitsApproval)
    assert [given.press.by for given in state.approvals] == ["carol"]
    assert desk.place.effects(RUN) == []


async def test_a_signature_falls_with_its_account_and_no_proof_is_needed_for_that(
    desk: Desk,
) -> None:
    await desk.begin()
    text = await desk.text()
    await desk.press("bob", desk.keys["bob"].sign(text))
    await desk.drive()
    planned = (await desk.place.state(RUN)).planned
    gone = Who(id="U0BOB", standing="deleted")
    await desk.place.put(
        Press(
            id="departed",
            run=RUN,
            button=Button.WITHDRAW,
            digest=planned.digest,
            who=gone,
            at=now(),
        )
    )
    await desk.press("carol", desk.keys["carol"].sign(text))
    await desk.drive()
    state = await desk.place.state(RUN)
    assert isinstance(state.stage, AwaitsApproval)
    assert [given.press.by for given in state.approvals] == ["carol"]
    assert desk.place.effects(RUN) == []
    events = (await desk.place.history(RUN)).events
    [fell] = [event for event in events if isinstance(event, Withdrawn)]
    assert fell.why == "their Slack account was deactivated"


async def test_one_person_breaks_the_glass_only_where_it_is_allowed(desk: Desk) -> None:
    await desk.begin()
    planned = (await desk.place.state(RUN)).planned
    text = glass_statement(planned, "because").text()
    cluster = {"confirms": planned.cluster}
    await desk.press("bob", desk.keys["bob"].sign(text), Button.BREAK_GLASS, **cluster)
    await desk.drive()
    assert desk.place.effects(RUN) == []
    assert "cannot be broken" in await desk.last_refusal()


async def test_whoever_breaks_the_glass_says_why_confirms_it_and_signs(desk: Desk) -> None:
    desk.break_glass = ("toy",)
    await desk.begin()
    planned = (await desk.place.state(RUN)).planned
    text = glass_statement(planned, "because").text()
    signature = desk.keys["bob"].sign(text)
    approval = desk.keys["bob"].sign(await desk.text())
    yes = planned.cluster
    wrong = ((signature, "", yes), (signature, "because", "dev"), (approval, "because", yes))
    for proof, reason, confirms in wrong:
        more = {"reason": reason, "confirms": confirms}
        await desk.press("bob", proof, Button.BREAK_GLASS, **more)
    await desk.drive()
    assert len((await desk.place.state(RUN)).refusals) == len(wrong)
    assert desk.place.effects(RUN) == []
    await desk.press("bob", signature, Button.BREAK_GLASS, confirms=yes)
    await desk.drive()
    broken = (await desk.place.state(RUN)).glass
    assert isinstance(broken, GlassBroken)
    assert set(broken.skipped) == {"carol"}
    assert desk.place.effects(RUN)


def test_a_remit_says_who_approves_what() -> None:
    only = Remit(approvers=("dave",), clusters=("prod",), dangers=(Danger.DESTROYS,))
    people = PEOPLE.model_copy(update={"remits": (only,)})
    for cluster, danger, who in (
        ("prod", Danger.DESTROYS, ("dave",)),
        ("prod", Danger.DISRUPTS, PEOPLE.approvers),
        ("dev", Danger.DESTROYS, PEOPLE.approvers),
    ):
        matter = Matter(requester="alice", cluster=cluster, danger=danger)
        assert people.approvers_of(matter) == who


async def test_a_code_counts_once_and_only_where_codes_are_enough(desk: Desk) -> None:
    secret = b"0123456789abcdefghij"
    for name in ("bob", "carol"):
        path = desk.place.folder / f"{name}.totp"
        write_private(path, b32encode(secret))
        desk.codes[name] = path
    desk.proof = ProofKind.TOTP
    await desk.begin()
    assert any("not bound" in tell for tell in (await desk.place.state(RUN)).planned.tells)
    totp = TOTP(secret, 6, SHA1(), 30)  # noqa: S303 -- as authenticators do
    code = totp.generate(int(now().timestamp())).decode()
    await desk.press("bob", "000000" if code != "000000" else "111111")
    await desk.press("bob", code)
    await desk.drive()
    state = await desk.place.state(RUN)
    assert [refused.wrong_code for refused in state.refusals] == [True]
    assert [given.proof for given in state.approvals] == [ProofKind.TOTP]
    assert all(code not in str(event) for event in (await desk.place.history(RUN)).events)
    await desk.press("bob", "", Button.WITHDRAW)
    await desk.press("bob", code)
    await desk.drive()
    assert "used already" in await desk.last_refusal()
    assert desk.place.effects(RUN) == []
