"""The configuration is read whole, and every fault of it is said at once."""

from pathlib import Path
from typing import Final

import pytest

from deploy.settings import read_settings, variable
from jobs.people import Who
from playbooks.core.trouble import Trouble

EXAMPLE: Final = Path("deploy/install/vault-responder.toml")


def _with(tmp_path: Path, *changes: tuple[str, str]) -> dict[str, str]:
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = tmp_path / "vault-responder.toml"
    path.write_text(text, encoding="utf-8")
    return {"VAULT_RESPONDER_CONFIG": str(path)}


def test_the_example_has_no_faults() -> None:
    settings = read_settings({"VAULT_RESPONDER_CONFIG": str(EXAMPLE)})
    assert settings.known_people().approvers == ("bob", "carol", "dave")


def test_a_login_leads_to_its_person() -> None:
    people = read_settings({"VAULT_RESPONDER_CONFIG": str(EXAMPLE)}).known_people()
    assert people.person(Who(id="bob", standing="terminal")) == "bob"
    assert people.person(Who(id="nobody", standing="terminal")) == "terminal:nobody"


def test_an_empty_approver_list_starts_nothing(tmp_path: Path) -> None:
    changed = _with(tmp_path, ('approvers = ["bob", "carol", "dave"]', "approvers = []"))
    with pytest.raises(Trouble, match=r"approval\.approvers"):
        read_settings(changed)


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    changed = _with(
        tmp_path,
        ('team = "T0123456789"', 'team = "nonsense"'),
        ('driver = "haproxy"', 'driver = "abacus"'),
        ("[bot]\n", "[bot]\nsecret = 1\n"),
    )
    with pytest.raises(Trouble) as caught:
        read_settings(changed)
    for where in ("slack.team", "clusters.prod.balancer", "bot.secret"):
        assert where in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("destroys = 2", "destroys = 9", "fewer approvers"),
        ("destroys = 2", "destroys = 0", "one person throw data away"),
        ('approvers = ["bob",', 'approvers = ["mallory",', "mallory is no person"),
        ('slack = ["U0123456781"]', "slack = []", "bob has no Slack id"),
        ('slack = ["U0123456781"]', 'slack = ["U0123456780"]', "belongs to alice already"),
        ('logins = ["bob"]', 'logins = ["alice"]', "people.bob.logins: alice belongs to alice"),
        ('email = "', 'totp_file = "t"\nemail = "', "people.carol.totp_file: t belongs to bob"),
        ('custodians = ["erin",', 'custodians = ["nobody",', "nobody is no person"),
        ('"{action}"]', '"go"]', "{action}"),
    ],
)
def test_what_only_shows_between_two_parts_is_a_fault_too(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    with pytest.raises(Trouble) as caught:
        read_settings(_with(tmp_path, (old, new)))
    assert fault in str(caught.value)


def test_a_missing_or_broken_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="cannot be read"):
        read_settings({"VAULT_RESPONDER_CONFIG": str(tmp_path / "absent.toml")})
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"\xff\xfe = [")
    with pytest.raises(Trouble, match="is not TOML"):
        read_settings({"VAULT_RESPONDER_CONFIG": str(broken)})


def test_a_variable_can_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("xoxb-1\n", encoding="utf-8")
    assert variable({"SLACK_BOT_TOKEN_FILE": str(path)}, "SLACK_BOT_TOKEN") == "xoxb-1"
    assert variable({"SLACK_BOT_TOKEN": "xoxb-2"}, "SLACK_BOT_TOKEN") == "xoxb-2"
    with pytest.raises(Trouble, match="SLACK_BOT_TOKEN is not set"):
        variable({}, "SLACK_BOT_TOKEN")
