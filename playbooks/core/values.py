"""The few types that plans, events and catalogue entries are made of."""

from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """A value that is written down or sent, so it never changes after it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = "a moment needs a time zone"
        raise ValueError(msg)
    return moment.astimezone(UTC)


# Letters that are safe in a Redis key, an object key, a file name and a Slack message alike.
Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
Address: TypeAlias = Annotated[str, Field(min_length=1, max_length=300)]
Digest: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Fingerprint: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]  # Of an OpenPGP key.
Version: TypeAlias = Annotated[str, Field(max_length=60)]
Count: TypeAlias = Annotated[int, Field(ge=0)]
Moment: TypeAlias = Annotated[datetime, AfterValidator(_in_utc)]
