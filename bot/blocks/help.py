"""What can be typed, and what each button does and for whom."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.blocks.lists import listed
from bot.blocks.message import Message
from bot.blocks.mrkdwn import BELOW, bold, code, sentence
from jobs.people import RIGHTS, Button, Role

ABOUT: Final[Mapping[str, str]] = {
    "status": "How each cluster, its balancer and its newest backup are, with their age",
    "backups": "What can be restored, and what each backup would lose",
    "runs": "The last runs, newest first",
    "run": "One run as its card shows it",
    "cancel": "Stop a run: before its start, or between two of its steps",
    "checklist": "The 59 items of the implementation checklist, and what proves each",
    "docs": "Where to read further, by topic",
    "help": "This list, or more on one word of it, or on `buttons`",
}
EXAMPLES: Final[Mapping[str, Sequence[str]]] = {
    "backup": ("/vault backup", "/vault backup reason before the upgrade"),
    "restore": (
        "/vault restore",
        "/vault restore latest since 02:40 reason both disks are gone",
        "/vault restore vault-snapshot-20261125-020000",
        '/vault restore before "2026-11-25 02:00"',
    ),
    "cancel": ("/vault cancel r-k3x7m2qa wrong cluster",),
    "checklist": ("/vault checklist 2", "/vault checklist attest 2.1 NOTE"),
    "docs": ("/vault docs restore",),
    "run": ("/vault run r-k3x7m2qa",),
}
_DOES: Final[Mapping[Button, str]] = {
    Button.APPROVE: "opens the whole plan; the run starts once enough people approved it",
    Button.DENY: "ends the run before anything is changed, with a reason",
    Button.CANCEL: "ends it before the start; later it stands still after the step in hand",
    Button.TRY_AGAIN: "goes on with the step that failed",
    Button.UNDO: "takes back what was changed, the last step first",
    Button.LEAVE: "ends the run and leaves everything as it is",
    Button.WITHDRAW: "takes back your own approval, while the run has not ended",
    Button.BREAK_GLASS: "starts a containing run on your word alone; everyone skipped is told",
    Button.ASK_AGAIN: "asks for a fresh look; its plan needs approvals of its own",
}
_ROLES: Final[Mapping[Role, str]] = {
    "requester": "whoever asked",
    "approver": "approvers",
    "member": "every member",
}


def overview(spoken: Mapping[str, Sequence[str]], usages: Mapping[str, str]) -> Message:
    """List every command; `spoken` has what the playbooks of each word say they do."""
    lines = [f"{_command(usages[word])}{BELOW}{_joined(spoken[word])}" for word in spoken]
    lines += [
        f"{_command(usage)}{BELOW}{sentence(ABOUT[word])}"
        for word, usage in usages.items()
        if word in ABOUT
    ]
    hints = (
        "More on one of them: `/vault help restore`",
        "Who may press what: `/vault help buttons`",
    )
    return listed("What you can type", lines, *hints)


def of_word(word: str, usage: str, about: Sequence[str]) -> Message:
    """Explain one word, with examples that can be copied."""
    lines = [_command(usage), *(sentence(each) for each in about)]
    examples = EXAMPLES.get(word, ())
    if examples:
        lines += [bold("For example"), *(code(example) for example in examples)]
    return listed(f"/vault {word}", lines)


def of_buttons() -> Message:
    """Show the one table of who may press what."""
    lines = [f"{bold(button.value)} · {_who(button)}{BELOW}{_DOES[button]}" for button in RIGHTS]
    notes = (
        "Nobody approves what they asked for, and one person counts once",
        "Guests, apps and people of other organisations press nothing",
    )
    return listed("Who may press what", lines, *notes)


def _who(button: Button) -> str:
    roles = [words for role, words in _ROLES.items() if role in RIGHTS[button]]
    return " and ".join(roles)


def _command(usage: str) -> str:
    return code(f"/vault {usage}".rstrip())


def _joined(about: Sequence[str]) -> str:
    """Where several playbooks share a word, the look decides which one it is."""
    said = [sentence(each) for each in about]
    return said[0] if len(said) == 1 else BELOW.join(f"• {each}" for each in said)
