"""What runs by schedule, as the file says it: its faults, its worth, and the text to be signed."""

import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from deploy.books import all_playbooks
from deploy.compose import _trusted
from deploy.order_settings import known_orders
from deploy.settings import read_settings
from playbooks.core.danger import Danger
from playbooks.core.statement import read_statement
from playbooks.core.trouble import Trouble
from tests.check.files import ROOT
from tests.ssh import SshKey, make_ssh_key

EXAMPLE: Final = ROOT / "deploy" / "install" / "vault-responder.toml"
SOON: Final = datetime.now(UTC).date() + timedelta(days=100)


@dataclass
class House:
    """The installed file with its example order, and the keys of its approvers."""

    folder: Path
    keys: dict[str, SshKey]

    @property
    def file(self) -> Path:
        return self.folder / "vault-responder.toml"

    @property
    def signatures(self) -> Path:
        return self.folder / "nightly-backup.sig"

    def change(self, old: str, new: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        self.file.write_text(text.replace(old, new), encoding="utf-8")

    def says(self, *words: str) -> str:
        """Run the command; what it prints, faults included."""
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", *words],
            env={"VAULT_RESPONDER_CONFIG": str(self.file), "PATH": "/usr/bin:/bin"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout if done.returncode == 0 else done.stderr


@pytest.fixture
def house(tmp_path: Path) -> House:
    keys = {name: make_ssh_key(tmp_path, name) for name in ("bob", "carol", "dave")}
    signers = tmp_path / "allowed_signers"
    signers.write_text("".join(key.allowed for key in keys.values()), encoding="utf-8")
    text = EXAMPLE.read_text(encoding="utf-8")
    begins = text.index("# [standing_orders.")
    order = text[begins : text.index("\n\n", begins)]
    text = text.replace(order, re.sub(r"(?m)^# ", "", order))
    house = House(tmp_path, keys)
    house.file.write_text(text, encoding="utf-8")
    house.change("/etc/vault-responder/allowed_signers", str(signers))
    house.change("/etc/vault-responder/orders/nightly-backup.sig", str(house.signatures))
    house.change("until = 2027-03-31", f"until = {SOON}")
    return house


def test_the_example_is_an_order_once_it_is_put_in(house: House) -> None:
    settings = read_settings({"VAULT_RESPONDER_CONFIG": str(house.file)})
    [order] = known_orders(settings.standing_orders, all_playbooks())
    assert (order.playbook, order.cluster, order.in_charge) == ("take_backup", "prod", "alice")
    assert order.danger is Danger.READS
    assert order.run_on(date(2026, 11, 26)) == "order-nightly-backup-20261126"


def test_a_text_is_printed_signed_put_in_and_in_force(house: House) -> None:
    assert "NOT in force: 0 of 1 signatures count." in house.says("orders")
    text = house.says("orders", "text", "nightly-backup")
    statement = read_statement(text)
    for name, value in {
        "Standing order": "nightly-backup",
        "Cluster": "prod",
        "What": "Take backup on prod",
        "When": "every day at 02:00 UTC; later that day if it was missed",
        "In charge": "alice",
        "Approvals needed": "1, each by signature",
        "Last day": str(SOON),
    }.items():
        assert statement.fact(name) == value
    house.signatures.write_text(
        f"from bob\n{house.keys['bob'].sign(text)}\nfrom carol\n{house.keys['carol'].sign(text)}",
        encoding="utf-8",
    )
    in_force = f"in force until the end of {SOON}, signed by bob and carol."
    assert in_force in house.says("orders")
    assert in_force in house.says("check")
    house.change('reason = "A fresh backup every night"', 'reason = "A fresh backup"')
    assert "NOT in force: 0 of 1 signatures count (2 over another text" in house.says("orders")


def test_workers_and_lookers_read_orders_and_signatures_anew(house: House) -> None:
    environment = {"VAULT_RESPONDER_CONFIG": str(house.file)}
    books = all_playbooks()
    [order] = _trusted(read_settings(environment), books).rules.orders
    assert order.signatures == ()
    signature = house.keys["bob"].sign(order.statement(1).text())
    house.signatures.write_text(signature, encoding="utf-8")
    [order] = _trusted(read_settings(environment), books).rules.orders
    assert order.signatures == (signature,)


def test_a_file_without_orders_says_so(house: House) -> None:
    house.file.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    assert house.says("orders") == "No standing order is configured: nothing runs by schedule.\n"


FAULTS: Final = [
    ('cluster = "prod"\n', 'cluster = "dev"\n', "there is no cluster dev"),
    ('for = "alice"', 'for = "mallory"', "mallory is no person"),
    ('daily = "02:00"', 'daily = "2:00"', "standing_orders.nightly-backup.daily"),
    ('daily = "02:00"', 'daily = "24:00"', "standing_orders.nightly-backup.daily"),
    ('daily = "02:00"', 'weekly = "02:00"', "standing_orders.nightly-backup.daily"),
    (f"until = {SOON}", 'until = "soon"', "standing_orders.nightly-backup.until"),
    (f"until = {SOON}", "# none", "standing_orders.nightly-backup.until"),
    ('reason = "A fresh backup every night"', 'reason = ""', "nightly-backup.reason"),
    ('danger = "reads"', 'danger = "destroys"', "never runs by schedule"),
    ("arguments = {}", 'arguments = { cluster = "dev" }', "arguments.cluster: an order says it"),
    ("arguments = {}", 'arguments = { reason = "x" }', "arguments.reason: an order says it"),
    ("[standing_orders.nightly-backup]", f"[standing_orders.{'x' * 61}]", "standing_orders"),
]


@pytest.mark.parametrize(("old", "new", "fault"), FAULTS)
def test_a_fault_of_an_order_is_said_with_the_others(
    house: House, old: str, new: str, fault: str
) -> None:
    house.change(old, new)
    with pytest.raises(Trouble) as caught:
        read_settings({"VAULT_RESPONDER_CONFIG": str(house.file)})
    assert fault in str(caught.value)
    assert "cannot be used" in str(caught.value)


def test_an_order_that_too_few_could_sign_is_a_fault(house: House) -> None:
    house.change("reads = 0 ", "reads = 3 ")
    house.change('for = "alice"', 'for = "bob"')
    with pytest.raises(Trouble, match="3 must sign it besides bob, and 2 may"):
        read_settings({"VAULT_RESPONDER_CONFIG": str(house.file)})


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('playbook = "take_backup"', 'playbook = "take_a_nap"', "there is none named take_a_nap"),
        ("arguments = {}", "arguments = { speed = 9 }", "arguments.speed"),
    ],
)
def test_what_no_playbook_understands_is_a_fault(
    house: House, old: str, new: str, fault: str
) -> None:
    house.change(old, new)
    settings = read_settings({"VAULT_RESPONDER_CONFIG": str(house.file)})
    with pytest.raises(Trouble) as caught:
        known_orders(settings.standing_orders, all_playbooks())
    assert fault in str(caught.value)
    assert "standing_orders.nightly-backup" in str(caught.value)


def test_an_order_of_another_name_is_not_found(house: House) -> None:
    assert "There is no standing order hourly" in house.says("orders", "text", "hourly")


def test_the_page_shows_the_text_of_the_example(house: House) -> None:
    house.change(f"until = {SOON}", "until = 2027-03-31")
    page = (ROOT / "docs" / "standing-orders.md").read_text(encoding="utf-8")
    assert house.says("orders", "text", "nightly-backup") in textwrap.dedent(_block(page))


def _block(page: str) -> str:
    return page.split("   ```text\n", 1)[1].split("   ```", 1)[0]
