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
    from agents.response import Response
    from agents.vocabulary import FloatArray

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
