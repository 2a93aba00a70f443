"""Explanations on the wire: their shapes, and from the service's words to them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from agents import explanation as words
from agents.explanation import Cause, Direction, Limit

Chance = Annotated[float, Meta(ge=0, le=1, description="A probability.", examples=[0.91])]


class Estimate(Struct, frozen=True, kw_only=True):
    """A figure with its 80 % interval; `expected` is the median of a rate and the mean of an amount."""

    low: float
    expected: float
    high: float


class Flip(Struct, frozen=True, kw_only=True):
    """The smallest change of the belief about one ad set, all else as it is, that turns its direction."""

    turns: Annotated[Direction, Meta(description="Where the budget would go instead.")]
    marginal_roas: Annotated[float, Meta(description="Return of the next unit of money beyond which it would.")]
    believed: Annotated[float, Meta(description="What that return is believed to be.")]
    taken_for: Annotated[float, Meta(description="What the decision took it for: by a draw, or to learn.")]
    probability: Annotated[float, Meta(ge=0, le=1, description="Chance, as believed, that the truth lies beyond.")]


class Explanation(Struct, frozen=True, kw_only=True):
    """One ad set's part of a decision; null is what the policy does not know. Amounts are in minor units."""

    direction: Annotated[Direction, Meta(description="What the policy asked.")]
    reason: Annotated[Cause, Meta(description="Why, as a code: the first that applies.")]
    words: Annotated[str, Meta(description="Why, in words and numbers.")]
    limit: Annotated[Limit | None, Meta(description="What kept it from going further.")]
    marginal_roas: Annotated[Estimate | None, Meta(description="Value of the next unit at the present budget.")]
    marginal_cpa_minor: Annotated[Estimate | None, Meta(description="What the next order costs there.")]
    p_best: Annotated[Chance | None, Meta(description="Chance of the account's highest marginal return.")]
    p_below_target: Annotated[
        Chance | None, Meta(description="Chance that the next unit returns less than the target.")
    ]
    spendable_minor: Annotated[
        int | None,
        Meta(
            description="Budget at which the next unit returns no more than the target; null beyond all it may spend."
        ),
    ]
    value_now_minor: Annotated[Estimate | None, Meta(description="Value of a day at the present budget.")]
    value_then_minor: Annotated[Estimate | None, Meta(description="Value of a day at the budget decided.")]
    gain_minor: Annotated[Estimate | None, Meta(description="The difference: what holding it would give up, a day.")]
    flip: Flip | None


class LimitCount(Struct, frozen=True, kw_only=True):
    """How many ad sets one limit stopped."""

    limit: Limit
    ad_sets: int


class Summary(Struct, frozen=True, kw_only=True):
    """What the morning does to the account as a whole. Amounts are in minor units."""

    words: Annotated[str, Meta(description="One paragraph.")]
    raised: int
    cut: int
    held: int
    raised_minor: int
    cut_minor: int
    margin: Annotated[float | None, Meta(description="Return of the last unit of money across the account.")]
    target: Annotated[float | None, Meta(description="What the next unit of money is compared with.")]
    gain_minor: Annotated[Estimate | None, Meta(description="Value of a day, less that of holding every budget.")]
    p_gain: Annotated[Chance | None, Meta(description="Chance that the decision returns more than holding.")]
    trial_cost_minor: Annotated[float | None, Meta(description="Value of a day given up to learn.")]
    limits: Annotated[list[LimitCount], Meta(description="What stopped ad sets, most frequent first.")]
    unspent_minor: Annotated[int, Meta(description="Money of the day that is not given out.")]
    unspent_because: str


def explanation(told: words.Explanation | None) -> Explanation | None:
    """One ad set's part."""
    if told is None:
        return None
    return Explanation(
        direction=told.direction,
        reason=told.reason,
        words=told.words,
        limit=told.limit,
        marginal_roas=_estimate(told.marginal_roas),
        marginal_cpa_minor=_estimate(told.marginal_cpa_minor),
        p_best=told.p_best,
        p_below_target=told.p_below_target,
        spendable_minor=told.spendable_minor,
        value_now_minor=_estimate(told.value_now_minor),
        value_then_minor=_estimate(told.value_then_minor),
        gain_minor=_estimate(told.gain_minor),
        flip=None if told.flip is None else _flip(told.flip),
    )


def summary(told: words.Summary | None) -> Summary | None:
    """The whole."""
    if told is None:
        return None
    return Summary(
        words=told.words,
        raised=told.raised,
        cut=told.cut,
        held=told.held,
        raised_minor=told.raised_minor,
        cut_minor=told.cut_minor,
        margin=told.margin,
        target=told.target,
        gain_minor=_estimate(told.gain_minor),
        p_gain=told.p_gain,
        trial_cost_minor=told.trial_cost_minor,
        limits=[LimitCount(limit=limit, ad_sets=count) for limit, count in told.limits],
        unspent_minor=told.unspent_minor,
        unspent_because=told.unspent_because,
    )


def _estimate(told: words.Estimate | None) -> Estimate | None:
    return None if told is None else Estimate(low=told.low, expected=told.expected, high=told.high)


def _flip(told: words.Flip) -> Flip:
    return Flip(
        turns=told.turns,
        marginal_roas=told.marginal_roas,
        believed=told.believed,
        taken_for=told.taken_for,
        probability=told.probability,
    )
