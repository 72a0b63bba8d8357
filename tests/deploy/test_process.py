"""What a process says of itself."""

import os
import pwd

import pytest

from deploy.process import own_login


def test_nobody_chooses_their_login_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "mallory")
    assert own_login() == pwd.getpwuid(os.getuid()).pw_name != "mallory"
