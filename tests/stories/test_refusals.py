"""Who may not ask is told why, and nothing is asked for."""

import pytest

from tests.stories.demo import Demo


@pytest.mark.parametrize(
    ("user", "channel", "why"),
    [
        ("U0GUEST", "C0INCIDENT", "guests of the workspace cannot use this"),
        ("U0STRANGER", "C0PARTNER", "people of other organisations cannot use this"),
        ("U0GONE", "C0INCIDENT", "this Slack account is deactivated"),
        ("U0ALICE", "C0PARTNER", "this channel is shared with another organisation"),
    ],
)
def test_nothing_is_asked_for_by_who_may_not_ask(
    demo: Demo, user: str, channel: str, why: str
) -> None:
    before, backups = demo.journals.asked(), demo.world.state()["store"]["backups"]
    for words in ("restore latest", "backup", "status"):
        answer = demo.people.told(words, user, channel)
        assert f"This was refused: {why}" in answer
        assert "nothing was changed" in answer
    assert demo.journals.asked() == before
    assert demo.world.state()["store"]["backups"] == backups
    assert demo.serves()
