"""A decision explained, ad set by ad set and as a whole: from what was seen, what was decided and what is believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from agents.allocation import leeway
from agents.beliefs import probability_best
from agents.explanation import moments
from agents.explanation.flips import flips
from agents.explanation.limits import limit_of
from agents.explanation.reasons import direction_of, reason_of, reason_words, standing_reason
from agents.explanation.summing import summary_of
from agents.explanation.values import Account, Cause, Estimate, Explanation, Flip, Limit
from agents.explanation.words import paragraph

if TYPE_CHECKING:
    from agents.allocation import Leeway
    from agents.response import Curves
    from agents.vocabulary import Allocation, Beliefs, FloatArray, History, IntArray, Observation

_SHRUNK = 3.0
_LEAST_SD = 1e-12


@dataclass(frozen=True, eq=False, slots=True)
class Split:
    """How a decision came of curves.

    Attributes:
        acted_on: the curves that the decision took for true: a draw, or the belief itself.
        unswayed_minor: (A,) the budgets that the belief itself would have led to, without a draw; None where nothing
            was drawn, and `acted_on` differs from the belief on purpose: that is no trial.
        margins: what may be moved, (N, A), to the return (N,) of the last unit of money where `acted_on` is split so.
    """

    acted_on: Curves
    unswayed_minor: IntArray | None
    margins: Callable[[Leeway], FloatArray]


@dataclass(frozen=True, eq=False, slots=True)
class Grounds:
    """What a decision on curves stands on, for a single account of A ad sets.

    Attributes:
        curves: what is believed.
        room: what could be moved, under all constraints.
        target: least return that the owner asks of the next unit of money; None for the account's margin.
        split: how budgets came of the curves; None where they did not come of them alone, and then there are neither
            flips nor costs of trials, and reasons are the policy's own sentences.
        margin: what the last unit of money is believed to return; None where that is the certificate's multiplier.
        order_value_minor: (A,) what an order is believed to be worth; None for the usual way of reckoning it.
    """

    curves: Curves
    room: Leeway
    target: float | None = None
    split: Split | None = None
    margin: float | None = None
    order_value_minor: FloatArray | None = None


def explain_curves(
    observation: Observation,
    allocation: Allocation,
    grounds: Grounds,
    final_minor: IntArray | None = None,
    *,
    sentences: Sequence[str] | None = None,
) -> Account:
    """The decision of a policy that believes in curves.

    Args:
        observation: a single account.
        allocation: what the policy asked.
        grounds: what it stands on.
        final_minor: (A,) what is left of it after guardrails: values and gains are judged there; None for all of it.
        sentences: (A,) the policy's own, for decisions that did not come of the believed curves alone.
    """
    final = allocation.budgets_minor if final_minor is None else final_minor
    margin = grounds.margin
    if margin is None and allocation.certificate:
        margin = _number(allocation.certificate.dual_value)
    target = margin if grounds.target is None else grounds.target
    mean, variance = _gains(observation, grounds, final)
    entries = _rows(
        _frame(observation, allocation, final)
        | _returns(observation, allocation, grounds, margin, target)
        | _worth(observation, grounds, final)
        | {"gain_minor": _gain_estimates(mean, variance)}
        | ({} if sentences is None else _own_words(observation, grounds.room, sentences))
    )
    total, sd = float(mean.sum()), float(np.sqrt(variance.sum()))
    summary = replace(
        summary_of(observation, allocation, entries, final),
        margin=margin,
        target=target,
        gain_minor=Estimate(total - moments.Z80 * sd, total, total + moments.Z80 * sd),
        p_gain=float(ndtr(total / sd)) if sd > 0 else None,
        trial_cost_minor=_trial_cost(observation, grounds, allocation.budgets_minor),
    )
    return Account(entries, replace(summary, words=paragraph(summary, observation)))


def explain_plainly(
    observation: Observation,
    allocation: Allocation,
    sentences: Sequence[str],
    max_change: float | None = None,
    final_minor: IntArray | None = None,
) -> Account:
    """The decision of a policy without curves: its own sentences (A), and what it believes of returns if it does."""
    final = allocation.budgets_minor if final_minor is None else final_minor
    columns = _frame(observation, allocation, final)
    columns |= _own_words(observation, leeway(observation, max_change), sentences)
    if allocation.beliefs is not None:
        columns |= _held(observation, allocation.beliefs)
    entries = _rows(columns)
    summary = summary_of(observation, allocation, entries, final)
    return Account(entries, replace(summary, words=paragraph(summary, observation)))


def _rows(columns: Mapping[str, Sequence[Any]]) -> tuple[Explanation, ...]:
    """Columns (A) by field, as one entry per ad set."""
    return tuple(Explanation(**dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True))


def _frame(observation: Observation, allocation: Allocation, final: IntArray) -> dict[str, Sequence[Any]]:
    """What is known of every decision: which way, and what stopped it. A guardrail's word is the last."""
    sets, asked = observation.ad_sets, allocation.budgets_minor
    limits = [limit_of(allocation, i) for i in range(len(sets))]
    return {
        "ad_set_id": sets.ids,
        "direction": [direction_of(*pair) for pair in zip(sets.budgets_minor.tolist(), asked.tolist(), strict=True)],
        "limit": [
            limit if same else Limit.GUARDRAIL for limit, same in zip(limits, (asked == final).tolist(), strict=True)
        ],
    }


