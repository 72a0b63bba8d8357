"""What people ask for, as it lies in the inbox: requests are wishes, never facts."""

from typing import Literal

from pydantic import JsonValue

from jobs.people import Button, Who
from playbooks.core.values import Frozen, Moment, Name


class Asked(Frozen):
    """Someone asked for a run; `run` derives from the envelope, so a redelivery is the same run."""

    kind: Literal["asked"] = "asked"
    id: Name
    run: Name
    word: str
    ask: dict[str, JsonValue]  # In the shape that the word's playbooks bring.
    who: Who
    channel: str | None  # Where it was typed. None: at a terminal.
    at: Moment
    again: Name | None = None  # The run of which this is an "Ask again". None: a new wish.


class Press(Frozen):
    """Someone pressed a button of a run, having read the plan with this digest."""

    kind: Literal["press"] = "press"
    id: Name
    run: Name
    button: Button
    digest: str
    who: Who
    reason: str = ""
    proof: str = ""  # An armoured SSH signature, or a code. Empty: the press alone.
    confirms: str = ""  # The cluster's name, typed again by whoever breaks the glass.
    at: Moment
