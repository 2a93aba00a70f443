"""When to stop asking a platform that does not answer: a state machine, pure.

Closed until five operations in a row fail; then open, first for half a minute and twice as long each time up to ten
minutes; then one operation probes, and its end closes the breaker or opens it again. A refusal is an answer, not a
failure. Writes that lower money may always try.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

FAILURES_TO_OPEN = 5
FIRST_OPEN_SECONDS, LONGEST_OPEN_SECONDS = 30.0, 600.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """Failures in a row, how often it opened since the last success, until when it is open, and whether one probes."""

    failures: int = 0
    trips: int = 0
    open_until: float | None = None
    probing: bool = False


def hold_seconds(state: Breaker, now: float) -> float:
    """Seconds until an ordinary operation may begin; 0 where it may now. Times are monotonic seconds."""
    if state.open_until is None:
        return 0.0
    if state.probing:
        return FIRST_OPEN_SECONDS
    return max(0.0, state.open_until - now)


def begun(state: Breaker) -> Breaker:
    """After an ordinary operation was let through: where the breaker is open, it is the probe."""
    return replace(state, probing=state.open_until is not None)


def ended(state: Breaker, now: float, *, failed: bool | None) -> Breaker:
    """After an operation: None says that it proved nothing about the platform, for instance as it was held back."""
    if failed is None:
        return replace(state, probing=False)
    if not failed:
        return Breaker()
    failures = state.failures + 1
    if failures < FAILURES_TO_OPEN and state.open_until is None:
        return replace(state, failures=failures, probing=False)
    seconds = min(LONGEST_OPEN_SECONDS, FIRST_OPEN_SECONDS * 2**state.trips)
    return Breaker(failures, state.trips + 1, now + seconds)
