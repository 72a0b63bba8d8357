"""Who is on call, and the route to them, fit together or are left out together."""

from pathlib import Path

import pytest

from deploy.settings import checked, read_settings
from playbooks.core.trouble import Trouble
from tests.deploy.test_settings import EXAMPLE


def _written(tmp_path: Path, text: str) -> dict[str, str]:
    path = tmp_path / "vault-responder.toml"
    path.write_text(text, encoding="utf-8")
    return {"VAULT_RESPONDER_CONFIG": str(path)}


def test_the_example_writes_to_all_on_call() -> None:
    settings = read_settings({"VAULT_RESPONDER_CONFIG": str(EXAMPLE)})
    duty = settings.duty()
    assert duty is not None
    assert duty.on_call == ("bob", "carol")
    assert "mail" not in checked(settings)


def test_without_a_route_nothing_is_wrong_and_that_is_said(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    begins, ends = text.index("[mail]"), text.index("[journal]")
    settings = read_settings(_written(tmp_path, text[:begins] + text[ends:]))
    assert settings.duty() is None
    assert "No mail route is configured" in checked(settings)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('who = ["bob", "carol"]', 'who = ["mallory"]', "mallory is no person"),
        ('who = ["bob", "carol"]', 'who = ["alice"]', "alice has no email"),
        ("[on_call]\n", "[people.on_call]\n", "one is useless without the other"),
        ('from = "vault-responder@', 'from = "nobody at ', "mail.from"),
    ],
)
def test_what_keeps_a_letter_from_anyone_is_a_fault(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new)
    if "people.on_call" in new:
        changed = changed.replace('who = ["bob", "carol"]', 'name = "Olga"')
    with pytest.raises(Trouble) as caught:
        read_settings(_written(tmp_path, changed))
    assert fault in str(caught.value)
