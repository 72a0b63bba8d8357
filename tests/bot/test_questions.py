"""Answers say how old they are, and what is too old is unknown, never green."""

from datetime import timedelta
from typing import Any, Final

import pytest

from bot.blocks.docs import TOPICS
from bot.blocks.help import ABOUT
from bot.blocks.message import Message
from bot.blocks.mrkdwn import BELOW
from bot.commands import USAGES, Question, Topic
from bot.questions import Knowledge, answer
from jobs.readiness.evidence import Attestation, ticks
from jobs.runs.state import Run
from jobs.runs.views import ClusterView
from playbooks.backups import rebuild_from_backup, restore_backup, take_backup
from playbooks.core.backup import Backup, SealScheme
from playbooks.core.trouble import Trouble
from playbooks.core.world.balancer import BalancerState
from playbooks.core.world.vault import NodeState
from tests.bot.blocks.examples import ASKED_AT, BACKUP, PEOPLE, stages
from tests.bot.blocks.slack_limits import faults_of_message
from tests.check.files import ROOT

NOW: Final = ASKED_AT + timedelta(minutes=20)
COPY: Final = BACKUP.model_copy(update={"name": "copy-20261124-100000", "kind": "copy"})
BOOKS: Final[dict[str, Any]] = {
    book.name: book
    for book in (take_backup.PLAYBOOK, restore_backup.PLAYBOOK, rebuild_from_backup.PLAYBOOK)
}
NODES: Final = (
    NodeState(node="n1", kind="active", version="2.7.2"),
    NodeState(node="n2", kind="standby", version="2.7.2"),
    NodeState(node="n3", kind="sealed", scheme=SealScheme(shares=5, threshold=3), shares_given=1),
)
GREEN: Final = (":large_green_circle:", ":white_check_mark:")


def view(cluster: str = "prod", **changes: object) -> ClusterView:
    seen = ClusterView(
        cluster=cluster,
        at=NOW - timedelta(seconds=4),
        nodes=NODES,
        balancer=BalancerState(address="https://127.0.0.1:8200", open=True, active="n1"),
        backups=(BACKUP, COPY),
    )
    return seen.model_copy(update=changes)


def ask(topic: Topic, about: str = "", *views: ClusterView, now: Any = NOW) -> Message:
    runs = tuple(
        _renamed(journal.run(), f"r-{place}") for place, journal in enumerate(stages().values())
    )
    words = [Attestation(id="a-1", item="2.1", note="in <the> safe", by="bob", at=ASKED_AT)]
    ticked = ticks(runs, words, now)
    knowledge = Knowledge(views or (view(),), runs, ticked, BOOKS, PEOPLE)
    message = answer(Question(topic=topic, about=about), knowledge, now)
    assert faults_of_message(message.text, message.blocks) == []
    return message


def _renamed(run: Run, id: str) -> Run:
    planned = run.planned.model_copy(update={"run": id})
    return Run(planned, run.stage, run.steps, started_at=run.started_at, ended_at=run.ended_at)


def text(message: Message) -> str:
    found = []
    for block in message.blocks:
        parts: Any = [block.get("text"), *_list(block.get("fields")), *_list(block.get("elements"))]
        found += [part["text"] for part in parts if part]
    return "\n".join(found)


def _list(value: Any) -> list[Any]:
    return list(value or [])


def test_status_says_what_each_node_the_balancer_and_the_newest_backup_are() -> None:
    said = text(ask("status"))
    assert "prod: serves, 2 of 3 nodes up" in said
    assert "`n3` sealed, 1 of 3 shares given" in said
    assert "Balancer: open, sends clients to `n1`" in said
    assert "`vault-snapshot-20261125-020000`, 13 h 42 min old" in said
    assert "seen 4 s ago" in said


def test_a_view_that_is_too_old_is_unknown_and_never_green() -> None:
    message = ask("status", now=NOW + timedelta(seconds=27))
    said = text(message)
    assert message.text == "prod: unknown since 15:41 UTC"
    assert "unknown since" in said
    assert not any(green in said for green in GREEN)
    fresh = text(ask("status", now=NOW + timedelta(seconds=26)))
    assert "unknown" not in fresh


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"nodes": ()}, "prod: no node is active"),
        ({"balancer": None}, "prod: n1 is active, the balancer is unknown"),
        (
            {"balancer": BalancerState(address="a", open=False, closed=True, active=None)},
            "prod: n1 is active, clients are cut off",
        ),
        (
            {"balancer": BalancerState(address="a", open=False, active="n1")},
            "prod: n1 is active, some nodes are still in maintenance",
        ),
        (
            {"balancer": BalancerState(address="a", open=True, active=None)},
            "prod: n1 is active, but clients reach nobody",
        ),
    ],
)
def test_status_never_calls_a_cluster_served_that_is_not(
    changes: dict[str, object], says: str
) -> None:
    assert ask("status", "", view().model_copy(update=changes)).text == says


