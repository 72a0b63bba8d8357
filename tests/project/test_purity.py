"""Pure packages import what one table allows: a new way to the outside is a visible change."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.check.files import ROOT

# The language itself: no clock, no chance, no files, no sockets.
PLAIN: Final = frozenset(
    {
        "abc",
        "collections",
        "contextlib",
        "dataclasses",
        "datetime",
        "enum",
        "functools",
        "itertools",
        "re",
        "types",
        "typing",
    }
)
# Models and the digests made of them.
MODELS: Final = frozenset({"hashlib", "json", "pydantic"})

# Package or module -> what it may import. Names are prefixes: `playbooks.core` covers all below it.
ALLOWED: Final[dict[str, frozenset[str]]] = {
    "playbooks.core": PLAIN | MODELS | {"playbooks.core", "importlib", "pkgutil", "unicodedata"},
    "playbooks.steps": PLAIN
    | MODELS
    | {"playbooks.core", "playbooks.snapshot", "playbooks.steps", "asyncio"},
    "playbooks.snapshot": PLAIN
    | MODELS
    | {"playbooks.core", "playbooks.snapshot", "asyncio", "tarfile", "zlib"},
    # Its style sheet is a file of the package.
    "playbooks.runbook": PLAIN
    | {"playbooks.core", "playbooks.runbook", "html", "pkgutil", "shlex"},
    "playbooks.backups": PLAIN
    | MODELS
    | {"playbooks.core", "playbooks.snapshot", "playbooks.steps"},
    "playbooks.cluster": PLAIN
    | MODELS
    | {"playbooks.core", "playbooks.snapshot", "playbooks.steps"},
    "playbooks.compromise": PLAIN
    | MODELS
    | {"playbooks.core", "playbooks.snapshot", "playbooks.steps"},
    "jobs.people": PLAIN | MODELS | {"playbooks.core"},
    "jobs.runs": PLAIN | MODELS | {"jobs.people", "jobs.runs", "playbooks.core"},
    "jobs.incidents": PLAIN
    | MODELS
    # It names the key of a signature, which is base64.
    | {"jobs.incidents", "jobs.people", "jobs.runs", "playbooks.core", "base64", "binascii"},
    "jobs.readiness": PLAIN
    | MODELS
    # Its checklist is a file of the package.
    | {"jobs.people", "jobs.readiness", "jobs.runs", "playbooks.core", "pkgutil", "tomllib"},
    "bot.blocks": PLAIN | MODELS | {"bot.blocks", "jobs", "playbooks", "textwrap"},
    "bot.words": PLAIN | {"playbooks.core", "unicodedata"},
    "bot.commands": PLAIN
    | MODELS
    | {"bot.commands", "bot.words", "jobs", "playbooks", "difflib", "shlex"},
    "bot.questions": PLAIN
    | MODELS
    | {"bot.blocks", "bot.commands", "bot.questions", "jobs", "playbooks"},
}
# Of asyncio, only what lets things run side by side: its sockets and its clock stay out.
SIDE_BY_SIDE: Final = frozenset({"TaskGroup", "create_task", "gather", "to_thread", "wait"})
# Library -> the packages that may import it. Composition and the demo are free to.
HOMES: Final[dict[str, tuple[str, ...]]] = {
    "aiohttp": ("bot", "playbooks.custodian", "playbooks.systems"),
    "cryptography": ("jobs.records", "playbooks.systems"),
    "hvac": ("playbooks.systems",),
    "jwt": ("playbooks.systems",),
    "obstore": ("playbooks.systems",),
    # The bot keeps `bot:*`, and nothing else; alarms must tell a Redis that is gone.
    "redis": ("bot", "jobs.alarms", "jobs.records", "jobs.work"),
    "asyncssh": ("jobs.records",),
    "rq": ("jobs.work",),
    "slack_bolt": ("bot",),
    "slack_sdk": ("bot",),
    "tink": ("playbooks.systems",),
}
# These touch the outside; every other child of playbooks and jobs must be in the table.
OUTSIDE: Final = frozenset(
    {
        "jobs.alarms",
        "jobs.records",
        "jobs.work",
        "playbooks.__main__",
        "playbooks.custodian",
        "playbooks.systems",
    }
)


def _files(package: str) -> list[Path]:
    place = ROOT.joinpath(*package.split("."))
    return sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def _imports(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module="asyncio", names=names):
                yield from ((node.lineno, f"from asyncio {name.name}") for name in names)
            case ast.ImportFrom(module=str(module)):
                yield node.lineno, module


def _is_allowed(module: str, allowed: frozenset[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


@pytest.mark.parametrize("package", ALLOWED)
def test_a_pure_package_imports_only_what_the_table_allows(package: str) -> None:
    foreign = [
        f"{file.relative_to(ROOT)}:{line} imports {module}"
        for file in _files(package)
        for line, module in _imports(file)
        if not _is_allowed(module, ALLOWED[package])
    ]
    assert foreign == []


@pytest.mark.parametrize("package", ALLOWED)
def test_a_pure_package_takes_from_asyncio_no_clock_and_no_socket(package: str) -> None:
    taken = {
        node.attr
        for file in _files(package)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "asyncio"
    }
    assert taken - SIDE_BY_SIDE == set()


def test_no_package_escapes_the_table() -> None:
    children = {
        f"{parent}.{child.stem}"
        for parent in ("playbooks", "jobs")
        for child in (ROOT / parent).iterdir()
        if child.stem != "__init__" and (child.suffix == ".py" or (child / "__init__.py").exists())
    }
    assert children - OUTSIDE - ALLOWED.keys() == set()


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_only_where_it_is_at_home(library: str) -> None:
    homes = tuple(ROOT.joinpath(*home.split(".")) for home in HOMES[library])
    strays = [
        f"{file.relative_to(ROOT)}:{line}"
        for package in ("bot", "jobs", "playbooks")
        for file in _files(package)
        for line, module in _imports(file)
        if module.split(".")[0] == library and not any(home in file.parents for home in homes)
    ]
    assert strays == []
