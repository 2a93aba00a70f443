"""What more money brings: exponents of results on spend, people reached, and repeated exposures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from experiments.laboratory import Laboratory
from experiments.sim_to_real import Target
from experiments.with_gaps import log_ratio, slope
from simulator import fatigue
from simulator.reach import people_reached
from simulator.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LADDER = (0.5, 0.71, 1.0, 1.41, 2.0)
"""Times the budgets that people left."""

_WIDE_LADDER = (0.1, 0.3, 1.0, 3.0, 9.0)
_FEW_AD_SETS = 40
_MANY = 1e7
_SERIES_TERMS = 9


def _ladder(laboratory: Laboratory, steps: tuple[float, ...]) -> dict[str, Floats]:
    """The first day of the same worlds under several budgets: figures (W, A, steps), spend and value expected too."""
    days = []
    for step in steps:
        world = World(laboratory.scenario, laboratory.seeds)
        budgets = np.maximum(np.rint(world.budgets_minor * step), 1.0).astype(np.int64)
        expected = {
            "expected_spend": world.expected_spend_minor(budgets),
            "expected_value": world.expected_value_minor(budgets),
        }
        world.set_budgets(budgets)
        world.step()
        day = {name: array[..., 0].astype(np.float64) for name, array in world.report(1).items()}
        days.append(day | expected)
    return {name: np.stack([day[name] for day in days], axis=-1) for name in days[0]}


def _exponent(top: str, bottom: str) -> Callable[[Laboratory], float]:
    """Median over ad sets of the slope of logs."""

    def measure(laboratory: Laboratory) -> float:
        day = _ladder(laboratory, LADDER)
        one = np.ones_like(day[top])
        return float(np.nanmedian(slope(log_ratio(day[bottom], one), log_ratio(day[top], one))))

    return measure


def _concentration(laboratory: Laboratory) -> float:
    """Shape of the negative binomial by which reach follows impressions, median over some ad sets."""
    day = _ladder(laboratory, _WIDE_LADDER)
    shown, reach = (day[name].reshape(-1, len(_WIDE_LADDER))[:_FEW_AD_SETS] for name in ("impressions", "reach"))
    return float(np.median([_fitted_shape(*pair) for pair in zip(shown, reach, strict=True) if pair[1].min() > 0]))


def _fitted_shape(shown: Floats, reach: Floats) -> float:
    """Shape k of audience * (1 - (1 + shown / audience / k)^-k), the audience unknown too, by least squares."""

    def left(logs: Floats) -> Floats:
        audience, shape = np.exp(logs)
        away: Floats = np.log(people_reached(shown, np.full_like(shown, audience), shape)) - np.log(reach)
        return away

    found = optimize.least_squares(left, np.log([2.0 * reach.max(), 1.0]), bounds=([0.0, -5.0], [30.0, 8.0]))
    return float(np.exp(found.x[1]))


def _likelihoods() -> Floats:
    """Likelihood to click at the first, second, ... exposure, (5,).

    With Poisson exposures of mean m it is on average F(m) = sum f(n) m^n e^-m / n!, so the Taylor coefficients of
    F(m) e^m are f(n) / n!, where n exposures came before.
    """
    means = np.cos(np.pi * (np.arange(_SERIES_TERMS) + 0.5) / _SERIES_TERMS)
    one = np.full(_SERIES_TERMS, 1.0)
    average = fatigue.marginal_freshness(np.zeros(_SERIES_TERMS), one, _MANY, stock=means)
    series = np.polynomial.Polynomial.fit(means, average * np.exp(means), _SERIES_TERMS - 1).convert().coef
    factorials = np.array([1.0, 1.0, 2.0, 6.0, 24.0])
    found: Floats = series[: len(factorials)] * factorials
    return found


def _fourth_exposure(laboratory: Laboratory) -> float:  # noqa: ARG001 - the same in every scenario
    likelihoods = _likelihoods()
    return 100.0 * float(likelihoods[3] / likelihoods[0] - 1.0)


def _fatigue_exponent(laboratory: Laboratory) -> float:  # noqa: ARG001 - the same in every scenario
    likelihoods = _likelihoods()
    return float(slope(np.log(np.arange(1.0, len(likelihoods) + 1.0)), np.log(likelihoods)))


TARGETS = (
    Target(
        "exponent of impressions on spend",
        0.52,
        0.83,
        "iPinYou 1458 replay 0.65; across ads: IRA 0.52, KAG 0.83",
        _exponent("impressions", "spend_minor"),
    ),
    Target(
        "exponent of results on spend",
        0.5,
        0.85,
        "across ads: KAG conversions 0.50-0.55, impressions 0.83",
        _exponent("expected_value", "expected_spend"),
    ),
    Target(
        "shape of exposures between people",
        0.3,
        1.0,
        "Danaher 2007: NBD; marketing A/B sample: 0.36 by maximum likelihood",
        _concentration,
    ),
    Target(
        "clicks at the fourth exposure", -45.0, -45.0, "Meta's study of creative fatigue", _fourth_exposure, 0.05, "%"
    ),
    Target(
        "exponent of clicks on exposures", -0.43, -0.43, "Meta's study of creative fatigue", _fatigue_exponent, 0.05
    ),
)
