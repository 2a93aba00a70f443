"""Creatives: how different ads of one account are, and how unevenly money is spread over them.

KAG is one campaign of Facebook ads with 1,143 rows, IRA the Internet Research Agency's 1,992 Facebook ads with 500
impressions, both counted anew; Motion studied 578,750 creatives. That "about half of all ads get little or no money"
(Motion) is no target, because nobody says how little that is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np

from experiments.laboratory import Laboratory
from experiments.sim_to_real import Target
from experiments.targets._dollars import DOLLARS
from experiments.with_gaps import correlation, log_ratio, mean_of, variance_of
from simulator.breakdown import broken_down
from simulator.concentration import Concentration, concentration_figures, lives_in
from simulator.streams import Streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_WINDOW_DAYS = 14
_LEAST_SHOWN = 500
_LEAST_CLICKS = 5
_MOTION_DAYS = 150
_KAG = "KAG (Facebook 2017)"
_IRA = "IRA (Facebook 2015-17)"
_MOTION = "Motion 2026, 6,015 accounts"


def _rates(laboratory: Laboratory) -> tuple[Floats, Floats]:
    """Log CTR and log CPM (W, N) of ads with 500 impressions and 5 clicks in two weeks, NaN for the others."""
    report = laboratory.sample("creatives", "creative_fatigue").world.report_ads(_WINDOW_DAYS)
    spend, shown, clicks = (
        report[name].sum(axis=-1).reshape(len(laboratory.seeds), -1).astype(np.float64)
        for name in ("spend_minor", "impressions", "clicks")
    )
    seen = (shown >= _LEAST_SHOWN) & (clicks >= _LEAST_CLICKS)
    return np.where(seen, log_ratio(clicks, shown), np.nan), np.where(seen, log_ratio(spend, shown), np.nan)


def _click_spread(laboratory: Laboratory) -> float:
    return float(np.sqrt(mean_of(variance_of(_rates(laboratory)[0]))))


def _price_spread(laboratory: Laboratory) -> float:
    return float(np.sqrt(mean_of(variance_of(_rates(laboratory)[1]))))


def _correlation(laboratory: Laboratory) -> float:
    return float(mean_of(correlation(*_rates(laboratory))))


def _rate_dispersion(laboratory: Laboratory) -> float | None:
    """Shape of the negative binomial of conversions given clicks, by moments, pooled over accounts.

    KAG's rows are ads by age and gender; so are they here, over two weeks.
    """
    world = laboratory.sample("creatives", "audiences", "segments").world
    report = world.report_ads(_WINDOW_DAYS)
    ads = report["clicks"].shape[2]
    figures = {name: array.reshape(len(world.seeds), -1, _WINDOW_DAYS) for name, array in report.items()}
    own = world.mechanism_state("segments").demographics
    told = {entry.name: getattr(own, entry.name) for entry in fields(own)}
    cells = replace(own, **{name: np.repeat(of, ads, axis=1) for name, of in told.items() if of is not None})
    last = world.today.toordinal()
    days = range(last - _WINDOW_DAYS, last)
    parts = broken_down(figures, cells, Streams(world.seeds), "demographics", days)
    clicks, orders = (
        parts[name].sum(axis=-1).reshape(len(world.seeds), -1).astype(np.float64) for name in ("clicks", "conversions")
    )
    expected = clicks * orders.sum(axis=-1, keepdims=True) / clicks.sum(axis=-1, keepdims=True)
    left = float(((orders - expected) ** 2 - expected).sum())
    return float((expected**2).sum()) / left if left > 0 else None


def _cost_ratio(laboratory: Laboratory) -> float:
    """Cost per conversion of the dearest cell of age and gender over that of the cheapest, median over ad sets."""
    cells = laboratory.sample("audiences", "segments").world.mechanism_state("segments").demographics
    cost = cells.price / (cells.clicks * cells.conversions)
    return float(np.median(cost.max(axis=-1) / cost.min(axis=-1)))


def _lives(pick: Callable[[Concentration], float]) -> Callable[[Laboratory], float]:
    """A figure of five months' creatives, as long as Motion's window."""

    def measure(laboratory: Laboratory) -> float:
        key = "lives"
        if key not in laboratory.notes:
            dollars = DOLLARS.get(laboratory.scenario.currency, 1.0)
            # From the first day on, so that every creative is seen from its launch.
            world = laboratory.world("creatives", "creative_fatigue", history_days=0)
            found = lives_in(world, _MOTION_DAYS)
            laboratory.notes[key] = concentration_figures([replace(one, spend=one.spend * dollars) for one in found])
        return 100.0 * pick(laboratory.notes[key])

    return measure


TARGETS = (
    Target("sd of log CTR between ads", 0.36, 1.04, f"{_KAG} 0.36; {_IRA} 1.04", _click_spread, 0.1),
    Target("sd of log CPM between ads", 0.32, 1.42, f"{_KAG} 0.32; {_IRA} 1.42", _price_spread, 0.1),
    Target("correlation of log CTR and log CPM", -0.33, -0.33, _IRA, _correlation, 0.3),
    Target("NB shape of conversions of ads by age and gender", 1.9, 1.9, _KAG, _rate_dispersion, 0.5),
    Target("CPA, dearest over cheapest cell", 4.7, 4.7, "KAG: 25 to 120 by age and gender", _cost_ratio, 0.5),
    Target("winners among creatives", 4.0, 8.8, _MOTION, _lives(lambda found: found.winners), unit="%"),
    Target("money of winners", 23.0, 64.0, f"{_MOTION}, by size", _lives(lambda found: found.winners_spend), unit="%"),
    Target("creatives off before 28 days", 50.0, 53.0, _MOTION, _lives(lambda found: found.losers), 0.2, "%"),
    Target(
        "money of the top 6 % of ads", 25.0, 71.0, f"{_KAG} 25; {_IRA} 71", _lives(lambda found: found.top_6), unit="%"
    ),
    Target(
        "money of the top 20 % of ads", 58.0, 100.0, f"{_KAG} 58; {_IRA} above 71", _lives(lambda f: f.top_20), unit="%"
    ),
)
