"""The text that an approver reads and signs: canonical, so that one plan has one text. Pure.

Workers write it from their own record, the program on an approver's machine reads it, and neither
believes a text that is not, letter for letter, what this file makes of its fields.
"""

import re
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from playbooks.core.foreign import one_line
from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Moment

NAMESPACE: Final = "vault-responder"  # Of SSH signatures; another namespace counts for nothing.

Kind: TypeAlias = Literal["approval", "break-glass", "press", "standing order"]

_OPENING: Final[dict[Kind, str]] = {
    "approval": "I approve this one run, exactly as it stands here.",
    "break-glass": "I break the glass: this one run starts on my word alone.",
    "press": "I press this button on this one run, as it stands now.",
    "standing order": "I approve that this runs by schedule, exactly as it stands here.",
}
_HEAD: Final = re.compile(
    r"^vault-responder (approval|break-glass|press|standing order), version 1$"
)
_FIELD: Final = re.compile(r"^([A-Z][A-Za-z ]*): (.+)$")
_PART: Final = re.compile(r"^([A-Z][A-Za-z ]*):$")
_END: Final = "End of the text to sign."
_EXPIRES: Final = "Expires"
_TIME: Final = "%Y-%m-%d %H:%M:%S UTC"
_LONGEST: Final = 20_000  # Letters of a text that anybody would read.


class Statement(Frozen):
    """`facts` are single lines in order, `parts` are lists under a heading."""

    kind: Kind
    facts: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def text(self) -> str:
        """Write it down; the same statement always gives the same text, ended by one newline."""
        lines = [f"vault-responder {self.kind}, version 1", _OPENING[self.kind], ""]
        lines += [f"{name}: {one_line(value)}" for name, value in self.facts]
        for name, entries in self.parts:
            lines += ["", f"{name}:", *(f"- {one_line(entry)}" for entry in entries)]
        return "\n".join([*lines, "", _END]) + "\n"

    def fact(self, name: str) -> str | None:
        """Find one line by its name; None where the text has none."""
        return next((value for known, value in self.facts if known == name), None)

    def expires_at(self) -> Moment | None:
        """When it stops counting; None for a text that says no time."""
        said = self.fact(_EXPIRES)
        try:
            return None if said is None else datetime.strptime(said, _TIME).replace(tzinfo=UTC)
        except ValueError:
            return None


def expiry(at: Moment) -> tuple[str, str]:
    """Make the line that says when a text stops counting."""
    return _EXPIRES, at.strftime(_TIME)


def canonical(pasted: str) -> str:
    """Undo what copying does to a text: fences of a code block, line ends, spaces at line ends."""
    text = pasted.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    lines = [line.rstrip() for line in text.strip().splitlines()]
    while lines and lines[0].strip("`") == "":
        lines = lines[1:]
    while lines and lines[-1].strip("`") == "":
        lines = lines[:-1]
    if lines:
        lines[0] = lines[0].removeprefix("```").lstrip()
        lines[-1] = lines[-1].removesuffix("```").rstrip()
    return "\n".join(lines) + "\n"


def read_statement(pasted: str) -> Statement:
    """Read a text that someone wants to sign. Raises Trouble unless all of it is as it must be."""
    text = canonical(pasted)
    if len(text) > _LONGEST:
        raise _no_statement("it is far too long")
    first, *rest = text.splitlines() or [""]
    said = rest[1:]  # What follows the opening, which may hold a colon of its own.
    head = _HEAD.match(first)
    if head is None:
        raise _no_statement("its first line is another one")
    statement = _filled(_kind(head[1]), said)
    if statement.text() != text:
        raise _no_statement("it was cut off or changed on its way")
    return statement


def _filled(kind: Kind, lines: list[str]) -> Statement:
    facts: list[tuple[str, str]] = []
    parts: list[tuple[str, list[str]]] = []
    for line in lines:
        field, part = _FIELD.match(line), _PART.match(line)
        if line.startswith("- ") and parts:
            parts[-1][1].append(line.removeprefix("- "))
        elif part is not None:
            parts.append((part[1], []))
        elif field is not None and not parts:
            facts.append((field[1], field[2]))
    listed = tuple((name, tuple(entries)) for name, entries in parts)
    return Statement(kind=kind, facts=tuple(facts), parts=listed)


def _kind(word: str) -> Kind:
    return next(kind for kind in _OPENING if kind == word)


def _no_statement(why: str) -> Trouble:
    return Trouble(
        f"This is not the text of a plan: {why}",
        left="nothing was signed",
        do="copy the whole text to sign again, from its first line to its last",
    )
