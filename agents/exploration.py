"""What there is to learn from spending a little more or less: the value of information of a budget.

A misjudged elasticity misplaces money on every day to come. Over a horizon of T days and to second order, the loss is
T/2 * value * (q / e) * variance of the elasticity, with e the elasticity and q minus the inverse of
d log marginal / d log budget; a day of clicks at another spend shrinks that variance by a known amount. The slope of
that saving by the budget is added to the marginal return, as in knowledge-gradient policies (Frazier, Powell and
Dayanik, A Knowledge-Gradient Policy for Sequential Information Collection, 2008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from agents.response import Curves, Response
    from agents.vocabulary import FloatArray, IntArray, Observation

_EARNED_DAYS = 0.1
"""Days of the account's value that must have been earned before all is tried that promises to teach."""
_WEEK = 7
_EARLY_WEEKS = 4
_LEAST, _MOST = 0.8, 1.25
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

    Earned is what whole weeks since steering began are believed to have brought beyond people's budgets, with the same
    money. What was spent in the first four weeks of the window stands for what people had set, through any door.
    """
    spend = _weekly(observation.history.spend_minor)
    shares = _peoples(spend)
    earned = np.zeros((*spend.shape[1:-1], 1))
    for week in spend:
        done, held = _value(curves, week), _value(curves, shares * week.sum(axis=-1, keepdims=True))
        earned += _WEEK * (done - held) / np.where(held > 0.0, held, 1.0)
    return np.clip(earned / _EARNED_DAYS, 0.0, 1.0)


def _weekly(spend_minor: IntArray) -> FloatArray:
    """Mean spend a day of whole weeks up to yesterday, (weeks, ..., A)."""
    *rest, days = spend_minor.shape
    weeks = days // _WEEK
    whole = np.ascontiguousarray(spend_minor[..., days - weeks * _WEEK :]).reshape(*rest, weeks, _WEEK)
    return np.ascontiguousarray(np.moveaxis(whole.sum(axis=-1) / _WEEK, -1, 0))


def _peoples(spend: FloatArray) -> FloatArray:
    """How people had split the money, (..., A): what was spent in the first weeks of the window, (weeks, ..., A)."""
    early = np.cumsum(spend.max(axis=-1, keepdims=True, initial=0.0) > 0.0, axis=0) <= _EARLY_WEEKS
    own = np.zeros(spend.shape[1:])
    for week, counts in zip(spend, early, strict=True):
        own += counts * week
    whole = own.sum(axis=-1, keepdims=True)
    shares: FloatArray = own / np.where(whole > 0.0, whole, 1.0)
    return shares


def _value(curves: Curves, spend_minor: FloatArray) -> FloatArray:
    """A day's value of the account, (..., 1)."""
    worth = np.exp(curves.log_value(np.maximum(spend_minor, 1e-3)))
    value: FloatArray = (worth * (spend_minor > 0.0)).sum(axis=-1, keepdims=True)
    return value
