"""Cost and bid caps from what the next order costs, not from what orders cost on average.

A cost cap promises an average: an ad set spends until its orders cost that much. The money is well placed where the
*next* order costs the same everywhere in relation to its worth; there an order costs, on average, the elasticity's
share of the next one. So each cap is set to

    elasticity at that spend * value of an order / lambda

with lambda the account's marginal return: the one at which all capped ad sets together spend what their present caps
let pass. A bid cap is a price for the next impression and is set nearly to the next order's worth itself. Curves are
those of `agents.response`, at their posterior mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.allocation import Leeway, water_fill
from agents.breakdown_response import Z80, arrived
from agents.policies._params import check_delay, check_number, check_whole
from agents.policies._words import check_single
from agents.population import DELAY, Population
from agents.response import fit_response
from agents.vocabulary import Bids, BidStrategy, Decides, Lever, Observation, Rng

if TYPE_CHECKING:
    from agents.response import Curves
    from agents.vocabulary import BoolArray, FloatArray, IntArray

_MATURE = 0.9
"""A day counts as mature when this share of its conversions is known."""
_LEAST_SPEND = 0.02
"""No ad set is taken to spend less than this share of what it spends: caps are to steer, not to pause."""
_LARGEST_DOUBT = 3.0
_LOOKS = 5
_MOST = 2.0**52


@dataclass(frozen=True, slots=True)
class CostCapBids:
    """Caps of ad sets that have one, a step a day; the others stay without.

    Attributes:
        target_minor: what the next order may cost, in minor units; None for what it is worth at the account's margin.
        max_change: most that a cap moves in a day, as a share of the present one.
        floor, ceiling: lowest and highest cap, as shares of what an order of the ad set costs on average now.
        doubt: standard deviations of the next order's cost within which a cap is left as it is.
        least_results: mature results without which a cap is never raised.
        per_impression: d log results / d log impressions: people who see an ad again order less.
        elasticity: prior mean of d log results / d log spend, and `elasticity_sd` its spread between ad sets.
        delay: share of conversions that arrive 0, 1, 2, ... days after the click.
    """

    lever: ClassVar[Lever] = Lever.BID

    target_minor: int | None = None
    max_change: float = 0.1
    floor: float = 0.4
    ceiling: float = 2.5
    doubt: float = 0.67
    least_results: int = 10
    per_impression: float = 0.95
    elasticity: float = 0.55
    elasticity_sd: float = 0.15
    delay: tuple[float, ...] = DELAY

    def __post_init__(self) -> None:
        if self.target_minor is not None:
            check_whole("target_minor", self.target_minor, 1, 2**40)
        check_number("max_change", self.max_change, 0.0001, 1)
        check_number("floor", self.floor, 0.01, 1)
        check_number("ceiling", self.ceiling, 1, 100)
        check_number("doubt", self.doubt, 0, 10)
        check_whole("least_results", self.least_results, 0, 10**6)
        check_number("per_impression", self.per_impression, 0.1, 1)
        check_number("elasticity", self.elasticity, 0.05, 0.95)
        check_number("elasticity_sd", self.elasticity_sd, 0.001, 2)
        object.__setattr__(self, "delay", check_delay(self.delay))

    def decide(self, observation: Observation, rng: Rng) -> Bids:  # noqa: ARG002 - nothing is left to chance
        """Caps (..., A) in minor units with what the next order costs now."""
        sets = observation.ad_sets
        if sets.bid_strategies is None or sets.bids_minor is None:
            nothing = np.zeros_like(sets.budgets_minor)
            return Bids(nothing, nothing)
        capped = (sets.bid_strategies != BidStrategy.LOWEST_COST) & (sets.bids_minor > 0)
        like = Population(elasticity=self.elasticity, elasticity_sd=self.elasticity_sd, delay=self.delay)
        response = fit_response(observation.history, sets.budgets_minor, like)
        curves, worth = response.curves, np.maximum(response.order_value_minor, 1.0)
        spend, margin = self._placed(observation, curves, worth, capped)
        target = np.where(capped, np.minimum(worth / margin, _MOST), 0.0)
        wished = self._average(observation, curves, spend) * target
        # Within doubt of the present cap there is nothing to mend: it moves to the doubt's edge at most.
        doubt = np.exp(np.minimum(self.doubt * curves.log_marginal_sd(spend), _LARGEST_DOUBT))
        present = np.maximum(sets.bids_minor, 1)
        wished = np.clip(present, wished / doubt, wished * doubt)
        bids = self._bounded(observation, curves, worth, wished)
        here = curves.anchor_minor
        log_cost, sd = np.log(worth) - curves.log_marginal(here), curves.log_marginal_sd(here)
        return Bids(
            bids_minor=np.where(capped & sets.adjustable, bids, np.where(capped, sets.bids_minor, 0)),
            targets_minor=np.rint(target).astype(np.int64),
            marginal_minor=_exp(log_cost),
            low_minor=_exp(log_cost - Z80 * sd),
            high_minor=_exp(log_cost + Z80 * sd),
        )

    def _placed(
        self, observation: Observation, curves: Curves, worth: FloatArray, capped: BoolArray
    ) -> tuple[FloatArray, FloatArray]:
        """Where each ad set should spend, and the marginal return (..., A) that is asked for there."""
        now = curves.anchor_minor
        moved = capped & observation.ad_sets.active
        most = np.where(moved, np.maximum(observation.ad_sets.budgets_minor, 1), 0)
        least = np.minimum((_LEAST_SPEND * np.where(moved, now, 0.0)).astype(np.int64), most)
        if self.target_minor is not None:
            asked = worth / self.target_minor
            return _spent(curves, moved, least, most, lambda _: asked), asked
        # What caps let pass, by the same curves: recent spend would do for one morning, but shrink with every other,
        # as good days end at the budget and bad ones do not.
        passed = _spent(curves, moved, least, most, lambda at: self._margin(observation, curves, worth, at))
        total = np.rint(np.where(moved, passed, 0.0)).astype(np.int64).sum(axis=-1)
        room = Leeway(least, most, np.maximum(total, least.sum(axis=-1)), np.zeros(total.shape, dtype=np.bool_))
        at, margin = now, np.ones_like(now)
        for _ in range(_LOOKS):
            shares, dual = water_fill(at, _marginal(curves, at), _steepness(curves, at), room)
            margin = np.broadcast_to(np.where(dual > 0, dual, 1.0)[..., None], now.shape)
            at = np.where(moved, np.maximum(shares, 1.0), now)
        return at, margin

    def _margin(self, observation: Observation, curves: Curves, worth: FloatArray, at: FloatArray) -> FloatArray:
        """The marginal return (..., A) at which each ad set's present cap stops it, if that is where it spends `at`."""
        sets = observation.ad_sets
        caps = np.zeros_like(sets.budgets_minor) if sets.bids_minor is None else sets.bids_minor
        return worth * self._average(observation, curves, at) / np.maximum(caps, 1)

    def _average(self, observation: Observation, curves: Curves, at: FloatArray) -> FloatArray:
        """What a cap names (..., A), an average or a price of impressions, as a share of the next order's cost."""
        by_bid = np.asarray(observation.ad_sets.bid_strategies == BidStrategy.BID_CAP)
        return np.where(by_bid, self.per_impression, curves.elasticity_at(at))

    def _bounded(self, observation: Observation, curves: Curves, worth: FloatArray, wished: FloatArray) -> IntArray:
        """Whole caps within floor, ceiling, the owner's limits and the day's step, never raised on immature data."""
        sets = observation.ad_sets
        now = np.zeros_like(sets.budgets_minor) if sets.bids_minor is None else sets.bids_minor
        level = np.clip(np.log(worth) + np.log(curves.anchor_minor) - curves.state.level, -30.0, 36.0)
        cost = np.exp(level)
        wished = np.clip(wished, self.floor * cost, self.ceiling * cost)
        if sets.cpa_ceilings_minor is not None:
            wished = np.where(sets.cpa_ceilings_minor > 0, np.minimum(wished, sets.cpa_ceilings_minor), wished)
        if sets.roas_floors is not None:
            asked = sets.roas_floors > 0
            wished = np.where(asked, np.minimum(wished, worth / np.where(asked, sets.roas_floors, 1.0)), wished)
        low, high = np.ceil(now * (1.0 - self.max_change)), np.floor(now * (1.0 + self.max_change))
        high = np.where(_mature_results(observation, self.delay) >= self.least_results, high, now)
        bids: IntArray = np.maximum(np.rint(np.clip(wished, low, high)), 1.0).astype(np.int64)
        return bids

    def explain(self, observation: Observation, answer: Bids) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        mature = _mature_results(observation, self.delay)
        return tuple(self._sentence(observation, answer, mature, i) for i in range(len(observation.ad_sets)))

    def _sentence(self, observation: Observation, answer: Bids, mature: FloatArray, i: int) -> str:
        sets = observation.ad_sets
        if not sets.active[i] or sets.protected[i]:
            return f"cap left as set: {'protected' if sets.active[i] else 'paused'}"
        now = 0 if sets.bids_minor is None else int(sets.bids_minor[i])
        then = int(answer.bids_minor[i])
        if not now or answer.marginal_minor is None or answer.low_minor is None or answer.high_minor is None:
            return "no cap: it is at lowest cost and stays there"

        def major(amount: float) -> str:
            decimals = len(str(observation.minor_per_major)) - 1
            return f"{amount / observation.minor_per_major:.{decimals}f}"

        verb = "raise" if then > now else "lower" if then < now else "hold"
        moved = major(now) + (f" → {major(then)}" if then != now else "")
        cost, low, high = (float(a[i]) for a in (answer.marginal_minor, answer.low_minor, answer.high_minor))
        words = (
            f"{verb} the cap {moved} {observation.currency}: the next order costs {major(cost)} "
            f"(80 %: {major(low)} to {major(high)}) and may cost {major(int(answer.targets_minor[i]))}"
        )
        few = mature[i] < self.least_results
        return f"{words}; not raised on {mature[i]:.0f} mature results" if few else words


