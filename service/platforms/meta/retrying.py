"""How patient a call is, and how long to wait before it is tried again. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from service.errors import HeldBack, PlatformError, Throttled, Unavailable
from service.platforms.meta.errors import Malformed, NotReady, TooMuchData


@dataclass(frozen=True, slots=True)
class Patience:
    """The budget of one call: how often it is sent, and for how many seconds it may wait between and before.

    Raises:
        ValueError: no attempt at all, or negative times.
    """

    attempts: int
    total_seconds: float
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 20.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or min(self.total_seconds, self.first_wait_seconds, self.longest_wait_seconds) < 0:
            raise ValueError(f"patience needs one attempt and no negative times: {self}")


READS = Patience(attempts=3, total_seconds=60.0)
WRITES = Patience(attempts=2, total_seconds=3.0)
"""A write is justified by a reading that grows old, so it waits little and is then held back."""


def pause_seconds(
    patience: Patience, attempt: int, failure: PlatformError, *, writing: bool, draw: float, left_seconds: float
) -> float | None:
    """Seconds to wait before the next attempt, None where there is none.

    Full jitter: the wait is `draw`, in [0, 1), times a bound that doubles. Throttling is waited out only where its
    length is known and fits, as calls while blocked lengthen the block. A write is repeated only after throttling,
    which proves that nothing was done; never after anything else.
    """
    if attempt >= patience.attempts or isinstance(failure, HeldBack):
        return None
    jitter = draw * min(patience.longest_wait_seconds, patience.first_wait_seconds * 2**attempt)
    if isinstance(failure, Throttled):
        pause = None if failure.retry_after_seconds is None else failure.retry_after_seconds + jitter
    elif writing or not isinstance(failure, Unavailable) or isinstance(failure, TooMuchData | Malformed | NotReady):
        pause = None
    else:
        pause = jitter
    return pause if pause is not None and pause <= left_seconds else None
