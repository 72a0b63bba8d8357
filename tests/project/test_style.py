"""The rules of style that no linter knows, read from every file of the repository."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.check.files import ROOT, repository_files
from tests.check.links import broken_links

LONGEST_FILE: Final = 300
LONGEST_FUNCTION: Final = 40
# Written in two halves, so that this file does not find itself.
# Vault's own path of a rotation of the shares is none.
MACHINE_PATHS: Final = re.compile(
    r"https?://[^\s\"'`]*/sim" + "ple|(?<!sys/rotate)/ro" + "ot/|/ho" + r"me/[\w.-]+"
)
MOCKS: Final = re.compile(r"unittest[.]mock|Magic" + r"Mock|mocker[.]|monkeypatch[.]seta" + "ttr")


def _python_files() -> list[Path]:
    return repository_files("*.py")


def _place(path: Path, line: int | None = None) -> str:
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))


def _text_files() -> Iterator[tuple[Path, str]]:
    for path in repository_files():
        data = path.read_bytes()
        if b"\0" not in data:
            yield path, data.decode("utf-8")


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_python_file_is_over_300_lines() -> None:
    lengths = {_place(path): len(path.read_text().splitlines()) for path in _python_files()}
    assert {place: length for place, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_over_40_lines_but_a_match_over_a_union() -> None:
    too_long = [
        f"{_place(path, node.lineno)} {node.name}"
        for path in _python_files()
        for node in _functions(path)
        if (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
        and not any(isinstance(part, ast.Match) for part in node.body)
    ]
    assert too_long == []


def test_an_init_file_holds_one_docstring_and_nothing_else() -> None:
    fuller = [
        _place(path)
        for path in repository_files("*/__init__.py")
        if [type(node) for node in ast.parse(path.read_text()).body] != [ast.Expr]
    ]
    assert fuller == []


def test_no_file_names_a_package_index_or_a_path_of_one_machine() -> None:
    found = [
        f"{_place(path, number)} {match.group()}"
        for path, text in _text_files()
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := MACHINE_PATHS.search(line))
    ]
    assert found == []


def test_no_test_mocks_our_own_code() -> None:
    found = [
        _place(path, number)
        for path in repository_files("tests/*.py")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if MOCKS.search(line)
    ]
    assert found == []


def test_every_link_in_the_documents_leads_somewhere() -> None:
    assert [fault for path in repository_files("*.md") for fault in broken_links(path)] == []
