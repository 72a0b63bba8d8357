"""A signature is found wherever it stands, and only as a whole."""

import pytest

from jobs.runs.proofs import BEGIN, END, armour_taken_off, is_code, signatures_in

ONE, TWO = (f"{BEGIN}\nU1NI\nU0lH{letter}\n{END}\n" for letter in "AB")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        (ONE, (ONE,)),
        (f"Paste this:\n\n{ONE}and {TWO}", (ONE, TWO)),
        (f"{END}\n{ONE}", (ONE,)),
        (f"{ONE}{BEGIN}\nU1NI", (ONE,)),
        (ONE.replace("\n", "\r\n"), (ONE.replace("\n", "\r\n").rstrip() + "\n",)),
    ],
)
def test_every_whole_signature_is_found(text: str, found: tuple[str, ...]) -> None:
    assert signatures_in(text) == found


def test_armour_is_around_one_signature_or_it_is_none() -> None:
    assert armour_taken_off(f"\n {ONE}\n") == "U1NIU0lHA"
    for other in ("", BEGIN, END, BEGIN + END, ONE[1:], f"x{ONE}", f"{ONE}x", ONE.rstrip()[:-1]):
        assert armour_taken_off(other) is None
    assert armour_taken_off(ONE.replace("\n", "")) is None
    # Two at once leave dashes between them, which no base64 has.
    assert "-" in (armour_taken_off(ONE + TWO) or "")


def test_a_code_is_six_digits_and_nothing_else() -> None:
    assert is_code("012345")
    for other in (
        "",
        "12345",
        "1234567",
        "12345\n",
        "\u0661\u0662\u0663\u0664\u0665\u0666",
        "12 345",
    ):
        assert not is_code(other)
