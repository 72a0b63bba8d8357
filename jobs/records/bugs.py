"""What a bug, or a value that someone else wrote, may cost: the part that met it, and no more."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as TooLate

AWAY: Final = (Unreachable, TooLate)  # Redis does not answer, which no part can go on without.
_LOG: Final = logging.getLogger(__name__)


@contextmanager
def going_on(about: str) -> Iterator[None]:
    """Go on after a block that raised, and tell of it; only a Redis that is away still rises."""
    try:
        yield
    except AWAY:
        raise
    except Exception as error:
        tell(about, error)


def tell(about: str, error: Exception, error_id: str = "") -> None:
    """Log where it happened and what kind it was. Never its text: that could hold a secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename}:{frame.lineno}"
    kind = type(error).__name__
    _LOG.error("bug", extra={"error_id": error_id, "about": about, "type": kind, "place": place})
