"""What people type, in the workspace and at a terminal, and what the whole product answers."""

import pytest

from tests.stories.demo import Demo, until
from tests.stories.people import shown

_NOBODYS_LOGIN = "belongs to no person of the configuration"


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("help", ("`/vault status [CLUSTER]`", "/vault restore [latest")),
        ("status", ("prod: serves, 3 of 3 nodes up", "Balancer: open", "Newest backup")),
        ("backups", ("Backups of prod", "vault-snapshot-", "of writes", "key generation 1")),
        ("runs", ("Take backup on prod: done",)),
        ("checklist", ("of 59 items are proved", "*Restoration*")),
        ("checklist 2", ("*2.7 ",)),
        ("docs", ("*restore*", "*unseal*")),
        ("docs restore", ("restore_backup.py", "openbao.org")),
        ("statsu", ("did you mean `/vault status`?", "nothing was changed")),
        ("restore some nonsense", ("does not say which backup", "nothing was changed")),
        ('restore before "yesterday"', ("is not a moment", "nothing was changed")),
        ("restore latest since 99:99", ("is not a time of the past", "nothing was changed")),
        ("run r-nothing2", ("r-nothing2",)),
        ("cancel r-nothing2", ("There is no run r-nothing2", "nothing was changed")),
    ],
)
def test_each_command_answers_whoever_typed_it(
    demo: Demo, words: str, parts: tuple[str, ...]
) -> None:
    # What is known of the world may be some seconds old, and says so.
    until(lambda: "3 of 3 nodes up" in demo.people.told("status"), 30, "a look at the cluster")
    seen = [demo.people.whispers(user) for user in ("U0ALICE", "U0ERIN")]
    answer = demo.people.told(words)
    for part in parts:
        assert part in answer
    assert len(demo.people.whispers("U0ALICE")) == len(seen[0]) + 1
    assert demo.people.whispers("U0ERIN") == seen[1]


def test_a_backup_is_taken_without_approval_and_enters_the_catalogue(demo: Demo) -> None:
    known = set(demo.world.state()["store"]["backups"])
    run = demo.people.ask("backup reason before the weekend")
    demo.journals.wait(run, "finished")
    name = demo.journals.state(run).planned.plan["name"]
    until(lambda: set(demo.world.state()["store"]["backups"]) - known, 5, "the object")
    until(lambda: f"`{name}`" in demo.people.told("backups"), 20, "the backup on the board")


def test_a_word_for_the_checklist_counts_once_a_worker_has_signed_it(demo: Demo) -> None:
    answer = demo.people.told("checklist attest 2.1 restored into staging today")
    assert "it counts once a worker has signed it" in answer
    item = until(lambda: _item(demo, "2.1", "alice"), 20, "the signed word")
    assert "restored into staging today" in item


def test_who_asks_elsewhere_is_shown_the_way_to_the_card(demo: Demo) -> None:
    before = len(demo.people.messages("C0GENERAL", user="U0BOB"))
    run = demo.people.ask("restore latest", channel="C0GENERAL")

    def told() -> str | None:
        said = demo.people.whispers("U0ALICE", "C0GENERAL")
        return next((each for each in said if f"`{run}`" in each and "/archives/" in each), None)

    link = until(told, 20, "the link")
    card = demo.people.card(run)
    assert card is not None
    assert f"/archives/C0INCIDENT/p{card['ts'].replace('.', '')}" in link
    assert len(demo.people.messages("C0GENERAL", user="U0BOB")) == before
    _end(demo, run)


def test_a_backup_before_a_moment_is_chosen_by_that_moment(demo: Demo) -> None:
    run = demo.people.ask('restore before "2020-01-01 00:00"')
    refused = demo.journals.wait(run, "plan refused")
    assert any("no backup before 2020-01-01 00:00 UTC" in each for each in refused["reasons"])
    run = demo.people.ask('restore before "2099-01-01 00:00" since 00:00 reason a long night')
    planned = demo.journals.wait(run, "planned")
    newest = demo.people.told("backups").split("`")[1]
    assert planned["plan"]["backup"]["name"] == newest
    assert planned["reason"] == "a long night"
    assert planned["clock_from"].endswith("00:00:00Z")
    _end(demo, run)


def test_a_terminal_answers_the_same_words(demo: Demo) -> None:
    told = demo.command("status")
    assert told.returncode == 0, told.stderr
    assert "prod: serves, 3 of 3 nodes up" in told.stdout
    wrong = demo.command("statsu")
    assert wrong.returncode == 1
    assert "did you mean" in wrong.stderr


def test_a_terminal_of_nobody_known_asks_for_no_restore_and_approves_nothing(demo: Demo) -> None:
    asked = demo.command("restore latest reason Slack is slow")
    assert asked.returncode == 1, asked.stderr
    assert _NOBODYS_LOGIN in asked.stdout
    run = asked.stdout.split("run ")[1].split(".")[0]
    for words in (f"approve {run}", "checklist attest 2.1 it works"):
        refused = demo.command(words)
        assert refused.returncode == 1
        assert refused.stderr.strip()
    assert demo.journals.kinds(run) == ["plan refused"]
    card = until(lambda: demo.people.card(run), 20, "the card")
    assert "terminal:" in shown(card)


def _item(demo: Demo, item: str, by: str) -> str | None:
    told = demo.people.told(f"checklist {item.split('.', maxsplit=1)[0]}")
    part = told.split(f"*{item} ")[-1].split("*")[0:2]
    words = "".join(part)
    return words if by in words.lower() else None


def _end(demo: Demo, run: str) -> None:
    """Bob denies what was asked only to look at it."""
    demo.journals.give_up(run)
    assert demo.journals.last(run)["kind"] == "cancelled"