def test_an_old_backup_is_not_green() -> None:
    old = BACKUP.model_copy(update={"taken_at": NOW - timedelta(hours=26)})
    said = text(ask("status", "", view(backups=(old,))))
    assert ":red_circle: Newest backup" in said
    assert "which is too old" in said


def test_a_copy_is_never_the_newest_backup() -> None:
    assert "Backups: there is none" in text(ask("status", "", view(backups=(COPY,))))


def test_what_could_not_be_asked_says_why() -> None:
    said = text(ask("status", "", view(backups=None, trouble=("The store is down",))))
    assert "Backups: unknown" in said
    assert "The store is down" in said


def test_backups_say_what_each_of_them_would_lose() -> None:
    said = text(ask("backups"))
    assert "loses *13 h 42 min* of writes · 4.6 MiB" in said
    assert "a copy that a restore kept" in said


def test_a_long_catalogue_says_how_much_of_it_is_left_out() -> None:
    many: tuple[Backup, ...] = tuple(
        BACKUP.model_copy(update={"name": f"vault-snapshot-{number:08}"}) for number in range(500)
    )
    said = text(ask("backups", "", view(backups=many)))
    assert "… and " in said
    assert "vault-snapshot-00000000" in said


def test_an_answer_about_one_of_many_clusters_needs_its_name() -> None:
    two = (view("prod"), view("staging"))
    assert "Backups of staging" in text(ask("backups", "staging", *two))
    for about in ("", "test"):
        with pytest.raises(Trouble, match="prod, staging"):
            ask("backups", about, *two)


def test_runs_are_listed_with_who_asked_and_where_they_stand() -> None:
    said = text(ask("runs"))
    assert "`r-0` Restore backup on prod: waits for approval, 0 of 2" in said
    assert "asked by <@U0ALICE>" in said


def test_a_run_is_shown_without_buttons() -> None:
    message = ask("run", "r-4")
    assert "STOPPED at step 5 of 11" in text(message)
    assert not any(block["type"] == "actions" for block in message.blocks)


def test_a_run_that_does_not_exist_is_said_so() -> None:
    with pytest.raises(Trouble, match="There is no run r-99; nothing was changed; pick one"):
        ask("run", "r-99")


def test_the_checklist_shows_its_score_and_each_phase() -> None:
    said = text(ask("checklist"))
    assert "Checklist: 2 of 59 items are proved" in said
    assert "2. *Restoration* · 2 of 7" in said


@pytest.mark.parametrize("about", ["2", "restoration", "Restor"])
def test_a_phase_is_found_by_its_number_or_its_name(about: str) -> None:
    said = text(ask("checklist", about))
    assert f"2.7 RTO and RPO are recorded*{BELOW}proved by run `r-13` on `prod`" in said
    assert "proved by <@U0BOB>'s word (“in &lt;the&gt; safe”)" in said
    assert "open: needs a finished run of rehearse restore" in said


def test_an_item_whose_proof_is_too_old_is_open_again() -> None:
    said = text(ask("checklist", "2", now=NOW + timedelta(days=200)))
    assert f":warning: *2.7 RTO and RPO are recorded*{BELOW}open again:" in said


def test_items_that_nothing_can_prove_yet_say_what_is_missing() -> None:
    said = text(ask("checklist", "1"))
    assert "no run is scheduled yet" in said
    assert "no backup has one yet" in said


@pytest.mark.parametrize("topic", ["checklist", "docs", "help"])
def test_an_unknown_topic_is_answered_with_those_there_are(topic: Topic) -> None:
    with pytest.raises(Trouble, match=r"name (one|a topic)"):
        ask(topic, "nonsense")


def test_help_shows_every_word_with_its_usage() -> None:
    said = text(ask("help"))
    for usage in USAGES.values():
        assert f"/vault {usage}".replace("<", "&lt;") in said
    for book in BOOKS.values():
        assert book.about in said


@pytest.mark.parametrize("word", [*USAGES, "backup", "restore", "buttons"])
def test_every_word_has_help_of_its_own(word: str) -> None:
    assert text(ask("help", word))


def test_every_question_is_explained() -> None:
    assert set(ABOUT) == set(USAGES)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_leads_somewhere(topic: str) -> None:
    assert TOPICS[topic].here or TOPICS[topic].links
    assert topic in text(ask("docs", topic)).casefold()


@pytest.mark.parametrize("topic", TOPICS)
def test_every_document_of_ours_is_there(topic: str) -> None:
    assert [path for path in TOPICS[topic].here if not (ROOT / path).exists()] == []


def test_nothing_is_known_before_the_first_look() -> None:
    knowledge = Knowledge((), (), (), BOOKS, PEOPLE)
    assert "No cluster" in answer(Question(topic="status"), knowledge, NOW).text
    assert "no run" in answer(Question(topic="runs"), knowledge, NOW).text
    with pytest.raises(Trouble, match="No cluster was looked at yet"):
        answer(Question(topic="backups"), knowledge, NOW)
