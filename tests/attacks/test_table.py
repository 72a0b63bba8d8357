"""The table of attacks says what is there: its tests, what they are told, how each was tried."""

import ast

import pytest

from tests.attacks.mutations import MUTATIONS
from tests.attacks.table import Row, rows
from tests.check.files import ROOT


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.attack)
def test_each_row_names_a_test_that_asserts_its_sentence(row: Row) -> None:
    nodes = [*ast.walk(ast.parse((ROOT / row.file).read_text(encoding="utf-8")))]
    functions = [each for each in nodes if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert row.test in {each.name for each in functions}
    texts = [each.value for each in nodes if isinstance(each, ast.Constant)]
    said = " ".join(text for text in texts if isinstance(text, str))
    assert row.sees
    for sentence in row.sentences:
        assert sentence in said


def test_each_attack_stands_once_and_its_defence_can_be_taken_out() -> None:
    attacks = [row.attack for row in rows()]
    assert sorted(attacks) == sorted(MUTATIONS)
    assert all(MUTATIONS.values())


@pytest.mark.parametrize("attack", MUTATIONS)
def test_what_is_taken_out_stands_once_where_it_is_said_to(attack: str) -> None:
    for edit in MUTATIONS[attack]:
        text = (ROOT / edit.file).read_text(encoding="utf-8")
        assert text.count(edit.old) == 1, edit.old
        assert edit.new != edit.old
