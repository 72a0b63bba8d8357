"""The faults that are set now, and whether the next call, connection or envelope meets one."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from deploy.demo.workspace.switches import (
    EVERY_METHOD,
    Asked,
    CallFault,
    Fault,
    RateLimit,
    ServerError,
    Silence,
    Switches,
)
from deploy.demo.workspace.wire import Json

OfSocket = Literal[
    "socket_refused", "socket_dead", "envelope_lost", "envelope_breaks", "event_repeated"
]


@dataclass
class _Counted:
    fault: Fault
    left: int | None  # None: until cleared


@dataclass(frozen=True)
class Strike:
    """One call that goes wrong, and how the app sees it."""

    kind: str
    takes_effect: bool = False
    status: int = 0  # 0: no HTTP answer at all
    retry_after: int = 0


class Faults:
    def __init__(self) -> None:
        self.on = Switches()
        self._counted: dict[str, list[_Counted]] = {}
        self._chance = Random(self.on.seed)  # noqa: S311 - repeatable on purpose

    def set(self, asked: Asked) -> None:
        named = asked.switches()
        self.on = self.on.model_copy(update=named)
        for kind, faults in (self.on.of_calls() | self.on.of_sockets()).items():
            if kind in named:
                self._counted[kind] = [_Counted(each, each.times) for each in faults]
        if "seed" in named:
            self._chance = Random(self.on.seed)  # noqa: S311 - repeatable on purpose

    def clear(self) -> None:
        vars(self).update(vars(Faults()))

    def strike(self, method: str) -> Strike | None:
        """How this call goes wrong, if it does; a fault that is counted is used up by it."""
        for kind in self.on.of_calls():
            for each in self._counted.get(kind, []):
                if isinstance(each.fault, CallFault) and self._meets(each, method):
                    return _strike(kind, each.fault)
        return None

    def strikes_socket(self, kind: OfSocket) -> bool:
        return any(self._meets(each) for each in self._counted.get(kind, []))

    def _meets(self, counted: _Counted, method: str | None = None) -> bool:
        fault = counted.fault
        if counted.left == 0:
            return False
        if isinstance(fault, CallFault) and not {method, EVERY_METHOD}.intersection(fault.method):
            return False
        if fault.chance < 1 and self._chance.random() >= fault.chance:
            return False
        if counted.left is not None:
            counted.left -= 1
        return True

    def as_json(self) -> Json:
        """What is set, as it can be set again: counts are what is left of them."""
        left = {
            kind: [
                each.fault.model_dump(mode="json") | {"times": each.left}
                for each in self._counted.get(kind, [])
                if each.left != 0
            ]
            for kind in (*self.on.of_calls(), *self.on.of_sockets())
        }
        return self.on.model_dump(mode="json") | left


def _strike(kind: str, fault: CallFault) -> Strike:
    match fault:
        case RateLimit():
            return Strike(kind, status=429, retry_after=fault.retry_after)
        case ServerError():
            return Strike(kind, status=fault.status)
        case Silence():
            return Strike(kind, takes_effect=fault.takes_effect)
        case _:
            return Strike(kind, takes_effect=kind == "lost_answer")
