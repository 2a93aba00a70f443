"""Scores of budget policies on paired worlds: pure functions of arrays.

Every policy lives through the same worlds (same seeds, common random numbers), so what is compared are differences
within a world. Shapes: W worlds, D days. Intervals are 95 %: Student's t over the W worlds for means, and the
percentile bootstrap over worlds (2,000 resamples, fixed seed) for the two figures that are not means of worlds.

Worlds of several scenarios with the same seed share their luck: the simulator's streams are keyed by the seed and a
policy's draws by the account's name, which is made of the seed. Where such worlds are pooled, a seed and not a world is
the unit of every interval, whatever the correlation within it (cluster-robust; Cameron & Miller 2015, A Practitioner's
Guide to Cluster-Robust Inference, Journal of Human Resources 50(2), sections II and VI).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, IntArray

RESAMPLES = 2_000
NOTHING_TO_GAIN_PERCENT = 0.05
"""Below this mean distance between hold and the oracle, a captured share is a ratio of noise and is not reported."""
NOTHING_TO_GAIN = "none: what the oracle under the same change caps gains over hold is zero or lost in noise"
"""What stands in place of an interval's method where a captured share is not reported."""

FIGURES: Mapping[str, str] = {
    "share_of_oracle_percent": "share of the better oracle's value in each world: free, or capped where leaps cost",
    "gain_over_hold_percent": "expected value above leaving budgets alone",
    "gap_captured_percent": "share of what the oracle under the same change caps gains over hold",
    "regret_oracle_days": "expected value given up, in days of the oracle's value",
    "p5_share_of_oracle_percent": "share of the oracle in the world at the fifth percentile",
    "p5_gain_over_hold_percent": "expected value above leaving budgets alone, in the world at the fifth percentile",
    "days_below_hold_percent": "days with less than 95 % of hold's expected value",
    "cumulative_below_98_percent": "days up to which all expected value is less than 98 % of hold's",
    "churn_percent_per_day": "mean absolute log change of a budget a day",
}
"""Every figure by name, units included, and what it means."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; `low` and `high` are None where one world gives no interval."""

    value: float
    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """What one policy did: expected value of each day in minor units, and its churn; both (W, D)."""

    value_minor: FloatArray
    churn: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Yardstick:
    """What the same worlds gave otherwise, in minor units, (W, D): best oracle, oracle under change caps, hold."""

    oracle_minor: FloatArray
    capped_oracle_minor: FloatArray
    hold_minor: FloatArray


def pool(outcomes: Sequence[Outcome]) -> Outcome:
    """The worlds of several scenarios as one set of worlds."""
    return Outcome(np.concatenate([o.value_minor for o in outcomes]), np.concatenate([o.churn for o in outcomes]))


def better_of(free_minor: FloatArray, capped_minor: FloatArray) -> FloatArray:
    """Of two oracles the one with more value over all days, world by world, (W, D).

    Both look at today only. Where the market remembers, the free one pays tomorrow for its leaps (they restart
    learning), and steps under caps may come to more.
    """
    better = capped_minor.sum(-1) > free_minor.sum(-1)
    return np.where(better[:, None], capped_minor, free_minor)


def share_of_oracle(value_minor: FloatArray, oracle_minor: FloatArray) -> FloatArray:
    """Value over all days as a percentage of the oracle's, (W,).

    >>> share_of_oracle(np.array([[8.0, 10.0]]), np.array([[10.0, 10.0]]))
    array([90.])
    """
    return _percent(value_minor.sum(-1), oracle_minor.sum(-1))


def gain_over(value_minor: FloatArray, other_minor: FloatArray) -> FloatArray:
    """Percentage by which the value over all days exceeds another's, (W,); exactly 0 where they are the same."""
    return _percent(value_minor.sum(-1) - other_minor.sum(-1), other_minor.sum(-1))


def regret_days(value_minor: FloatArray, oracle_minor: FloatArray) -> FloatArray:
    """Sum over days of the share given up against the oracle, in oracle-days, (W,)."""
    return cumulative_regret_days(value_minor, oracle_minor)[:, -1]


def cumulative_regret_days(value_minor: FloatArray, oracle_minor: FloatArray) -> FloatArray:
    """Regret up to and including each day, in oracle-days, (W, D)."""
    kept = np.divide(value_minor, oracle_minor, out=np.ones_like(oracle_minor), where=oracle_minor > 0)
    lost: FloatArray = np.cumsum(1.0 - kept, axis=-1)
    return lost


def days_below(value_minor: FloatArray, hold_minor: FloatArray, share: float = 0.95) -> FloatArray:
    """Percentage of days with less than `share` of hold's value, (W,)."""
    below: FloatArray = 100.0 * (value_minor < share * hold_minor).mean(-1)
    return below


