"""A write and the reading that proves it: what was answered is a hint, what is read is the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from service.errors import OutcomeUnknown, PlatformError, Refused

T = TypeVar("T")

LOOKS_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Waits before each look: Meta's lists may lag behind its writes; by how much is not documented (assumption)."""


class Outcome(StrEnum):
    """What became of a write."""

    CONFIRMED = "confirmed"
    NOT_APPLIED = "not applied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Written(Generic[T]):
    """What became of a write, what was read last (None where nothing could be), and why, in words for people."""

    outcome: Outcome
    seen: T | None
    why: str


def proven(
    write: Callable[[], None],
    read: Callable[[], T],
    wanted: T,
    *,
    wait: Callable[[float], None],
    looks_seconds: Sequence[float] = LOOKS_SECONDS,
) -> Written[T]:
    """Write once, then read until what was wanted is there.

    A refusal is not applied. Anything else that is not read back as wanted stays unknown, also after Meta has said yes:
    the reading may be stale, the write may still land, or somebody else was faster. Only time tells, and whoever asks
    again later reads first.

    Args:
        write: sends the write, and raises as the port says.
        read: what stands now.
        wanted: what `read` gives once the write is applied.
        wait: sleeps so many seconds.
        looks_seconds: how long to wait before each look.

    Raises:
        Throttled, Unauthorised: Meta did not look at the write; nothing changed.
    """
    try:
        write()
        said = "Meta said yes"
    except Refused as error:
        return Written(Outcome.NOT_APPLIED, None, str(error))
    except OutcomeUnknown as error:
        said = str(error)
    seen: T | None = None
    for seconds in looks_seconds:
        if seconds:
            wait(seconds)
        seen, trouble = _look(read)
        if trouble is None and seen == wanted:
            return Written(Outcome.CONFIRMED, seen, "read back as asked")
        said = said if trouble is None else f"{said}; {trouble}"
    return Written(Outcome.UNKNOWN, seen, f"not read back as asked after {len(looks_seconds)} looks; {said}")


def _look(read: Callable[[], T]) -> tuple[T | None, PlatformError | None]:
    try:
        return read(), None
    except PlatformError as error:
        return None, error
