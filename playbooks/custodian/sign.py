"""`vault-responder sign`: shows an approver what they sign, on their own machine, and signs it.

It knows neither Slack nor Redis nor Vault, and works offline; OpenSSH makes the signature, so keys
in an agent and on FIDO2 tokens work as they do elsewhere.
"""

import argparse
import json
import os
import subprocess
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TextIO

from playbooks.core.statement import NAMESPACE, Statement, read_statement
from playbooks.core.trouble import Trouble

_KEYS: Final = ("id_ed25519_sk", "id_ecdsa_sk", "id_ed25519", "id_ecdsa", "id_rsa")
_CLIPBOARDS: Final = (("wl-paste",), ("xclip", "-o", "-selection", "clipboard"), ("pbpaste",))
_SOON: Final = timedelta(minutes=5)
_WIDTH: Final = 72  # Columns. A window that breaks a line would begin one with foreign words.
_RULE: Final = "=" * _WIDTH


def main(words: Sequence[str]) -> int:
    """Returns 0 once the signature is printed. Raises Trouble where nothing was signed."""
    asked = _parser().parse_args(words)
    statement = read_statement(_text(asked))
    signer = Signer(asked.key or _usual_key(), asked.memory, datetime.now(UTC))
    signature = signer.sign(statement, _ask)
    is_order = statement.kind == "standing order"
    if sys.stdout.isatty():
        where = "Save" if is_order else "Paste"
        print(f"\n{where} all of this, from the first line to the last:\n", file=sys.stderr)
    print(signature, end="", flush=True)
    return 0