def cumulative_below(value_minor: FloatArray, hold_minor: FloatArray, share: float = 0.98) -> FloatArray:
    """Percentage of days up to which less than `share` of hold's value has come together, (W,).

    >>> cumulative_below(np.array([[9.0, 12.0, 9.0, 9.0]]), np.full((1, 4), 10.0))
    array([50.])
    """
    return days_below(np.cumsum(value_minor, axis=-1), np.cumsum(hold_minor, axis=-1), share)


def churn(budgets_minor: IntArray, starting_minor: IntArray) -> FloatArray:
    """Mean absolute log change of the budgets that are not zero, as a fraction.

    Args:
        budgets_minor: (W, D, A) budgets in force on each day.
        starting_minor: (W, A) budgets before the first day.

    Returns:
        (W, D); 0 on days on which no ad set had a budget.
    """
    before = np.concatenate([starting_minor[:, None, :], budgets_minor[:, :-1, :]], axis=1)
    held = (before > 0) | (budgets_minor > 0)
    change = np.abs(np.log(np.maximum(budgets_minor, 1) / np.maximum(before, 1)))
    count = held.sum(-1)
    mean: FloatArray = (change * held).sum(-1) / np.maximum(count, 1)
    return mean


def score(outcome: Outcome, yardstick: Yardstick, seeds: Sequence[int] | None = None) -> dict[str, Estimate]:
    """Every figure of `FIGURES` for one policy; a gap with nothing to gain is left out.

    Args:
        outcome: what the policy did in W worlds.
        yardstick: what the same worlds gave otherwise.
        seeds: (W,) the seed of every world, each as often as any other; None where no two worlds share one.
    """
    figures_by_world = _worlds(outcome, yardstick)
    figures = {name: mean_interval(worlds, seeds) for name, worlds in figures_by_world.items()}
    gap = _gap(outcome, yardstick)
    if _worth_gaining(gap):
        figures["gap_captured_percent"] = bootstrap(_captured, gap, seeds)
    for name, worlds in _fifth_of(figures_by_world).items():
        figures[name] = bootstrap(_fifth, worlds[:, None], seeds)
    return {name: figures[name] for name in FIGURES if name in figures}


def compare(
    outcome: Outcome, baseline: Outcome, yardstick: Yardstick, seeds: Sequence[int] | None = None
) -> dict[str, Estimate]:
    """Paired differences of every figure, policy minus baseline, each with its interval; `seeds` as for `score`."""
    ours, theirs = _worlds(outcome, yardstick), _worlds(baseline, yardstick)
    figures = {name: mean_interval(ours[name] - theirs[name], seeds) for name in ours}
    gaps = np.column_stack([_gap(outcome, yardstick), _gap(baseline, yardstick)])
    if _worth_gaining(gaps):
        figures["gap_captured_percent"] = bootstrap(
            lambda s: _captured(s[..., :2]) - _captured(s[..., 2:]), gaps, seeds
        )
    for name, worlds in _fifth_of(ours).items():
        both = np.column_stack([worlds, _fifth_of(theirs)[name]])
        figures[name] = bootstrap(lambda s: _fifth(s[..., :1]) - _fifth(s[..., 1:]), both, seeds)
    return {name: figures[name] for name in FIGURES if name in figures}


def in_full(figures: Mapping[str, Estimate]) -> dict[str, dict[str, float | str | None]]:
    """Every figure of `FIGURES` as JSON values; one that was left out is null in its unit, with why in words.

    >>> in_full({})["gap_captured_percent"]["value"] is None
    True
    """
    missing: dict[str, float | str | None] = {"value": None, "low": None, "high": None, "method": NOTHING_TO_GAIN}
    return {name: asdict(figures[name]) if name in figures else missing for name in FIGURES}


def mean_interval(worlds: FloatArray, seeds: Sequence[int] | None = None) -> Estimate:
    """The mean of (W,) worlds with Student's t interval over seeds.

    With every seed equally often this is the t interval of the seeds' own means. With some more often it is still the
    mean over worlds, with the cluster-robust variance G / (G - 1) times the sum over the G seeds of their squared
    summed residuals, over W squared, and G - 1 degrees of freedom.

    Args:
        worlds: a figure of every world, in its own unit.
        seeds: (W,) the seed of every world; None where no two worlds share one.

    >>> mean_interval(np.array([1.0, 3.0, 2.0, 4.0]), [1, 2, 1, 2]).method
    't over 2 seeds'
    """
    own, count = _own_seed(len(worlds), seeds)
    mean = float(worlds.mean())
    if count < 2:  # noqa: PLR2004 - a spread needs two
        return Estimate(mean, None, None, f"one {_unit(count, len(worlds))}, no interval")
    residuals = np.bincount(own, weights=worlds - mean)
    error = np.sqrt(count / (count - 1) * (residuals**2).sum()) / len(worlds)
    half = float(special.stdtrit(count - 1, 0.975) * error)
    return Estimate(mean, mean - half, mean + half, f"t over {count} {_unit(count, len(worlds))}s")


