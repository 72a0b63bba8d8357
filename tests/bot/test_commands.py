"""What people type, in every shape that Slack and phones give it."""

import random
import unicodedata
from datetime import UTC, datetime
from typing import Final, get_args

import pytest

from bot.commands import (
    AskRun,
    Attest,
    CancelRun,
    OpenRestoreModal,
    Question,
    Wish,
    read_command,
    vocabulary,
)
from playbooks.backups import rebuild_from_backup, restore_backup, take_backup
from playbooks.core.trouble import Trouble

NOW: Final = datetime(2026, 11, 25, 3, 30, tzinfo=UTC)
WORDS: Final = vocabulary(
    [restore_backup.PLAYBOOK, rebuild_from_backup.PLAYBOOK, take_backup.PLAYBOOK]
)
NAME: Final = "vault-snapshot-20251126-020000"


def read(line: str) -> Wish:
    return read_command(line, WORDS, NOW)


def refused(line: str) -> str:
    with pytest.raises(Trouble) as caught:
        read(line)
    return str(caught.value)


def ask(line: str) -> dict[str, object]:
    wish = read(line)
    assert isinstance(wish, AskRun)
    return dict(wish.ask)


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("", Question(topic="help")),
        ("help restore", Question(topic="help", about="restore")),
        ("docs secret recovery", Question(topic="docs", about="secret recovery")),
        ("status", Question(topic="status")),
        ("STATUS", Question(topic="status")),
        ("status on prod", Question(topic="status", about="prod")),
        ("backups", Question(topic="backups")),
        ("backups prod", Question(topic="backups", about="prod")),
        ("runs", Question(topic="runs")),
        ("run r-abcd2345", Question(topic="run", about="r-abcd2345")),
        ("checklist", Question(topic="checklist")),
        ("checklist 2", Question(topic="checklist", about="2")),
        ("restore", OpenRestoreModal()),
        ("cancel r-abcd2345", CancelRun(run="r-abcd2345", reason="")),
        ("cancel r-abcd2345 wrong one", CancelRun(run="r-abcd2345", reason="wrong one")),
        ("cancel r-abcd2345 reason “wrong”", CancelRun(run="r-abcd2345", reason="wrong")),
        ("checklist attest 2.1 seen it", Attest(item="2.1", note="seen it")),
        ('checklist attest 2.1 "seen it"', Attest(item="2.1", note="seen it")),
        ("restore on prod", OpenRestoreModal(cluster="prod")),
    ],
)
def test_every_command_is_understood(line: str, wish: Wish) -> None:
    assert read(line) == wish


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("backup", {"cluster": None, "since": None, "reason": ""}),
        ("backup on prod reason before the upgrade", {"reason": "before the upgrade"}),
        ("restore latest", {"name": None, "before": None}),
        (f"restore {NAME}", {"name": NAME}),
        ('restore before "2026-11-25 02:00"', {"before": "2026-11-25T02:00:00Z"}),
        ("restore before “2026-11-25 02:00”", {"before": "2026-11-25T02:00:00Z"}),
        ("restore before 2026\u201311\u201325 02:00", {"before": "2026-11-25T02:00:00Z"}),
        ("restore since 02:40", {"since": "2026-11-25T02:40:00Z", "name": None}),
        ("restore latest since 03:31", {"since": "2026-11-24T03:31:00Z"}),
        ("restore latest since 2026-11-24 23:00", {"since": "2026-11-24T23:00:00Z"}),
        ('restore latest since "2026-11-24 23:00" on prod', {"cluster": "prod"}),
        ("restore latest reason since 02:40 on fire", {"reason": "since 02:40 on fire"}),
        ("restore latest Reason “the disk\u2019s gone” ", {"reason": "the disk's gone"}),
        ("restore latest reason a &lt;b&gt; &amp; c", {"reason": "a <b> & c"}),
    ],
)
def test_every_run_is_asked_for_in_its_own_shape(line: str, fields: dict[str, object]) -> None:
    assert ask(line).items() >= fields.items()


def test_only_ids_are_believed() -> None:
    said = ask("restore latest reason <@U0BOB|alice> in <#C0INCIDENT|general> said <!here> so")
    assert said["reason"] == "@U0BOB in #C0INCIDENT said @here so"


