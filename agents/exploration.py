"""What there is to learn from spending a little more or less: the value of information of a budget.

A misjudged elasticity misplaces money on every day to come. Over a horizon of T days and to second order, the loss is
T/2 * value * (q / e) * variance of the elasticity, with e the elasticity and q minus the inverse of
d log marginal / d log budget; a day of clicks at another spend shrinks that variance by a known amount. The slope of
that saving by the budget is added to the marginal return, as in knowledge-gradient policies (Frazier, Powell and
Dayanik, A Knowledge-Gradient Policy for Sequential Information Collection, 2008).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from agents.reserve import ledger
from agents.vocabulary import Baseline

if TYPE_CHECKING:
    from agents.response import Curves, Response
    from agents.vocabulary import FloatArray, Observation

_EARNED_DAYS = 0.3
"""Days of the account's value that must have been earned before all is tried that promises to teach."""
_FIRST_DAYS = 14
_LEAST, _MOST = 0.5, 2.0
"""Bounds on the factor: what can be learnt never outweighs what is known of returns."""


def learning_bonus(response: Response, spend_minor: FloatArray, horizon_days: float) -> FloatArray:
    """Log factor (..., A) on marginal returns at `spend_minor` > 0 for what the next unit of money teaches.

    It is negative where spending less would teach more.
    """
    curves, clicks = response.curves, response.clicks.state
    x = np.log(spend_minor / curves.anchor_minor)
    e = curves.elasticity_at(spend_minor)
    by_level = clicks.level_var + x * clicks.covariance
    by_slope = clicks.covariance + x * clicks.elasticity_var
    variance = by_level + x * by_slope
    mean = np.exp(clicks.level + response.clicks.lasting + clicks.elasticity * x - 0.5 * curves.curvature * x * x)
    share = 1.0 / (1.0 + mean * response.clicks.overdispersion)
    weight = mean * share
    shrunk = 1.0 + weight * variance
    # d/dx of by_slope^2 * weight / (1 + weight * variance), the fall of the elasticity's variance
    growing = (clicks.elasticity - curves.curvature * x) * weight * share
    fall = 2.0 * by_slope * clicks.elasticity_var * weight / shrunk
    fall += by_slope * by_slope * (growing - 2.0 * weight * weight * by_slope) / (shrunk * shrunk)
    q = 1.0 / (1.0 - e + curves.curvature / e)
    return np.log(np.clip(1.0 + 0.5 * horizon_days * q / (e * e) * fall, _LEAST, _MOST))


def earned_share(observation: Observation, curves: Curves) -> FloatArray:
    """How much of the trying is paid for, (..., 1) from 0 to 1: trials are paid from what steering has earned.

    Earned is what the days since steering began are believed to have brought beyond people's budgets. Where nobody
    says what people had set, the first two weeks with spend in the window stand for it.
    """
    books = ledger(_with_baseline(observation), curves)
    held, done = (stake.value_minor.sum(axis=-1) for stake in (books.held, books.done))
    day = held / max(books.days, 1)
    earned = np.where(day > 0.0, (done - held) / np.where(day > 0.0, day, 1.0), 0.0)
    return np.clip(earned / _EARNED_DAYS, 0.0, 1.0)[..., None]


def _with_baseline(observation: Observation) -> Observation:
    if observation.baseline is not None:
        return observation
    days, first = observation.history.days, observation.history.spend_minor[..., :_FIRST_DAYS]
    since = days[0] + timedelta(days=first.shape[-1])
    return replace(observation, baseline=Baseline(first.sum(axis=-1), since))
