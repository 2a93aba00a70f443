"""Every call to the platform goes through here: past the gate, tried again if it may be, foreign errors made ours.

No foreign exception survives, not even as a cause or a context: `requests` puts URLs into its texts, the SDK puts
parameters into its own, and both would reach logs.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import requests
import urllib3.exceptions
from facebook_business.exceptions import FacebookError

from service.errors import HeldBack, OutcomeUnknown, PlatformError, Throttled, Unavailable
from service.platforms.meta.errors import BadAnswer, Complained, NotReady, TooMuchData, classify
from service.platforms.meta.gate import Errand, Gate
from service.platforms.meta.retrying import READS, WRITES, Patience, pause_seconds
from service.platforms.meta.urgency import Urgency

if TYPE_CHECKING:
    import numpy as np

    from service.platforms.meta.error_table import Row

T = TypeVar("T")

OPERATION_SECONDS = 900.0
"""No operation of several calls, such as a report, begins another call after this long."""


@dataclass(frozen=True, slots=True)
class _Answer(Generic[T]):
    """What one attempt gave, or our error and its row of the table."""

    value: T | None
    failure: PlatformError | None = None
    row: Row | None = None


class Calls:
    """Reads with a few patient retries; writes that are repeated only if the last attempt provably did nothing."""

    def __init__(
        self,
        gate: Gate,
        rng: np.random.Generator,
        wait: Callable[[float], None],
        monotonic: Callable[[], float],
        *,
        reads: Patience = READS,
        writes: Patience = WRITES,
    ) -> None:
        """Args: gate: passed by each call; rng: jitter; wait: sleeps; monotonic: seconds; reads, writes: budgets."""
        self.gate = gate
        self._rng = rng
        self._wait = wait
        self._monotonic = monotonic
        self._reads, self._writes = reads, writes
        self._local = threading.local()

    def read(self, what: str, call: Callable[[], T], *, insights: bool = False) -> T:
        """What the call gives.

        Passing failures are tried again after a wait with full jitter; throttling only where its end is known and near,
        as calls while blocked lengthen the block; never what would fail the same way again.

        Raises:
            PlatformError: as in `service.platforms.meta.errors`; its message begins with `what`.
        """
        return self._run(Errand(what, insights=insights), call, self._reads, writing=False)

    def write(self, what: str, call: Callable[[], T], *, urgency: Urgency = Urgency.RAISE) -> T:
        """What the call gives; it is repeated only if Meta said that it was not looked at.

        Raises:
            Refused, Throttled, Unauthorised: nothing changed.
            OutcomeUnknown: it may or may not have been applied.
        """
        return self._run(Errand(what, urgency), call, self._writes, writing=True)

    @contextlib.contextmanager
    def operation(self, seconds: float = OPERATION_SECONDS) -> Iterator[None]:
        """Calls of this thread in the block share one deadline; an operation within another keeps the outer one."""
        outer = getattr(self._local, "until", None)
        self._local.until = self._monotonic() + seconds if outer is None else outer
        try:
            yield
        finally:
            self._local.until = outer

    def pause(self, what: str, seconds: float) -> None:
        """Sleep between two calls of an operation.

        Raises:
            Unavailable: that would pass the operation's deadline.
        """
        until = getattr(self._local, "until", None)
        if until is not None and self._monotonic() + seconds > until:
            raise Unavailable(f"{what}: given up, as it took too long")
        self._wait(seconds)

    def _run(self, errand: Errand, call: Callable[[], T], patience: Patience, *, writing: bool) -> T:
        self.gate.begin(errand)
        failed: bool | None = None
        try:
            answer = self._attempts(errand, call, patience, writing=writing)
            failed = _platform_failed(answer.failure)
        finally:
            self.gate.end(failed=failed)
        if answer.failure is not None:
            raise answer.failure
        return answer.value  # type: ignore[return-value]  # no failure: the call gave its T, which may be None

    def _attempts(self, errand: Errand, call: Callable[[], T], patience: Patience, *, writing: bool) -> _Answer[T]:
        until = self._until(patience)
        attempt, waited = 1, 0.0
        while True:
            answer = self._attempt(errand, call, until, writing=writing)
            if answer.failure is None:
                return answer
            left = min(until - self._monotonic(), patience.total_seconds - waited)
            pause = pause_seconds(
                patience, attempt, answer.failure, writing=writing, draw=float(self._rng.random()), left_seconds=left
            )
            if pause is None:
                return answer
            self._wait(pause)
            attempt, waited = attempt + 1, waited + pause

    def _until(self, patience: Patience) -> float:
        own, operation = self._monotonic() + patience.total_seconds, getattr(self._local, "until", None)
        return own if operation is None else min(own, operation)

    def _attempt(self, errand: Errand, call: Callable[[], T], until: float, *, writing: bool) -> _Answer[T]:
        """One passage of the gate and one call."""
        self.gate.enter(errand, until)
        try:
            answer = _outcome(errand.what, call, writing=writing)
        finally:
            self.gate.leave()
        if isinstance(answer.failure, Throttled):
            self.gate.throttled(answer.row, answer.failure.retry_after_seconds)
        return answer


def _platform_failed(failure: PlatformError | None) -> bool | None:
    """For the breaker: whether Meta failed. A refusal is an answer; throttling proves nothing either way."""
    if isinstance(failure, HeldBack | Throttled | TooMuchData | NotReady):
        return None
    return isinstance(failure, Unavailable | OutcomeUnknown)


def _outcome(what: str, call: Callable[[], T], *, writing: bool) -> _Answer[T]:
    """The answer or our error. Our error is raised outside this handler, so that nothing chains to it."""
    try:
        return _Answer(call())
    except PlatformError as error:
        return _Answer(None, error)
    except Complained as error:
        failure, row = classify(error.complaint, error.usage, what=what, writing=writing)
        return _Answer(None, failure, row)
    except Exception as error:  # noqa: BLE001 - whatever SDK and transport raise may carry a URL, and must not pass
        why = _why(error)
    if writing:
        return _Answer(None, OutcomeUnknown(f"{what}: {why}; it may or may not have been applied"))
    return _Answer(None, Unavailable(f"{what}: {why}"))


def _why(error: Exception) -> str:
    """What happened, without a word of the foreign text."""
    if isinstance(error, BadAnswer):
        return f"Meta's answer is unusable: {error}"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError | OSError):
        return f"the connection failed ({type(error).__name__})"
    if isinstance(error, FacebookError):
        return f"the SDK reports a failure ({type(error).__name__})"
    return f"the SDK could not make sense of the answer ({type(error).__name__})"