def test_a_link_that_slack_made_of_a_name_is_the_name() -> None:
    said = ask("restore <http://vault-backup.io|vault-backup.io> reason <https://a.b|c.d>")
    assert said["name"] == "vault-backup.io"
    assert said["reason"] == "https://a.b"


def test_invisible_letters_do_not_reach_a_plan() -> None:
    said = ask("restore latest reason a\u202eb\u200bc\x00d\ud800e\u2028f")
    assert said["reason"] == "abc de f"


def test_what_is_blank_by_another_name_is_written_out_of_a_reason() -> None:
    said = ask("restore latest reason Jose\u0301 lost it\u2800\u3164\u034fnow")
    assert said["reason"] == "Jos\xe9 lost it\\u2800\\u3164\\u034fnow"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("restroe latest", "`/vault restore`"),
        ("stauts", "`/vault status`"),
        ("quux", "see `/vault help`"),
        ("x" * 5000, "see `/vault help`"),
        ("restore yesterday please", "does not say which backup"),
        ("restore before noon", "is not a moment"),
        ("restore latest since 03:61", "is not a time of the past"),
        ('restore latest since "2026-11-25 03:31"', "is not a time of the past"),
        ('restore latest since "2026-13-01 00:00"', "is not a time of the past"),
        ("restore latest since", "`since` has nothing after it"),
        ("restore latest on", "`on` has nothing after it"),
        ("restore latest on pr/od", "cannot be the name of a cluster"),
        ("restore latest on prod on prod", "`on` is there twice"),
        ("restore latest reason", "`reason` has nothing after it"),
        ("restore latest reason " + "a" * 501, "has 501 letters"),
        ("backup now", "“now” means nothing here"),
        ("status a b", "“b” means nothing after `status`"),
        ("runs all", "“all” means nothing after `runs`"),
        ("run", "needs the id of one run"),
        ("run a/b", "needs the id of one run"),
        ("run a b", "needs the id of one run"),
        ("cancel", "needs the id of one run"),
        ("checklist attest", "needs an item and a note"),
        ("checklist attest 2.1", "needs an item and a note"),
        ("checklist attest all of it", "needs an item and a note"),
        ("checklist attest 9.9 seen", "has no item 9.9"),
        ("checklist attest 2.7 seen", "not by anyone's word"),
    ],
)
def test_wrong_words_get_one_sentence(line: str, says: str) -> None:
    sentence = refused(line)
    assert says in sentence
    assert "nothing was changed" in sentence
    assert "\n" not in sentence


def test_a_new_playbook_brings_its_word_by_itself() -> None:
    with pytest.raises(Trouble):
        read_command("backup", {}, NOW)
    assert isinstance(read("backup"), AskRun)


def _line(chance: random.Random) -> str:
    known = [
        *WORDS,
        *("help", "status", "backups", "runs", "run", "cancel", "checklist", "attest", "docs"),
        *("on", "since", "reason", "latest", "before", "prod", "02:40", "2026-11-25", "2.1"),
        *("r-abcd2345", '"', "\u201c", "\u201d", "\u2014", "<@U1|x>", "<#", "<!", "&lt;", "\u0660"),
    ]
    parts = []
    for _ in range(chance.randrange(8)):
        if chance.random() < 0.6:
            parts.append(chance.choice(known))
        else:
            letters = (chr(chance.randrange(0x11_0000)) for _ in range(chance.randrange(6)))
            parts.append("".join(letters))
    return chance.choice(["", " "]).join(parts) if chance.random() < 0.1 else " ".join(parts)


def test_ten_thousand_random_lines_end_in_a_wish_or_a_trouble() -> None:
    chance = random.Random(20261125)
    wishes = 0
    for _ in range(10_000):
        line = _line(chance)
        try:
            wish = read(line)
        except Trouble:
            continue
        wishes += 1
        assert isinstance(wish, get_args(Wish))
        text = wish.model_dump_json()
        assert not any(unicodedata.category(letter) == "Cc" for letter in text)
    assert wishes > 500
