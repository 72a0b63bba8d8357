"""When a worker dies: once, on one side of writing one event."""

from collections.abc import Callable

from jobs.runs.events import Event


def once(place: int, side: str) -> Callable[[Event, str], bool]:
    """Die once, at this event counted from the plan, before or after it is written."""
    seen = {"before": 1, "after": 1}

    def dies(event: Event, now: str) -> bool:
        seen[now] += 1
        return now == side and seen[now] == place

    return dies


def at(kind: type[Event], step: str, side: str = "after") -> Callable[[Event, str], bool]:
    """Die once, at the first event of this kind about this step."""
    died: list[str] = []

    def dies(event: Event, now: str) -> bool:
        if died or now != side or not isinstance(event, kind):
            return False
        if getattr(event, "step", "") != step:
            return False
        died.append(step)
        return True

    return dies