def _own_words(observation: Observation, room: Leeway, sentences: Sequence[str]) -> dict[str, Sequence[Any]]:
    """A policy's own sentences (A), under the one code they have in common unless bounds decide."""
    causes = [standing_reason(observation, room, i) or Cause.POLICY for i in range(len(sentences))]
    return {"reason": causes, "words": sentences}


def _returns(
    observation: Observation, allocation: Allocation, grounds: Grounds, margin: float | None, target: float | None
) -> dict[str, Sequence[Any]]:
    """Reasons, returns of the next unit of money, chances, and flips."""
    sets, curves, room = observation.ad_sets, grounds.curves, grounds.room
    now = np.maximum(sets.budgets_minor, 1).astype(np.float64)
    log_mean, log_sd = curves.log_marginal(now), np.maximum(curves.log_marginal_sd(now), _LEAST_SD)
    here = _around(log_mean, log_sd)
    reasons = [
        reason_of(observation, allocation, room, i, believed=estimate.expected, margin=margin)
        for i, estimate in enumerate(here)
    ]
    usual = usual_order_value(observation.history)
    believed = usual if grounds.order_value_minor is None else grounds.order_value_minor
    # Where nobody ever ordered, no belief about the worth of an order says what one costs.
    order_value = np.log(np.where(np.isnan(usual), np.nan, believed))
    cost = _around(order_value - log_mean, log_sd)
    below = [None] * len(sets) if not target else moments.probability_below(log_mean, log_sd, np.log(target)).tolist()
    return {
        "reason": reasons,
        "words": [
            reason_words(reason, observation, room, i, believed=here[i], margin=margin)
            for i, reason in enumerate(reasons)
        ],
        "marginal_roas": here,
        "marginal_cpa_minor": [c if known else None for c, known in zip(cost, np.isfinite(order_value), strict=True)],
        "p_best": probability_best(log_mean, log_sd, sets.active).tolist(),
        "p_below_target": below,
        "spendable_minor": _spendable(observation, curves, target),
        "flip": _flips(observation, allocation, grounds, log_mean, log_sd),
    }


def _flips(
    observation: Observation, allocation: Allocation, grounds: Grounds, log_mean: FloatArray, log_sd: FloatArray
) -> Sequence[Flip | None]:
    sets = observation.ad_sets
    if grounds.split is None:
        return [None] * len(sets)
    return flips(
        sets.budgets_minor,
        allocation.budgets_minor,
        grounds.room,
        acted_on=grounds.split.acted_on.log_marginal(np.maximum(sets.budgets_minor, 1).astype(np.float64)),
        believed=log_mean,
        believed_sd=log_sd,
        margins=grounds.split.margins,
    )


def _worth(observation: Observation, grounds: Grounds, final: IntArray) -> dict[str, Sequence[Any]]:
    """A day's value at the present and at the new budget; nothing of what is paused."""
    active = observation.ad_sets.active
    now, then = (np.where(active, budgets, 0) for budgets in (observation.ad_sets.budgets_minor, final))
    return {
        "value_now_minor": _estimates(*moments.value(grounds.curves, now)),
        "value_then_minor": _estimates(*moments.value(grounds.curves, then)),
    }


