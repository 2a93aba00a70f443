"""How often an ad set's budget may still be changed: pure arithmetic on the times of past changes.

Meta allows four changes of an ad set's budget within an hour and blocks them for an hour after that (Meta: "Rate
limiting", 613/1487632). Three are used freely; the fourth is kept for lowering.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence

from service.errors import TooManyEdits

HOUR_SECONDS = 3600.0
FREELY, LOWERING = 3, 4


def edit_wait_seconds(edits_at: Sequence[float], now: float, *, lowers: bool) -> float:
    """Seconds until one more change is allowed; 0 where it is now.

    >>> edit_wait_seconds([0.0, 60.0, 120.0], 600.0, lowers=False), edit_wait_seconds([0.0, 60.0], 600.0, lowers=False)
    (3000.0, 0.0)
    """
    recent = sorted(young(edits_at, now))
    over = len(recent) - (LOWERING if lowers else FREELY)
    return recent[over] + HOUR_SECONDS - now if over >= 0 else 0.0


def young(edits_at: Sequence[float], now: float) -> list[float]:
    """The changes that still count; what seems to lie in the future, because a clock was put back, happened now."""
    return [min(at, now) for at in edits_at if now - at < HOUR_SECONDS]


class EditBook:
    """Budgets of one account's ad sets as last read or written, and when Caudal changed them. Thread-safe."""

    def __init__(self) -> None:
        self._budgets_minor: dict[str, int] = {}
        self._edits_at: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def seen(self, budgets_minor: Mapping[str, int]) -> None:
        """Budgets as just read, all of the account's."""
        with self._lock:
            self._budgets_minor = dict(budgets_minor)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ad sets of the last reading."""
        with self._lock:
            return tuple(self._budgets_minor)

    def lowers(self, ad_set_id: str, budget_minor: int) -> bool:
        """Whether a budget is less than what was last seen; what was never seen counts as raised."""
        with self._lock:
            return budget_minor < self._budgets_minor.get(ad_set_id, 0)

    def check(self, ad_set_id: str, now: float, *, lowers: bool) -> None:
        """Refuse a change that would have Meta block the ad set's budget.

        Raises:
            TooManyEdits: the message says when the next change may be.
        """
        with self._lock:
            edits = self._edits_at[ad_set_id] = young(self._edits_at.get(ad_set_id, ()), now)
        if (seconds := edit_wait_seconds(edits, now, lowers=lowers)) > 0:
            minutes = math.ceil(seconds / 60)
            raise TooManyEdits(
                f"ad set {ad_set_id}: not sent, as its budget was changed {len(edits)} times within the hour, and one "
                f"more change could have Meta block it for an hour; the next may go in {minutes} minutes"
            )

    def edited(self, ad_set_id: str, now: float, budget_minor: int, *, certain: bool) -> None:
        """A change was sent; `certain` says that it was answered with yes, else it may have been applied or not.

        Until the next reading the ad set counts as having the most that it may have, so that a budget below that is
        lowered, and going back up to what an earlier reading said is raised.
        """
        with self._lock:
            self._edits_at.setdefault(ad_set_id, []).append(now)
            if (known := self._budgets_minor.get(ad_set_id)) is not None:
                self._budgets_minor[ad_set_id] = budget_minor if certain else max(known, budget_minor)

    def blocked(self, ad_set_id: str, now: float) -> None:
        """Meta blocks the budget for an hour, as somebody else changed it too: as if all changes had just been made."""
        with self._lock:
            self._edits_at[ad_set_id] = [now] * LOWERING
