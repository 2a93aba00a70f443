"""Meta's learning phase: after a significant edit an ad set does worse, and less evenly, until results have come in.

About 50 results within 7 days of the last significant edit end it; an ad set that does not get there is "learning
limited"; budgets count as significant edits by size, and so does a pause of 7 days or more (Meta Business Help Centre,
"About the learning phase", "Significant edits and the learning phase"). Meta publishes no sizes: 20 % of the budget is
the practitioners' rule (others say 20-30 %), and so is a cost per result 20-50 % above the later one, of which 30 % is
taken: an assumption. That conversions bear the whole of it, the smaller lasting penalty of "learning limited", and the
additional noise are assumptions too. Results are counted on the day of the click, as caused; a new ad is an edit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.ads import over_ads
from simulator.mechanism import Factors, Mechanism, Morning, Outcome, Setting, param

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEARNING, LEARNING_LIMITED, ACTIVE = range(3)
STATUS = ("LEARNING", "FAIL", "SUCCESS")
"""The stages by code, as `learning_stage_info.status` of Meta's Marketing API says them."""

_ROUNDING = 1e-12
"""A change of exactly the limit stays within it, however the limit is rounded in binary."""


@dataclass(frozen=True, eq=False, slots=True)
class Progress:
    """How far each ad set is."""

    results: NDArray[np.int64]
    """Of the last days of the window, oldest first; those before the last reset are zero, (W, A, days)."""
    days: NDArray[np.int64]
    """Days of delivery since the last reset, (W, A)."""
    learned: NDArray[np.bool_]
    """Whether enough results came in at one time since the last reset, (W, A)."""
    budgets_minor: NDArray[np.int64]
    """Budgets of the day before, (W, A); zero before the first day."""
    paused_days: NDArray[np.int64]
    """Days without permission to deliver up to now, (W, A)."""
    launches: NDArray[np.int64]
    """New ads up to yesterday, (W, A)."""


@dataclass(frozen=True, slots=True)
class Learning(Mechanism):
    """Ad sets begin in learning, leave it with results, and fall back with significant edits."""

    results: int = param(50, "results within the window that end learning", low=1, high=1_000_000)
    days: int = param(
        7, "length of the window, days; without enough results learning is limited after it", low=1, high=365
    )
    significant_change: float = param(
        0.2, "share by which a budget may change in a day without a reset", low=0.0, high=100.0
    )
    pause_days: int = param(7, "an ad set that was paused for as many days starts anew", low=1, high=3_650)
    cost: float = param(1.3, "cost per result while learning, times the later one", low=1.0, high=100.0)
    limited_cost: float = param(
        1.1, "cost per result while learning is limited, times that of an active one", low=1.0, high=100.0
    )
    noise: float = param(0.3, "additional log standard deviation of conversions while learning", low=0.0, high=3.0)
    limited_noise: float = param(0.15, "the same while learning is limited", low=0.0, high=3.0)

    def begin(self, setting: Setting) -> Progress:
        """Everything is new."""
        nothing = np.zeros(setting.shape, dtype=np.int64)
        results = np.zeros((*setting.shape, self.days), dtype=np.int64)
        return Progress(results, nothing, np.zeros(setting.shape, dtype=np.bool_), nothing, nothing, nothing)

    def edited(self, state: Progress, where: NDArray[np.bool_]) -> Progress:
        """A significant edit begins learning anew."""
        return reset(state, where)

    def morning(self, state: Progress, morning: Morning) -> Factors:  # noqa: ARG002 - the state says it all
        """Fewer and less certain conversions in the two stages of learning."""
        now = stage(state)
        conversions = np.array([1.0 / self.cost, 1.0 / self.limited_cost, 1.0])[now]
        noise = np.array([self.noise, self.limited_noise, 0.0])[now]
        return Factors(conversions=conversions[..., None], conversion_noise=noise[..., None])

    def evening(self, state: Progress, morning: Morning, outcome: Outcome) -> Progress:
        """Reset where the day's settings were a significant edit, then count the day's results.

        A paused ad set neither counts nor forgets: its clock stands still.
        """
        running, budgets = morning.active, morning.budgets_minor
        change = np.abs(budgets - state.budgets_minor)
        edited = change > (self.significant_change + _ROUNDING) * state.budgets_minor
        restarted = running & (state.paused_days >= self.pause_days)
        launches = np.broadcast_to(np.sum(morning.generation, axis=-1), running.shape)
        fresh = reset(state, edited | restarted | (launches > state.launches))
        today = over_ads(outcome.conversions)[..., None]
        results = np.where(running[..., None], np.concatenate([fresh.results[..., 1:], today], axis=-1), fresh.results)
        return Progress(
            results=results,
            days=fresh.days + running,
            learned=fresh.learned | (over_ads(results) >= self.results),
            budgets_minor=budgets.copy(),
            paused_days=np.where(running, 0, state.paused_days + 1),
            launches=launches,
        )


def reset(state: Progress, mask: NDArray[np.bool_]) -> Progress:
    """Learning begins anew where `mask` (W, A) holds, as after a significant edit of bid, audience or ads."""
    return replace(
        state,
        results=np.where(mask[..., None], 0, state.results),
        days=np.where(mask, 0, state.days),
        learned=state.learned & ~mask,
    )


def stage(state: Progress) -> NDArray[np.int64]:
    """The stage of each ad set, (W, A): LEARNING, LEARNING_LIMITED or ACTIVE."""
    late = state.days >= state.results.shape[-1]
    return np.where(state.learned, ACTIVE, np.where(late, LEARNING_LIMITED, LEARNING))


MECHANISM: type[Mechanism] = Learning
