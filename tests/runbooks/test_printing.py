"""`vault-responder runbook` needs no Slack, no Redis, no Vault, and no store that answers."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from deploy.books import all_playbooks
from tests.check.files import ROOT
from tests.runbooks.following import sections

CONFIG: Final = ROOT / "deploy" / "install" / "vault-responder.toml"
NAMES: Final = sorted(all_playbooks())


def runbook(
    *words: str, config: Path | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", "runbook", *words],
        env={"PYTHONPATH": str(ROOT)} | ({"VAULT_RESPONDER_CONFIG": str(config)} if config else {}),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_page_is_printed_where_there_is_no_configuration(tmp_path: Path) -> None:
    done = runbook("seal", cwd=tmp_path)
    assert done.stdout == (ROOT / "tests" / "runbooks" / "seal.md").read_text(encoding="utf-8")


def test_without_a_name_it_says_which_there_are() -> None:
    done = runbook()
    assert done.returncode == 1
    assert all(name in done.stderr for name in NAMES)


def test_a_cluster_that_is_not_configured_is_refused() -> None:
    done = runbook("seal", "--cluster", "nowhere", config=CONFIG)
    assert done.returncode == 1
    assert "There is no cluster nowhere" in done.stderr


def test_the_names_of_the_configuration_are_filled_in_though_nothing_answers() -> None:
    page = runbook("restore_backup", "--cluster", "prod", config=CONFIG).stdout
    for filled in (
        "NODES='n1 n2 n3'",
        "n2) echo https://vault-2.example.net:8200 ;;",
        "export VAULT_CACERT=/etc/vault-responder/vault-ca.pem",
        'ssh -oBatchMode=yes "$1.example.net" sudo /usr/local/sbin/vault-node "$2" </dev/null',
        '\' /run/haproxy/admin.sock "$1"',
        "Opened by: custodians: Erin Egg, Frank Ford, Grace Gold",
        "the store named none when this was printed",
        "## 3. Cut clients off from prod",
    ):
        assert filled in page, filled
    assert "ADDRESS" not in page


def test_no_phone_number_is_on_paper_that_lies_around() -> None:
    for words in (("unseal", "--cluster", "prod"), ("unseal", "--cluster", "prod", "--html")):
        assert "+49" not in runbook(*words, config=CONFIG).stdout


def test_paper_is_one_page_of_html() -> None:
    page = runbook("seal", "--cluster", "prod", "--html", config=CONFIG).stdout
    assert page.startswith("<!doctype html>")
    assert "<title>seal: prod</title>" in page
    assert page.endswith("</html>\n")


@pytest.mark.parametrize("name", NAMES)
def test_a_plain_shell_understands_every_block(name: str) -> None:
    page = runbook(name, "--cluster", "prod", config=CONFIG).stdout
    text = "\n".join(block for section in sections(page) for _, block in section.blocks)
    checked = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False)
    assert checked.stderr == ""