def _spent(
    curves: Curves, moved: BoolArray, least: IntArray, most: IntArray, asked: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Spend (..., A) at which marginal returns have fallen to what is `asked` there, between `least` and `most`."""
    at = curves.anchor_minor
    for _ in range(_LOOKS):
        step = _steepness(curves, at) * np.log(_marginal(curves, at) / asked(at))
        at = np.where(moved, np.maximum(np.clip(at * np.exp(np.clip(step, -30.0, 30.0)), least, most), 1.0), at)
    return at


def _marginal(curves: Curves, at: FloatArray) -> FloatArray:
    marginal: FloatArray = np.exp(np.clip(curves.log_marginal(at), -200.0, 200.0))
    return marginal


def _steepness(curves: Curves, at: FloatArray) -> FloatArray:
    """Minus the inverse of d log marginal return / d log spend."""
    e = curves.elasticity_at(at)
    return 1.0 / (1.0 - e + curves.curvature / e)


def _mature_results(observation: Observation, delay: tuple[float, ...]) -> FloatArray:
    """Results (..., A) of days of which nearly all is known."""
    ripe = arrived(observation.history, delay) >= _MATURE
    results: FloatArray = np.where(ripe, observation.history.conversions, 0).sum(axis=-1).astype(np.float64)
    return results


def _exp(logs: FloatArray) -> FloatArray:
    amounts: FloatArray = np.exp(np.clip(logs, -30.0, 36.0))
    return amounts


POLICY: type[Decides[Bids]] = CostCapBids
