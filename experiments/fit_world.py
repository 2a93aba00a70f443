"""A scenario that is like an account's exported history, and how each of its parameters was found."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.account_history import simulated_figures
from experiments.errors import HistoryRefused
from experiments.fitted_parameters import FITTED, KEPT, Fitted
from service.currencies import minor_per_major
from simulator.scenario import Scenario

if TYPE_CHECKING:
    from experiments.account_history import AccountHistory, Figures

_ROUNDS, _WORLDS = 8, 24
_YOUNG_ORDERS = 100.0
_LEAST_EDIT = 1e-3
_MOST_WOBBLE, _MOST_EDIT = 2.0, 3.0
"""What a scenario takes."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One parameter of the fitted scenario."""

    parameter: str
    value: float
    default: float
    standard_error: float | None
    how: str
    kept: bool
    """Whether the history could not tell, and the calibrated value stayed."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A scenario and where it comes from."""

    scenario: Scenario
    estimates: tuple[Estimate, ...]


def fit_world(history: AccountHistory, *, name: str, seed: int = 1) -> Fit:
    """Fit a scenario to a history.

    Args:
        history: of one account.
        name: of the scenario.
        seed: first of the seeds of the worlds that are simulated on the way.

    Raises:
        HistoryRefused: nothing was clicked or nothing was bought on settled days.
    """
    figures = history.figures
    if not (figures.conversions * figures.settled).sum() or not figures.value.sum():
        raise HistoryRefused("no conversion with a value on any settled day: there is no response to fit")
    direct = _direct(history)
    scenario = _first_guess(history, name).having(**{found.parameter: found.value for found in direct})
    told = [entry for entry in FITTED if _why_not(entry, history) is None]
    target = {entry.parameter: float(entry.statistic(figures)[0]) for entry in told}
    seeds = range(seed, seed + _WORLDS)
    for _ in range(_ROUNDS):
        scenario = _moved(scenario, told, target, simulated_figures(scenario, seeds, history), history.days)
    seen = simulated_figures(scenario, seeds, history)
    estimates = [_estimate(entry, scenario, seen, history) for entry in FITTED if entry.parameter not in _names(direct)]
    estimates.append(_tied(scenario, estimates))
    kept = [Estimate(key, getattr(scenario, key), _default(key), None, why, kept=True) for key, why in KEPT.items()]
    return Fit(_rounded(scenario, [*direct, *estimates]), (*direct, *estimates, *kept))


def _first_guess(history: AccountHistory, name: str) -> Scenario:
    """The calibrated market with the account's own frame."""
    return Scenario(
        name=name,
        description=f"Fitted to {len(history.ad_sets)} ad sets and {history.days} days from {history.first_day}.",
        ad_sets=len(history.ad_sets),
        currency=history.currency,
        minor_per_major=minor_per_major(history.currency),
        time_zone=history.time_zone,
        start_day=history.exported_on,
    )


def _direct(history: AccountHistory) -> list[Estimate]:
    """What budgets say outright, where the export has them."""
    if history.budgets is None or not np.isfinite(history.budgets).any():
        return []
    there = history.figures.there[0] & (np.nan_to_num(history.budgets) > 0)
    if not there.any():
        return []
    share = history.figures.spend[0][there] / history.budgets[there]
    budgets = np.where(there, history.budgets, np.nan)
    steps = np.diff(np.log(budgets), axis=-1)
    compared = np.isfinite(steps)
    edited = compared & (np.abs(steps) > _LEAST_EDIT)
    edits = float(edited.sum() / max(compared.sum(), 1))
    usual = np.nanmedian(np.log(budgets[there.any(axis=-1)]), axis=-1, keepdims=True)
    away = (np.log(budgets[there.any(axis=-1)]) - usual)[:, 1:][edited[there.any(axis=-1)]]
    count, wobble = math.sqrt(share.size), float(np.log(share).std())
    found = [
        ("delivery_share", min(float(share.mean()), 1.0), float(share.std()) / count, "spend over budget"),
        ("delivery_spread", min(wobble, _MOST_WOBBLE), wobble / count, "sd of its log"),
        ("edit_share", edits, math.sqrt(edits * (1 - edits) / max(compared.sum(), 1)), "days with another budget"),
    ]
    if away.size:
        spread = float(np.sqrt(np.mean(away**2)))
        error = spread / math.sqrt(2 * away.size)
        found.append(("edit_spread", min(spread, _MOST_EDIT), error, "edited budgets against the median"))
    return [Estimate(key, value, _default(key), error, how, kept=False) for key, value, error, how in found]