def bootstrap(
    statistic: Callable[[FloatArray], FloatArray], worlds: FloatArray, seeds: Sequence[int] | None = None
) -> Estimate:
    """A statistic of (..., W, k) worlds with the percentile interval of resampling seeds, all worlds of one together.

    Args:
        statistic: from (..., W, k) to (...), blind to the order of the worlds.
        worlds: (W, k) what it needs of every world.
        seeds: (W,) the seed of every world; None where no two worlds share one.

    Raises:
        ValueError: some seeds are there more often than others.
    """
    own, count = _own_seed(len(worlds), seeds)
    if len(set(np.bincount(own).tolist())) > 1:
        raise ValueError("a bootstrap over seeds needs every seed equally often: in every scenario")
    value = float(statistic(worlds))
    if count < 2:  # noqa: PLR2004 - a spread needs two
        return Estimate(value, None, None, f"one {_unit(count, len(worlds))}, no interval")
    members = np.argsort(own, kind="stable").reshape(count, -1)
    draws = np.random.default_rng(20260302).integers(0, count, size=(RESAMPLES, count))
    low, high = np.percentile(statistic(worlds[members[draws].reshape(RESAMPLES, -1)]), [2.5, 97.5])
    return Estimate(value, float(low), float(high), f"bootstrap over {count} {_unit(count, len(worlds))}s")


def _own_seed(worlds: int, seeds: Sequence[int] | None) -> tuple[IntArray, int]:
    """The index (W,) of every world's seed, and how many seeds there are."""
    own = np.arange(worlds) if seeds is None else np.unique(np.asarray(seeds), return_inverse=True)[1]
    return own, int(own.max()) + 1


def _unit(seeds: int, worlds: int) -> str:
    """What an interval is over, in words: seeds only where worlds share them."""
    return "world" if seeds == worlds else "seed"


def _worlds(outcome: Outcome, yardstick: Yardstick) -> dict[str, FloatArray]:
    return {
        "share_of_oracle_percent": share_of_oracle(outcome.value_minor, yardstick.oracle_minor),
        "gain_over_hold_percent": gain_over(outcome.value_minor, yardstick.hold_minor),
        "regret_oracle_days": regret_days(outcome.value_minor, yardstick.oracle_minor),
        "days_below_hold_percent": days_below(outcome.value_minor, yardstick.hold_minor),
        "cumulative_below_98_percent": cumulative_below(outcome.value_minor, yardstick.hold_minor),
        "churn_percent_per_day": 100.0 * outcome.churn.mean(-1),
    }


def _fifth_of(by_world: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Of the figures (W,) by world those of which the fifth percentile is told, by its name."""
    return {name: by_world[name.removeprefix("p5_")] for name in FIGURES if name.startswith("p5_")}


def _gap(outcome: Outcome, yardstick: Yardstick) -> FloatArray:
    """Per world, what was gained over hold and what could be, both in percent of the oracle, (W, 2)."""
    shares = [
        share_of_oracle(value, yardstick.oracle_minor)
        for value in (outcome.value_minor, yardstick.capped_oracle_minor, yardstick.hold_minor)
    ]
    return np.column_stack([shares[0] - shares[2], shares[1] - shares[2]])


def _worth_gaining(gap: FloatArray) -> bool:
    """Whether the gap is more than noise in every likely resample, so that no ratio explodes."""
    reachable = gap[:, 1]
    return bool(reachable.mean() > NOTHING_TO_GAIN_PERCENT and reachable.min() > -reachable.mean())


def _captured(gap: FloatArray) -> FloatArray:
    return _percent(gap[..., 0].mean(-1), gap[..., 1].mean(-1))


def _fifth(share: FloatArray) -> FloatArray:
    low: FloatArray = np.percentile(share[..., 0], 5.0, axis=-1)
    return low


def _percent(part: FloatArray, whole: FloatArray) -> FloatArray:
    """100 part / whole, NaN-free: worlds without any value count as 0."""
    ratio: FloatArray = 100.0 * np.divide(part, whole, out=np.zeros_like(np.asarray(part)), where=np.asarray(whole) > 0)
    return ratio
