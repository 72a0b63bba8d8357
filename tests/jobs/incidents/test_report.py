"""The report says everything that happened, in Markdown that nothing foreign can break."""

import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.incidents.aftermath import left_to_do
from jobs.incidents.approvals import fingerprint
from jobs.incidents.report import Enclosed, file_name, write
from jobs.people import Button, Person
from jobs.runs.events import Answered, Approved, GlassBroken
from jobs.runs.proofs import ProofKind
from jobs.runs.state import Ended
from tests.bot.blocks.examples import PEOPLE, Journal, approved, longest, restore, stages
from tests.ssh import make_ssh_key

ENCLOSED = Enclosed(PEOPLE, ("2.7 RTO and RPO are recorded",), (1, 59), "ab" * 32)
HOSTILE = "<script>alert(1)</script> | [a](http://x) `rm` *b* _c_ # d \\ \n## Outcome: done"


def report(journal: Journal) -> str:
    return write(journal.run(), journal.events, ENCLOSED)


def ended() -> list[str]:
    return [name for name, each in stages().items() if isinstance(each.run().stage, Ended)]


def test_it_says_who_asked_why_and_who_approved_when() -> None:
    text = report(stages()["done"])
    assert "Alice, 2026-11-25 15:22:00 UTC" in text
    assert "every tenant of prod lost its DKIM keys after the 14:50 migration" in text
    assert "Bob at 15:23:35, Carol at 15:25:10" in text


