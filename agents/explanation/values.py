"""The words of an explanation: what is believed, why a budget moves, what would change it, what it is worth.

Every figure is finite or None; None says that the policy does not know it, never that it is zero. Amounts are floats in
minor units of the account's currency where they are expectations, whole minor units where they are budgets.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why a budget moves, or does not. Where several apply, it is the first of them in this order."""

    PAUSED = "paused"
    PROTECTED = "protected"
    LEARNING = "learning"
    NO_ROOM = "no_room"
    RETURN_FLOOR = "return_floor"
    UNDELIVERED = "undelivered"
    BOUNDS = "bounds"
    NO_DATA = "no_data"
    TRIAL = "trial"
    RETURNS_MORE = "returns_more"
    RETURNS_LESS = "returns_less"
    AT_THE_MARGIN = "at_the_margin"
    POLICY = "policy"


class Limit(StrEnum):
    """What kept a budget from going further."""

    CHANGE_CAP = "change_cap"
    FLOOR = "floor"
    CEILING = "ceiling"
    TOTAL = "total"
    LEARNING = "learning"
    RETURN_FLOOR = "return_floor"
    COST_CEILING = "cost_ceiling"
    DELIVERY = "delivery"
    GUARDRAIL = "guardrail"


class Direction(StrEnum):
    """Which way a budget goes."""

    RAISE = "raise"
    CUT = "cut"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 80 % interval. `expected` is the median of a rate, and the mean of what adds up (values)."""

    low: float
    expected: float
    high: float


@dataclass(frozen=True, slots=True)
class Flip:
    """The smallest change of the belief about one ad set, all else as it is, that turns its direction.

    Were the return of its next unit of money, at the present budget, believed to be beyond `marginal_roas` (it is
    `believed`), the same morning would `turn` it. `probability` is the chance, as believed, that the truth lies there.
    `taken_for` is what the decision took that return for, by a draw, for what there is to learn or for its uncertainty;
    else as `believed`.
    """

    turns: Direction
    marginal_roas: float
    believed: float
    taken_for: float
    probability: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """One ad set's part of a decision.

    Attributes:
        ad_set_id: which.
        direction: what the policy asked.
        reason: why, as a code; `words` say it with numbers.
        words: a sentence's worth, without the amounts of the budget.
        limit: what kept it from going further, None where nothing did.
        marginal_roas: value of the next unit of money at the present budget.
        marginal_cpa_minor: what the next order costs there, at the ad set's usual order value.
        p_best: probability of the highest marginal return in the account.
        p_below_target: probability that the next unit of money returns less than the target.
        spendable_minor: budget at which the next unit returns no more than the target; with a belief, None says that
            this is beyond its ceiling and beyond all that the account has for the day.
        value_now_minor: expected value of a day at the present budget.
        value_then_minor: the same at the budget decided.
        gain_minor: their difference: what holding this ad set would cost.
        flip: the nearest flip; None where bounds decide whatever is believed, or no curve is known.
    """

    ad_set_id: str
    direction: Direction
    reason: Cause
    words: str
    limit: Limit | None = None
    marginal_roas: Estimate | None = None
    marginal_cpa_minor: Estimate | None = None
    p_best: float | None = None
    p_below_target: float | None = None
    spendable_minor: int | None = None
    value_now_minor: Estimate | None = None
    value_then_minor: Estimate | None = None
    gain_minor: Estimate | None = None
    flip: Flip | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a morning does to the account as a whole.

    Attributes:
        words: one paragraph.
        raised: how many ad sets get more, `cut` less, `held` the same.
        cut: see `raised`.
        held: see `raised`.
        raised_minor: sum of the raises; `cut_minor` of the cuts, as a positive amount.
        cut_minor: see `raised_minor`.
        margin: return of the last unit of money across the account, None where nothing can move.
        target: what the next unit of money is compared with: the owner's least return, else the margin.
        gain_minor: expected value of a day under the decision, less that of holding every budget.
        p_gain: probability that the decision returns more than holding.
        trial_cost_minor: value of a day given up, as believed, by acting on a draw and not on the belief itself.
        limits: what stopped ad sets, and how many, most frequent first.
        unspent_minor: money of the day that is not given out.
        unspent_because: why; empty where all is given out.
    """

    words: str
    raised: int
    cut: int
    held: int
    raised_minor: int
    cut_minor: int
    margin: float | None = None
    target: float | None = None
    gain_minor: Estimate | None = None
    p_gain: float | None = None
    trial_cost_minor: float | None = None
    limits: tuple[tuple[Limit, int], ...] = ()
    unspent_minor: int = 0
    unspent_because: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A decision explained: one entry per ad set, in the observation's order, and the whole."""

    ad_sets: tuple[Explanation, ...]
    summary: Summary
