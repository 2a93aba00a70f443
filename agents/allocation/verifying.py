"""An allocation checked from the outside: what its certificate claims, computed anew from facts, curves and budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.allocation.limits import Leeway, Limits, leeway, limits_of
from agents.allocation.shapes import as_rows
from agents.allocation.solving import box_of, stand
from agents.vocabulary import Certificate, Reason

if TYPE_CHECKING:
    from agents.allocation.returns import Returns
    from agents.vocabulary import Allocation, BoolArray, FloatArray, IntArray, Observation

_TOLERANCE, _OF_MANY, _MANY = 1e-4, 5e-3, 4096
"""Of marginal returns, relative; for single ones of many. The gap, of second order in it, is checked as it is."""


def verify(
    observation: Observation,
    allocation: Allocation,
    returns: Returns | None = None,
    asked: Limits | float | None = None,
) -> dict[str, BoolArray]:
    """What does not hold, by the name of the check, each (...): all False for a sound allocation.

    * money: budgets are whole, never over the day's total, and the certificate's gap is what is left;
    * bounds: nobody below a floor, above a ceiling, beyond a change cap, or moved who may not be;
    * reasons: money is left only with a reason, and none is given for money that is spent;
    * price: with one unit more the marginal return of an ad set below its upper bound is at most the price, with one
      less that of an ad set above its lower bound is at least the price (the conditions of Karush, Kuhn and Tucker);
    * gap: the value of the dual function, found anew, is no further above what is reached than the certificate says;
    * averages: the account keeps its ROAS floor and CPA ceiling, or the certificate says that it cannot.

    The last three need the response curves.

    Raises:
        ValueError: the allocation has no certificate.
    """
    certificate = allocation.certificate
    if certificate is None:
        raise ValueError("the allocation has no certificate to verify")
    limits = limits_of(asked)
    room = leeway(observation, limits, returns)
    found = _facts(observation, allocation, certificate, room)
    if returns is not None:
        counted = returns if certificate.tilt is None else returns.weighted(certificate.tilt)
        budgets = np.where(observation.ad_sets.adjustable, allocation.budgets_minor, 0)
        found["price"] = _off_price(counted, certificate.dual_value, budgets, room)
        found["gap"] = _beyond_gap(counted, certificate, budgets, room)
        found["averages"] = _below_averages(observation, allocation, returns, limits, certificate)
    return found


def _facts(
    observation: Observation, allocation: Allocation, certificate: Certificate, room: Leeway
) -> dict[str, BoolArray]:
    sets, budgets = observation.ad_sets, allocation.budgets_minor
    adjustable = sets.adjustable
    spent = np.where(sets.active, budgets, 0).sum(axis=-1)
    held = np.where(sets.active & ~adjustable, sets.budgets_minor, 0).sum(axis=-1)
    gap = observation.budget_minor - spent
    outside = (budgets < room.lo_minor) | (budgets > room.hi_minor)
    over = spent > np.maximum(observation.budget_minor, held)
    return {
        "money": np.asarray(over | (gap != certificate.gap_minor) | (budgets < 0).any(axis=-1)),
        "bounds": np.asarray(np.where(adjustable, outside, budgets != sets.budgets_minor).any(axis=-1)),
        "reasons": np.asarray((gap != 0) & (certificate.reasons == Reason.NONE)),
    }


def _off_price(returns: Returns, price: FloatArray, budgets: IntArray, room: Leeway) -> BoolArray:
    tolerance = _OF_MANY if budgets.shape[-1] >= _MANY else _TOLERANCE
    more = returns.marginal(budgets + 1) > price[..., None] * (1 + tolerance)
    less = returns.marginal(np.maximum(budgets - 1, 1)) < price[..., None] * (1 - tolerance)
    wrong = (more & (budgets < room.hi_minor)) | (less & (budgets > np.maximum(room.lo_minor, 1)))
    return np.asarray(wrong.any(axis=-1))


def _beyond_gap(returns: Returns, certificate: Certificate, budgets: IntArray, room: Leeway) -> BoolArray:
    flat, box = returns.as_rows(budgets.shape), box_of(room)
    here = as_rows(budgets).astype(np.float64)
    price = np.asarray(certificate.dual_value).reshape(-1)
    known = np.where(np.isnan(price), 1.0, price)
    best = stand(flat, box, np.log(known), here)
    gain = flat.value(best) - flat.value(here) - known[:, None] * (best - here)
    could = (gain * (box.hi > box.lo)).sum(axis=-1)
    slack = 1e-12 * flat.value(here).sum(axis=-1)
    within = could <= certificate.missed.reshape(-1) * (1 + 1e-6) + slack
    beyond = ~within & ~np.isnan(price)  # an unknown gap at a known price is no certificate
    return np.asarray(beyond.reshape(budgets.shape[:-1]))


def _below_averages(
    observation: Observation, allocation: Allocation, returns: Returns, limits: Limits, certificate: Certificate
) -> BoolArray:
    spent = np.where(observation.ad_sets.active, allocation.budgets_minor, 0)
    worth = returns.value(spent)
    broken = np.zeros(observation.budget_minor.shape, dtype=np.bool_)
    money = spent.sum(axis=-1)
    allowed = spent.shape[-1] + 1e-9 * money  # rounding moves each budget by less than a unit
    if limits.roas_floor:
        short = (worth * returns.value_each).sum(axis=-1) / limits.roas_floor < money - allowed
        broken |= short & ~_says(certificate, Reason.ROAS_FLOOR_OUT_OF_REACH)
    if limits.cpa_ceiling_minor is not None and returns.conversions_each is not None:
        short = (worth * returns.conversions_each).sum(axis=-1) * limits.cpa_ceiling_minor < money - allowed
        broken |= short & ~_says(certificate, Reason.CPA_CEILING_OUT_OF_REACH)
    return broken


def _says(certificate: Certificate, reason: Reason) -> BoolArray:
    flagged: BoolArray = (certificate.reasons & np.int64(reason)) != 0
    return flagged
