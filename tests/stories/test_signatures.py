"""Only an approver's own signature over this very plan approves it, in the workspace too."""

from collections.abc import Callable

import pytest

from tests.attacks.evidence import Evidence, evidence
from tests.stories.demo import Demo, until
from tests.stories.people import text_to_sign, typed

Plans = tuple[Demo, str, dict[str, str], Evidence]
_NOT_THIS_TEXT = "this signature is not over the text of this plan as it stands"


@pytest.fixture(scope="module")
def plans(shared_demo: Demo) -> Plans:
    """A plan that waits for approval, and signatures of which none is the right one for Bob."""
    demo = shared_demo
    demo.settle()
    before = evidence(demo)
    run, other = (demo.people.ask(f"restore latest reason plan {name}") for name in "ab")
    texts = {each: _text(demo, each) for each in (run, other)}
    signed = demo.world.signed
    given = {
        "none": "",
        "carol's": signed("carol", texts[run]),
        "of another plan": signed("bob", texts[other]),
        "cut short": signed("bob", texts[run])[:-40],
    }
    demo.journals.give_up(other)
    return demo, run, given, before


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        ("none", "approved by a signature over its text, and none came with it"),
        ("carol's", "the signature is by carol, and this account belongs to bob"),
        ("of another plan", _NOT_THIS_TEXT),
        ("cut short", _NOT_THIS_TEXT),
    ],
)
def test_another_signature_is_refused_with_one_sentence(
    plans: Plans, signature: str, why: str
) -> None:
    demo, run, given, before = plans
    known = len(demo.journals.events(run))
    dialog = demo.people.open_approval(run, "U0BOB")
    assert demo.people.submit(dialog, "U0BOB", **typed("proof", given[signature]))["ok"]
    refused = demo.journals.wait_longer(run, known)
    assert (refused["kind"], refused["press"]["by"]) == ("refused", "bob")
    assert why in refused["why"]
    until(_whispered(demo, why), 20, "the sentence")
    assert "approved" not in demo.journals.kinds(run)
    assert evidence(demo) == before


def test_his_own_signature_of_this_plan_counts_then(plans: Plans) -> None:
    demo, run, _, _ = plans
    assert demo.people.approve(run, "U0BOB")["ok"]
    approved = demo.journals.wait(run, "approved")
    assert (approved["press"]["by"], approved["proof"]) == ("bob", "signature")
    assert "BEGIN SSH SIGNATURE" in approved["signature"]
    demo.journals.give_up(run)


def _text(demo: Demo, run: str) -> str:
    demo.journals.wait(run, "planned")
    dialog = demo.people.open_approval(run, "U0BOB")
    text = text_to_sign(demo.people.view(dialog))
    assert text is not None
    return text


def _whispered(demo: Demo, why: str) -> Callable[[], bool]:
    return lambda: any(why in each for each in demo.people.whispers("U0BOB"))
