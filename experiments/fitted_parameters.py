"""Which parameters of a scenario an account's history can tell, and the statistic that tells each.

Indirect inference (Gourieroux, Monfort and Renault 1993): a parameter is moved until worlds simulated from it show, on
average, the same statistic as the history. What is crude about a statistic then cancels out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from experiments import history_statistics as look
from experiments.with_gaps import mean_of, variance_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from experiments.account_history import Figures

Kind = Literal["level", "spread", "shift"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """One parameter, its statistic (W,), and how the one follows from the other.

    `level`: the statistic is the parameter's log. `spread`: it is a variance, the parameter a standard deviation.
    `shift`: it is the parameter. `gain` is by how much the statistic moves with the parameter (its square).
    """

    parameter: str
    statistic: Callable[[Figures], NDArray[np.float64]]
    kind: Kind
    low: float
    high: float
    how: str
    gain: Callable[[int], float] = lambda days: 1.0  # noqa: ARG005 - most do not depend on the length of the past

    def moved(self, value: float, history: float, simulated: float, days: int) -> float:
        """The parameter after one step towards the history's statistic."""
        step = (history - simulated) / self.gain(days)
        if self.kind == "level":
            value *= math.exp(min(max(step, -3.0), 3.0))
        elif self.kind == "spread":
            value = math.sqrt(max(value**2 + step, 0.0))
        else:
            value += step
        return min(max(value, self.low), self.high)

    def uncertainty(self, value: float, spread: float, days: int) -> float:
        """Standard error of the parameter, from the statistic's standard deviation between simulated worlds."""
        step = spread / self.gain(days)
        if self.kind == "level":
            return value * step
        if self.kind == "spread":
            # At zero a variance's error is not the error of its root: the root of the error bounds it.
            return min(step / (2.0 * value), math.sqrt(step)) if value > 0 else math.sqrt(step)
        return step


def _mean(values: Callable[[Figures], NDArray[np.float64]]) -> Callable[[Figures], NDArray[np.float64]]:
    return lambda figures: mean_of(values(figures))


def _variance(values: Callable[[Figures], NDArray[np.float64]]) -> Callable[[Figures], NDArray[np.float64]]:
    return lambda figures: variance_of(values(figures))


def _drift_gain(days: int) -> float:
    """A random walk's thirds differ by 5/9 of its length; clicks carry half of the drift."""
    return 5.0 * days / 18.0


def _pull_gain(days: int) -> float:  # noqa: ARG001 - a gain takes the length of the past
    """The best spend is about the cube of efficiency at the calibrated exponent: 1 / (1 - 0.65)."""
    return 3.0


def _young_gain(days: int) -> float:  # noqa: ARG001 - a gain takes the length of the past
    """Of the three youngest days, the first shows all of the share, the next ones less: see `arrival_shares`."""
    return 0.68


FITTED = (
    Fitted("scale", _mean(look.log_scales), "level", 0.01, 1e9, "mean log daily spend of ad sets"),
    Fitted("scale_spread", _variance(look.log_scales), "spread", 0.0, 3.0, "variance of it between ad sets"),
    Fitted("human_pull", look.pull, "shift", 0.0, 1.0, "slope of log spend on log ROAS between ad sets", _pull_gain),
    Fitted("price", _mean(look.log_prices), "level", 1e-4, 1e7, "mean log CPM of ad sets"),
    Fitted("price_spread", _variance(look.log_prices), "spread", 0.0, 3.0, "variance of it between ad sets"),
    Fitted("click_rate", _mean(look.log_click_rates), "level", 1e-6, 0.5, "mean log CTR of ad sets"),
    Fitted("click_spread", _variance(look.log_click_rates), "spread", 0.0, 3.0, "variance of it between ad sets"),
    Fitted("conversion_rate", _mean(look.log_conversion_rates), "level", 1e-6, 1.0, "mean log CVR, settled days"),
    Fitted(
        "conversion_spread", _variance(look.log_conversion_rates), "spread", 0.0, 3.0, "variance of it between ad sets"
    ),
    Fitted("order_value", _mean(look.log_order_values), "level", 1e-4, 1e9, "mean log value per conversion"),
    Fitted("order_spread", _variance(look.log_order_values), "spread", 0.0, 3.0, "variance of it between ad sets"),
    Fitted("order_variation", look.order_wobble, "spread", 0.0, 5.0, "daily value against number of conversions"),
    Fitted("frequency", _mean(look.log_repeats), "level", 0.001, 50.0, "mean log of impressions per person less one"),
    Fitted("frequency_spread", _variance(look.log_repeats), "spread", 0.0, 3.0, "variance of it between ad sets"),
    Fitted("price_noise", look.price_wobble, "spread", 0.0, 2.0, "day-to-day variance of log CPM"),
    Fitted("click_noise", look.click_wobble, "spread", 0.0, 2.0, "day-to-day variance of log CTR beyond counting"),
    Fitted(
        "conversion_noise", look.conversion_wobble, "spread", 0.0, 2.0, "variance of daily conversions beyond counting"
    ),
    Fitted("weekday_strength", look.weekday_strength, "shift", 0.0, 5.0, "slope of weekdays' CVR on the usual pattern"),
    Fitted("common_spread", look.common_wobble, "spread", 0.0, 2.0, "variance of the account's daily CVR"),
    Fitted("drift_spread", look.drift_of_clicks, "spread", 0.0, 0.5, "change of CTR, first to last third", _drift_gain),
    Fitted("delivery_spread", look.spend_wobble, "spread", 0.0, 0.5, "day-to-day variance of spend, by the median"),
    Fitted(
        "same_day_share", look.young_share, "shift", 0.05, 1.0, "conversions of the three youngest days", _young_gain
    ),
)
"""In the order in which they are told; a new parameter is one entry."""

KEPT = {
    "exponent_spread": "budgets of one account do not tell it",
    "concentration": "budgets would have to vary tenfold for reach to tell it",
    "cheap_end": "only the smallest budgets would tell it",
    "weekday_spread": "a few weeks do not tell it from luck",
    "common_memory": "a few weeks do not tell it from luck",
    "shock_share": "a jump and drift look alike in one account",
}
"""Parameters that stay at their calibrated value, and why."""