def rows(text: str, heading: str) -> list[list[str]]:
    """The table below a heading, without its head."""
    below = text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    lines = [line for line in below.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_it_says_how_each_approval_was_given_and_by_which_key(tmp_path: Path) -> None:
    key = make_ssh_key(tmp_path, "carol")
    named = ("ssh-keygen", "-l", "-f", str(key.file))
    listed = subprocess.run(named, capture_output=True, text=True, check=True).stdout.split()[1]
    plan = restore()
    coded = Approved(
        at=plan.at + timedelta(minutes=9),
        press=Answered(id="p-9", by="dave", account="U0DAVE"),
        digest=plan.digest,
        proof=ProofKind.TOTP,
    )
    journal = Journal(plan.model_copy(update={"needs": 3})).approve("bob")
    signed = Approved(
        at=journal.later(95),
        press=Answered(id="p-8", by="carol", account="carol-unix"),
        digest=plan.digest,
        proof=ProofKind.SIGNATURE,
        signature=key.sign("a plan"),
    )
    journal.add(signed).add(coded)
    assert rows(report(journal), "Who approved") == [
        ["15:23:35", "Bob", "a click in Slack", "yes"],
        ["15:25:10", "Carol", f"signed with key {listed}, at a terminal", "yes"],
        ["15:31:00", "Dave", "a code of their authenticator, in Slack", "yes"],
    ]


def test_an_approval_that_was_withdrawn_stays_visible() -> None:
    gone = "their Slack account was deactivated"
    journal = Journal(restore()).approve("bob").withdraw("bob", gone).approve("bob", "carol")
    text = report(journal)
    assert rows(text, "Who approved") == [
        ["15:23:35", "Bob", "a click in Slack", f"withdrawn at 15:23:55: {gone}"],
        ["15:25:30", "Bob", "a click in Slack", "yes"],
        ["15:27:05", "Carol", "a click in Slack", "yes"],
    ]
    assert ["15:23:55", "Bob", f"approves the plan no longer: {gone}"] in rows(
        text, "Who decided what"
    )
    assert "Bob at 15:25:30, Carol at 15:27:05" in text


def test_it_tells_who_broke_the_glass_why_and_how_everyone_skipped_is_told() -> None:
    persons = (*PEOPLE.persons, Person(id="frank", name="Frank"))
    mailed = tuple(
        person.model_copy(update={"email": "dave@example.org"}) if person.id == "dave" else person
        for person in persons
    )
    enclosed = replace(ENCLOSED, people=PEOPLE.model_copy(update={"persons": mailed}))
    plan = restore().model_copy(update={"break_glass": True})
    journal = Journal(plan)
    broken = GlassBroken(
        at=journal.later(30),
        press=journal.press("bob"),
        digest=plan.digest,
        reason="the key is public",
        skipped=("carol", "dave", "frank"),
    )
    journal.add(broken)
    text = write(journal.do(len(plan.steps)).finish().run(), journal.events, enclosed)
    assert "Bob alone, by breaking the glass at 15:22:30" in text
    assert "Bob started this run alone at 15:22:30" in text
    assert "Reason: the key is public" in text
    assert rows(text, "Broken glass") == [
        ["Carol", "channel, direct message, no mail (no address)"],
        ["Dave", "channel, direct message, mail"],
        ["Frank", "channel, no direct message (no account), no mail (no address)"],
    ]
    assert rows(text, "Who approved") == [
        ["15:22:30", "Bob", "broke the glass: a click in Slack", "yes"]
    ]
    assert "dave@example.org" not in text
    assert "Broken glass" not in report(stages()["done"])


@pytest.mark.parametrize(
    "torn", ["", "no armour", "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n", "U1NIU0lHAAAAAQAAADM="]
)
def test_a_signature_that_cannot_be_read_has_no_known_key(torn: str) -> None:
    assert fingerprint(torn) == "unknown"


def test_it_names_every_step_with_its_start_and_its_time() -> None:
    text = report(stages()["done"])
    for step in restore().steps:
        row = next(line for line in text.splitlines() if f"| {step.says} " in line)
        assert re.search(r"\| \d\d:\d\d:\d\d +\| \d+ s", row)
    assert "was so already" in text


def test_it_measures_both_objectives_and_says_if_they_were_met() -> None:
    text = report(stages()["done"])
    assert "16 min 37 s of 6 h (4 %), met" in text
    assert "up to 13 h 25 min of writes lost, of 24 h (55 %), met" in text
    assert "12 min until somebody asked, 3 min 10 s until it was approved" in text


def test_it_tells_what_is_lost_and_left_to_do() -> None:
    text = report(stages()["done"])
    assert "- Lost: everything written after 2026-11-25 02:00 UTC" in text
    assert "Take a fresh backup with `/vault backup`" in text


def test_it_tells_failures_repeats_and_refused_presses() -> None:
    journal = (
        approved()
        .do(4)
        .start()
        .fail("The load broke", "nothing is known", "press Try again")
        .choose(Button.TRY_AGAIN)
        .start(again=True)
        .refuse("alice", "whoever asked for a run cannot approve it")
    )
    text = report(journal)
    assert "The load broke. It was true then: nothing is known. To do: press Try again" in text
    assert "begun once more, since an earlier attempt may have run" in text
    assert "begun, acted 2 times, failed once before" in text
    assert "pressed Approve, which did not count" in text


@pytest.mark.parametrize("stage", ended())
def test_every_end_leaves_something_to_do_or_says_that_nothing_is(stage: str) -> None:
    assert left_to_do(stages()[stage].run())


@pytest.mark.parametrize("stage", [name for name in ended() if name != "done"])
def test_no_end_but_done_meets_an_objective(stage: str) -> None:
    assert "this run recovered nothing" in report(stages()[stage])


def test_what_was_left_half_done_is_named() -> None:
    todo = left_to_do(stages()["left"].run())
    assert "This was done or begun, and stays: Cut clients off from prod" in todo
    assert "This was not done: Let clients back to prod" in todo


def test_it_holds_the_hash_that_its_journal_ends_with() -> None:
    assert "ab" * 32 in report(stages()["done"])
    assert "2.7 RTO and RPO are recorded" in report(stages()["done"])


def test_nothing_foreign_is_read_as_markdown() -> None:
    planned = restore().model_copy(update={"reason": HOSTILE, "tells": (HOSTILE,)})
    journal = Journal(planned).deny(HOSTILE)
    text = report(journal)
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "\n## Outcome" not in text
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert heads == [line for line in report(stages()["done"]).splitlines() if line[:1] == "#"]
    for row in (line for line in text.splitlines() if line.startswith("|")):
        assert len(re.findall(r"(?<!\\)\|", row)) in {3, 4, 5, 6}


def test_the_longest_run_makes_a_report_too() -> None:
    journal = Journal(longest(HOSTILE[:200]))
    assert len(report(journal)) > 10_000


def test_reports_sort_by_day() -> None:
    assert file_name(stages()["done"].run()) == "report-2026-11-25-r-k3x7m2qa.md"
