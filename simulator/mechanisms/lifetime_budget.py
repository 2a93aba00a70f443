"""Lifetime budgets: a sum for a whole flight, paced by what is left of it and never exceeded.

Meta ("About lifetime budgets", Business Help Centre): no more than the lifetime budget is charged; standard delivery
strives to spend it evenly, with more on days of many results. Here people state the daily amount b(t): on the first day
b x flight_days is the sum, an edit changes what is left by the change of b times the days left. So in all no more than
the sum of b(t) over the flight is planned, and an ad set that paused has more a day afterwards. How far pacing follows
traffic is not published; `pacing` gives the two ends.

Together with `campaign_budget` the sum is the campaign's: every night what is left over or ahead is divided among its
ad sets by their daily amounts, so that one that got much today is not short of money for it tomorrow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import special

from simulator import seasonality
from simulator.ads import over_ads
from simulator.delivery import MOST_OF_A_DAY
from simulator.mechanism import Factors, Mechanism, Morning, Outcome, Outlook, Setting, param
from simulator.mechanisms._campaigns import parts, sums
from simulator.mechanisms.campaign_budget import CampaignBudget

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Flight:
    """Where lifetime budgets stand, (W, A)."""

    under: NDArray[np.bool_]
    """Which ad sets have a lifetime budget."""
    carried_minor: NDArray[np.int64]
    """Daily amounts of the flight's past days, less what was spent on them; negative where it ran ahead."""
    daily_minor: NDArray[np.int64]
    """Yesterday's daily amounts; -1 where there was no yesterday."""


@dataclass(frozen=True, slots=True)
class LifetimeBudget(Mechanism):
    """Ad sets with a sum for a flight. Before it their daily budgets hold, after it they spend nothing.

    On a day with a daily budget of zero, or paused, nothing is spent either, whatever is left.
    """

    order: ClassVar[int] = 20

    share: float = param(1.0, "share of ad sets with a lifetime budget", low=0.0, high=1.0)
    first_day: int = param(0, "first day of the flight, days after the start of the scenario", low=0, high=3_650)
    flight_days: int = param(28, "days of the flight", low=1, high=3_650)
    pacing: str = param("traffic", "even: as much every day; traffic: by weekday demand", options=("even", "traffic"))

    def begin(self, setting: Setting) -> Flight:
        """Draw who has a lifetime budget."""
        draws = setting.streams.normals("lifetime_budget", 0, 1, setting.shape[1])[0]
        zero = np.zeros(setting.shape, dtype=np.int64)
        return Flight(special.ndtr(draws) < self.share, carried_minor=zero, daily_minor=zero - 1)

    def morning(self, state: Flight, morning: Morning) -> Factors | None:
        """No more can be spent today than was left of the sum last night."""
        gone = self._days_gone(morning)
        if not 0 <= gone < self.flight_days:
            return None
        return Factors(spend_limit_minor=np.where(state.under, self._left_last_night(state, gone), np.inf))

    def allot(
        self,
        state: Flight,
        morning: Morning,
        budgets: NDArray[np.float64],
        outlook: Outlook,  # noqa: ARG002 - the hook's signature
    ) -> NDArray[np.float64] | None:
        """Today's part of what is left."""
        gone = self._days_gone(morning)
        if gone < 0:
            return None
        if gone >= self.flight_days:
            return np.where(state.under, 0.0, budgets)
        left = np.maximum(state.carried_minor + budgets * (self.flight_days - gone), 0.0)
        # A day can bring up to 1.75 times what is set out: last night's limit must hold it, or a smaller aim.
        held = self._left_last_night(state, gone) <= left
        aim = np.minimum(left * self._part_of_today(morning, gone), np.where(held, left, left / MOST_OF_A_DAY))
        return np.where(state.under, np.where(budgets > 0, aim, 0.0), budgets)

    def evening(self, state: Flight, morning: Morning, outcome: Outcome) -> Flight:
        """Book the day's amount, and what was spent of it."""
        carried = state.carried_minor
        if 0 <= self._days_gone(morning) < self.flight_days:
            carried = carried + morning.budgets_minor - over_ads(outcome.spend_minor)
            carried = self._pooled(carried, state.under, morning)
        return replace(state, carried_minor=carried, daily_minor=morning.budgets_minor)

    def _pooled(self, carried: NDArray[np.int64], under: NDArray[np.bool_], morning: Morning) -> NDArray[np.int64]:
        """Money carried (W, A), divided anew within campaigns; rounding loses money and never makes any."""
        campaigns = morning.setting.scenario.mechanisms.get("campaign_budget")
        if not isinstance(campaigns, CampaignBudget):
            return carried
        size = campaigns.ad_sets_per_campaign
        daily = np.where(under, morning.budgets_minor, 0)
        whole = sums(np.where(under, carried, 0), size)
        divided = np.floor(whole * parts(daily.astype(np.float64), size)).astype(np.int64)
        return np.where(sums(daily, size) > 0, divided, carried)

    def _days_gone(self, morning: Morning) -> int:
        """Days of the flight that have passed, negative before it."""
        return (morning.day - morning.setting.scenario.start_day).days - self.first_day

    def _left_last_night(self, state: Flight, gone: int) -> NDArray[np.float64]:
        """What is left (W, A) if nobody edits today: unlimited on a world's very first day."""
        left = np.maximum(state.carried_minor + state.daily_minor * (self.flight_days - gone), 0)
        return np.where(state.daily_minor < 0, np.inf, left)

    def _part_of_today(self, morning: Morning, gone: int) -> float:
        """Today's share of the money for all days left."""
        strength = morning.setting.scenario.weekday_strength if self.pacing == "traffic" else 0.0
        days = [morning.day + timedelta(days=ahead) for ahead in range(self.flight_days - gone)]
        traffic = np.exp([seasonality.log_demand(day, strength) for day in days])
        return float(traffic[0] / traffic.sum())


MECHANISM: type[Mechanism] = LifetimeBudget