def _why_not(entry: Fitted, history: AccountHistory) -> str | None:
    """Why the history cannot tell a parameter, or None where it can."""
    figures = history.figures
    if entry.parameter in _names(_direct(history)):
        return "told by budgets"
    if entry.parameter.startswith("frequency") and figures.reach is None:
        return "no column for reach"
    if entry.parameter == "same_day_share":
        young = np.isin(figures.ages, (1, 2, 3))
        orders = figures.conversions[..., young].sum()
        if orders < _YOUNG_ORDERS:
            return f"{orders:.0f} conversions on the three youngest days; {_YOUNG_ORDERS:.0f} would tell it"
    if not np.isfinite(entry.statistic(figures)[0]):
        return "too few figures of this kind"
    return None


def _moved(scenario: Scenario, told: list[Fitted], target: dict[str, float], seen: Figures, days: int) -> Scenario:
    """One step of all parameters at once."""
    changes: dict[str, float] = {}
    for entry in told:
        statistics = entry.statistic(seen)
        simulated = float(np.mean(statistics[np.isfinite(statistics)])) if np.isfinite(statistics).any() else math.nan
        if math.isfinite(simulated):
            value = getattr(scenario, entry.parameter)
            changes[entry.parameter] = entry.moved(value, target[entry.parameter], simulated, days)
    # Spend tells only how large markets and people's errors are together; they keep their usual proportion.
    changes["human_error"] = changes["scale_spread"] * _default("human_error") / _default("scale_spread")
    return scenario.having(**changes)


def _estimate(entry: Fitted, scenario: Scenario, seen: Figures, history: AccountHistory) -> Estimate:
    value = float(getattr(scenario, entry.parameter))
    default = _default(entry.parameter)
    why_not = _why_not(entry, history)
    if why_not is not None:
        return Estimate(entry.parameter, value, default, None, why_not, kept=True)
    statistics = entry.statistic(seen)
    error = entry.uncertainty(value, float(np.std(statistics[np.isfinite(statistics)])), history.days)
    return Estimate(entry.parameter, value, default, error, entry.how, kept=False)


def _tied(scenario: Scenario, estimates: list[Estimate]) -> Estimate:
    """People's errors go with the spread of scales."""
    error = next(found.standard_error for found in estimates if found.parameter == "scale_spread")
    usual = _default("human_error")
    part = None if error is None else error * usual / _default("scale_spread")
    how = "in proportion to scale_spread: spend tells them only together"
    return Estimate("human_error", scenario.human_error, usual, part, how, kept=False)


def _default(parameter: str) -> float:
    default: Any = next(entry.default for entry in fields(Scenario) if entry.name == parameter)
    return float(default)


def _names(estimates: list[Estimate]) -> set[str]:
    return {found.parameter for found in estimates}


def _rounded(scenario: Scenario, estimates: list[Estimate]) -> Scenario:
    """Four digits are more than a history tells; worlds made from it have the usual four weeks of past."""
    told = {e.parameter: float(f"{getattr(scenario, e.parameter):.4g}") for e in estimates if not e.kept}
    return scenario.having(**told)


def as_yaml(fit: Fit) -> str:
    """The scenario as a file: what differs from the defaults, each with how it was found."""
    scenario, found = fit.scenario, {entry.parameter: entry for entry in fit.estimates if not entry.kept}
    lines = [f"# {scenario.description}", "# Everything that is not said here has its calibrated default."]
    for entry in fields(Scenario):
        value = getattr(scenario, entry.name)
        if entry.name == "mechanisms" or value == entry.default:
            continue
        written = json.dumps(value.isoformat() if isinstance(value, date) else value)
        estimate = found.get(entry.name)
        error = f"± {estimate.standard_error:.2g}; " if estimate and estimate.standard_error else ""
        lines.append(f"{entry.name}: {written}" + (f"  # {error}{estimate.how}" if estimate else ""))
    return "\n".join(lines) + "\n"