@dataclass(frozen=True)
class Signer:
    """`memory` keeps the name of the cluster that was signed for last, and nothing else."""

    key: Path
    memory: Path
    now: datetime

    def sign(self, statement: Statement, ask: Callable[[str, str], str]) -> str:
        """Show it, ask, and sign: the armoured signature. Raises Trouble where it did not."""
        cluster = statement.fact("Cluster") or ""
        shown = "\n".join([_RULE, *_rows(statement), _RULE, *self.warnings(statement)])
        typed = ask(shown, f"To sign it, type the cluster's name ({cluster}): ")
        if not cluster or typed.strip() != cluster:
            raise Trouble("You did not confirm it", left="nothing was signed", do="run it again")
        signature = _signed(self.key, statement.text())
        self._remember(cluster)
        return signature

    def warnings(self, statement: Statement) -> list[str]:
        """Say what an approver might miss. Raises Trouble for a text that has expired."""
        expires, cluster = statement.expires_at(), statement.fact("Cluster")
        found = []
        is_order = statement.kind == "standing order"
        if expires is not None and self.now >= expires and is_order:
            raise Trouble(
                f"The last day of this standing order is over ({expires:%Y-%m-%d %H:%M} UTC)",
                left="nothing was signed",
                do="put a later `until` into its table, and sign the new text",
            )
        if expires is not None and self.now >= expires:
            raise Trouble(
                f"This text expired at {expires:%H:%M} UTC",
                left="nothing was signed",
                do="press Ask again on its card, and sign the new text",
            )
        if expires is not None and expires - self.now < _SOON:
            found.append(f"WARNING: it expires at {expires:%H:%M:%S} UTC, within 5 minutes.")
        last = self._last()
        if last is not None and last != cluster:
            found.append(f"WARNING: this is about {cluster}; last time you signed for {last}.")
        if expires is not None and is_order:
            found.append(
                f"WARNING: it runs every day until {expires:%Y-%m-%d %H:%M} UTC, and nobody is"
                " asked again."
            )
        if statement.kind == "break-glass":
            found.append("WARNING: nobody else is asked. Everybody who is skipped is told.")
        return found

    def _last(self) -> str | None:
        try:
            return str(json.loads(self.memory.read_text(encoding="utf-8"))["cluster"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _remember(self, cluster: str) -> None:
        try:
            self.memory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.memory.write_text(json.dumps({"cluster": cluster}), encoding="utf-8")
        except OSError as error:  # It is signed, which is what counts.
            warning = (
                f"WARNING: {self.memory} cannot be written ({error.strerror}), so the next time"
                " nothing says that you sign for another cluster; another file is named with"
                " --memory."
            )
            print(warning, file=sys.stderr)


def _rows(statement: Statement) -> list[str]:
    """Break long lines so that nothing but a line's own beginning stands where lines begin."""
    return [row for line in statement.text().splitlines() for row in _broken(line)]


def _broken(line: str) -> list[str]:
    is_wide = any(unicodedata.east_asian_width(letter) in "FW" for letter in line)
    width = _WIDTH // 2 if is_wide else _WIDTH  # Such letters are two columns wide.
    return textwrap.wrap(line, width, subsequent_indent=" " * 4, break_on_hyphens=False) or [""]


def _signed(key: Path, text: str) -> str:
    try:
        done = subprocess.run(
            ["ssh-keygen", "-Y", "sign", "-q", "-n", NAMESPACE, "-f", str(key)],
            input=text.encode(),
            stdout=subprocess.PIPE,  # Its own questions go to the terminal: passphrase, PIN, touch.
            check=False,
        )
    except FileNotFoundError as error:
        raise Trouble(
            "There is no ssh-keygen on this machine",
            left="nothing was signed",
            do="install OpenSSH's client",
        ) from error
    if done.returncode or not done.stdout:
        raise Trouble(
            f"ssh-keygen did not sign with {key}",
            left="nothing was signed",
            do="see what it said above; another key is named with --key",
        )
    return done.stdout.decode()


def _ask(shown: str, question: str) -> str:
    """Ask on the terminal itself: standard input may hold the text."""
    try:
        with Path("/dev/tty").open("r", encoding="utf-8") as answers, _tty() as screen:
            print(f"{shown}\n\n{question}", end="", file=screen, flush=True)
            return answers.readline()
    except OSError as error:
        raise Trouble(
            "There is no terminal to show the text on",
            left="nothing was signed",
            do="run it in a terminal: whoever signs must have read it",
        ) from error


def _tty() -> TextIO:
    return Path("/dev/tty").open("w", encoding="utf-8")


def _text(asked: argparse.Namespace) -> str:
    if asked.file is not None:
        try:
            return str(asked.file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise Trouble(
                f"{asked.file} cannot be read", left="nothing was signed", do="check its name"
            ) from error
    if asked.clipboard:
        return _clipboard()
    if sys.stdin.isatty():
        print("Paste the text to sign, then press Ctrl-D on a line of its own:", file=sys.stderr)
    return sys.stdin.read()


def _clipboard() -> str:
    for command in _CLIPBOARDS:
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError:
            continue
        if done.returncode == 0:
            return done.stdout.decode("utf-8", "replace")
    raise Trouble(
        "The clipboard cannot be read here",
        left="nothing was signed",
        do="save the text to a file and name it, or paste it without --clipboard",
    )


def _usual_key() -> Path:
    folder = Path.home() / ".ssh"
    found = next((folder / name for name in _KEYS if (folder / name).exists()), None)
    if found is None:
        raise Trouble(
            f"There is no SSH key in {folder}",
            left="nothing was signed",
            do="name yours with --key; the public half is enough where an agent holds it",
        )
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vault-responder sign",
        description="Shows the text of a plan, asks, signs it with your SSH key, and prints what to"
        " paste into the Approve dialog. It works offline.",
    )
    parser.add_argument(
        "file", type=Path, nargs="?", help="holds the text; without it, a pipe does"
    )
    parser.add_argument("--clipboard", action="store_true", help="take the text from there")
    parser.add_argument("--key", type=Path, metavar="FILE", help="your SSH key (~/.ssh/id_…)")
    parser.add_argument(
        "--memory",
        type=Path,
        metavar="FILE",
        default=_state_folder() / "last-signed.json",
        help="remembers which cluster you signed for last",
    )
    return parser


def _state_folder() -> Path:
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state else Path.home() / ".local" / "state") / "vault-responder"