def _gains(observation: Observation, grounds: Grounds, final: IntArray) -> tuple[FloatArray, FloatArray]:
    """Mean and variance (A,) of what each move is worth a day."""
    now, active = observation.ad_sets.budgets_minor, observation.ad_sets.active
    mean, variance = moments.gain(grounds.curves, now, final)
    moves = active & (now != final)
    return np.where(moves, mean, 0.0), np.where(moves, variance, 0.0)


def _spendable(observation: Observation, curves: Curves, target: float | None) -> list[int | None]:
    """Whole minor units; None beyond the ceiling and the account's money, or without a target."""
    sets = observation.ad_sets
    if not target:
        return [None] * len(sets)
    most = np.minimum(sets.ceilings_minor, np.maximum(observation.budget_minor, sets.budgets_minor))
    budgets = moments.spendable(curves, float(np.log(target)), most)
    return [None if np.isnan(budget) else int(budget) for budget in budgets.tolist()]


def _trial_cost(observation: Observation, grounds: Grounds, asked: IntArray) -> float | None:
    """Value of a day that the belief's own budgets would return beyond the draw's, along the believed curves."""
    unswayed = grounds.split.unswayed_minor if grounds.split else None
    if unswayed is None:
        return None
    movable = observation.ad_sets.adjustable

    def believed(budgets: IntArray) -> FloatArray:
        some = movable & (budgets > 0)
        middle = moments.log_value(grounds.curves, np.maximum(budgets, 1).astype(np.float64))
        return np.where(some, np.exp(np.where(some, middle, 0.0)), 0.0)

    return max(float((believed(unswayed) - believed(asked)).sum()), 0.0)


def _held(observation: Observation, beliefs: Beliefs) -> dict[str, Sequence[Any]]:
    """What a policy without curves believes of returns: taken as log-normal, as its interval is."""
    arrays = (beliefs.low, beliefs.marginal_roas, beliefs.high)
    known = np.logical_and.reduce([np.isfinite(a) for a in arrays])
    estimates = _estimates(*arrays)
    order_value = usual_order_value(observation.history)
    costs = _estimates(*(order_value / np.where(a > 0, a, np.nan) for a in arrays[::-1]))
    return {
        "marginal_roas": [e if k else None for e, k in zip(estimates, known.tolist(), strict=True)],
        "marginal_cpa_minor": [c if np.isfinite(c.high) else None for c in costs],
        "p_best": [float(p) if np.isfinite(p) else None for p in beliefs.p_best],
    }


def usual_order_value(history: History) -> FloatArray:
    """Value of an order in minor units (A,), shrunk to the account's by three orders; NaN where nobody ever ordered.

    Three is the variance of a single order over the variance between ad sets, as usual in shops.
    """
    value, orders = (
        np.ascontiguousarray(a).sum(axis=-1).astype(np.float64) for a in (history.value_minor, history.conversions)
    )
    all_orders = orders.sum(axis=-1, keepdims=True)
    typical = np.where(all_orders > 0, value.sum(axis=-1, keepdims=True) / np.maximum(all_orders, 1.0), np.nan)
    own = (value + _SHRUNK * typical) / (orders + _SHRUNK)
    positive: FloatArray = np.where(own > 0, own, np.nan)
    return positive


def _around(log_mean: FloatArray, log_sd: FloatArray) -> list[Estimate]:
    """Medians and 80 % intervals of log-normal figures."""
    ends = (np.exp(log_mean + z * log_sd) for z in (-moments.Z80, 0.0, moments.Z80))
    return _estimates(*ends)


def _estimates(low: FloatArray, expected: FloatArray, high: FloatArray) -> list[Estimate]:
    return [Estimate(*ends) for ends in zip(low.tolist(), expected.tolist(), high.tolist(), strict=True)]


def _gain_estimates(mean: FloatArray, variance: FloatArray) -> list[Estimate]:
    low, high = moments.gain_interval(mean, variance)
    return _estimates(low, mean, high)


def _number(value: FloatArray) -> float | None:
    return float(value) if np.isfinite(value) else None
