"""Every call to the platform goes through here: foreign exceptions become ours, reads may be tried again.

No foreign exception survives, not even as a cause or a context: `requests` puts URLs into its texts, the SDK puts
parameters into its own, and both would reach logs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import requests
import urllib3.exceptions
from facebook_business.exceptions import FacebookError

from service.errors import OutcomeUnknown, PlatformError, Unavailable
from service.platforms.meta.errors import BadAnswer, Complained, Malformed, TooMuchData, classify

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")


class Calls:
    """Reads with a few patient retries, writes with none."""

    def __init__(
        self,
        rng: np.random.Generator,
        wait: Callable[[float], None],
        *,
        attempts: int = 3,
        first_wait_seconds: float = 0.5,
    ) -> None:
        """Args: rng: jitter; wait: sleeps so many seconds; attempts: of each read, at least 1."""
        self._rng = rng
        self.wait = wait
        self._attempts = attempts
        self._first_wait_seconds = first_wait_seconds

    def read(self, what: str, call: Callable[[], T]) -> T:
        """What the call gives.

        Passing failures are tried again after a wait with full jitter; throttling never is, as calls while blocked
        lengthen the block, nor is what would fail the same way again.

        Raises:
            PlatformError: as in `service.platforms.meta.errors`; its message begins with `what`.
        """
        for attempt in range(1, self._attempts):
            answer, failure = _attempt(what, call, writing=False)
            if failure is None:
                return answer  # type: ignore[return-value]  # no failure: the call gave its T, which may be None
            if not isinstance(failure, Unavailable) or isinstance(failure, TooMuchData | Malformed):
                raise failure
            self.wait(float(self._rng.random()) * self._first_wait_seconds * 2**attempt)
        return _once(what, call, writing=False)

    def write(self, what: str, call: Callable[[], T]) -> T:
        """What the call gives, tried exactly once.

        Raises:
            Refused, Throttled, Unauthorised: nothing changed.
            OutcomeUnknown: it may or may not have been applied.
        """
        return _once(what, call, writing=True)


def _once(what: str, call: Callable[[], T], *, writing: bool) -> T:
    answer, failure = _attempt(what, call, writing=writing)
    if failure is not None:
        raise failure
    return answer  # type: ignore[return-value]  # no failure: the call gave its T, which may be None


def _attempt(what: str, call: Callable[[], T], *, writing: bool) -> tuple[T | None, PlatformError | None]:
    """The answer or our error. Our error is raised outside this handler, so that nothing chains to it."""
    try:
        return call(), None
    except PlatformError as error:
        return None, error
    except Complained as error:
        return None, classify(error.complaint, error.usage, what=what, writing=writing)
    except Exception as error:  # noqa: BLE001 - whatever SDK and transport raise may carry a URL, and must not pass
        why = _why(error)
    if writing:
        return None, OutcomeUnknown(f"{what}: {why}; it may or may not have been applied")
    return None, Unavailable(f"{what}: {why}")


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
