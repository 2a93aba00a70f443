"""Whose morning is it (`due.py`, pure), how one is seen through (`mornings.py`), and the durable engine (`engine.py`).

The words between them stand here, so that neither needs the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt at a morning ended.

    `retry_after_seconds` is the platform's wish; None leaves it to the backoff.
    """

    finished: bool
    note: str = ""
    retry_after_seconds: float | None = None


Morning = Callable[[str, date], Outcome]
"""See one account's morning through; idempotent, so that any number of attempts is one morning."""

Due = Callable[[], Iterable[tuple[str, date]]]
"""Whose morning has come and is not finished: account id and local day."""
