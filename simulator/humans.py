"""What people did before: starting budgets that lean the right way without being right, and small edits to them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from simulator import response, waterfilling
from simulator.bent_filling import fill_bent
from simulator.conditions import Conditions
from simulator.streams import Streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.population import Population
    from simulator.scenario import Scenario


def starting_budgets(scenario: Scenario, population: Population, streams: Streams) -> NDArray[np.int64]:
    """Daily budgets (W, A), minor units: the best split to the power of `human_pull`, times people's error.

    Budgets are in round numbers: people type whole major units.
    """
    scale = population.scale_minor
    total = np.rint(scale.sum(axis=-1)).astype(np.int64)
    lo = np.minimum(np.rint(0.05 * scale).astype(np.int64), total[:, None] // scenario.ad_sets)
    hi = np.broadcast_to(total[:, None], lo.shape)

    ones = np.ones((*scale.shape, 1))
    usual = Conditions(impressions=ones, clicks=ones, conversions=ones)

    def marginal(spend: NDArray[np.float64]) -> NDArray[np.float64]:
        return response.marginal_value(spend, population, usual, scenario.concentration)

    def value(spend: NDArray[np.float64]) -> NDArray[np.float64]:
        return response.value_minor(spend, population, usual, scenario.concentration)

    curves = population.curves
    if curves is None or curves.concave:
        best = waterfilling.fill(marginal, total, lo, hi)
    else:
        turn = curves.worth_starting_at(lo.astype(np.float64))
        best = fill_bent(value, marginal, turn, total, lo, hi, start=scale)
    draws = streams.normals("starting budgets", 0, 1, scenario.ad_sets)[0]
    weight = np.maximum(best, 1) ** scenario.human_pull * np.exp(scenario.human_error * draws)
    wanted = weight / weight.sum(axis=-1, keepdims=True) * total[:, None]
    return _typed(wanted, scenario)


def edited_budgets(
    budgets_minor: NDArray[np.int64],
    starting_minor: NDArray[np.int64],
    scenario: Scenario,
    streams: Streams,
    day: date,
) -> NDArray[np.int64]:
    """Budgets (W, A) for `day`: a share of ad sets is set anew, a little off where people started."""
    draws = streams.normals("budget edits", day.toordinal(), 2, scenario.ad_sets)
    edited = special.ndtr(draws[0]) < scenario.edit_share
    anew = starting_minor.astype(np.float64) * np.exp(scenario.edit_spread * draws[1])
    return np.where(edited, _typed(anew, scenario), budgets_minor)


def _typed(wanted_minor: NDArray[np.float64], scenario: Scenario) -> NDArray[np.int64]:
    unit = scenario.minimum_budget_minor
    return np.maximum(np.rint(wanted_minor / unit).astype(np.int64), 1) * unit
