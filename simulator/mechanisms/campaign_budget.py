"""Advantage campaign budget: ad sets share their campaign's money, and the platform divides it by marginal cost.

Meta ("About the breakdown effect", Business Help Centre) spends a campaign's budget where the next result is cheapest,
so ad sets with the best average cost need not get the most. It knows the auction, but only estimates how likely an
impression is to bring a result, from few results at first; early luck then steers later money. Here the bid per result
at which all ad sets together spend the campaign's budget gives each its share: at one bid, marginal costs are equal.

How fast Meta learns, forgets and moves money is not published: memory, momentum and prior are assumptions. Results are
counted on the day of the click, without the delay of reports.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np

from simulator import auction
from simulator.ads import over_ads
from simulator.mechanism import Mechanism, Morning, Outcome, Outlook, Setting, param
from simulator.mechanisms._campaigns import least, parts, places_of, sums
from simulator.mechanisms._promises import largest_kept
from simulator.mechanisms._usual import usual_conversions, usual_impressions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Number = TypeVar("_Number", np.int64, np.float64)
_SLACK = 1.0 + 1e-9
_LEAST_DEPTH = 1e-3
_LEAST_PART = 1e-3
_FALL = 3.0
"""Spend is about a cube of the bid."""


@dataclass(frozen=True, eq=False, slots=True)
class Counted:
    """What the platform has seen of each ad set, (W, A)."""

    impressions: NDArray[np.float64]
    """Of late: older days count less."""
    results: NDArray[np.float64]
    """Of late, like impressions."""
    share: NDArray[np.float64]
    """Of the campaign's money, on the last day that it spent any."""


@dataclass(frozen=True, slots=True)
class CampaignBudget(Mechanism):
    """Consecutive ad sets form campaigns; what people give to those of one that may deliver is one sum.

    An ad set with no budget of its own takes no part.
    """

    order: ClassVar[int] = 30

    ad_sets_per_campaign: int = param(4, "ad sets of one campaign; the last one may have fewer", low=1, high=10_000)
    goal: str = param("results", "what is to be had cheaply", options=("results", "value"))
    memory: float = param(0.8, "weight of yesterday's counts against today's", low=0.0, high=1.0)
    prior_results: float = param(
        3.0, "results of an ad set that outweigh the campaign's mean rate", above=0.0, high=1e6
    )
    momentum: float = param(0.5, "share of the last day's division that is kept", low=0.0, high=0.99)
    minimum_share: float = param(0.05, "share of the money that is divided equally", low=0.0, high=1.0)

    def begin(self, setting: Setting) -> Counted:
        """Nothing seen, equal shares."""
        ones = np.ones(setting.shape)
        return Counted(impressions=0.0 * ones, results=0.0 * ones, share=ones / self._sums(ones))

    def allot(
        self,
        state: Counted,
        morning: Morning,
        budgets: NDArray[np.float64],
        outlook: Outlook,  # noqa: ARG002 - the hook's signature
    ) -> NDArray[np.float64]:
        """The campaigns' money, divided anew; every campaign's sum is kept."""
        able = morning.active & (budgets > 0)
        money = self._sums(np.where(able, budgets, 0.0))
        kept, best = self._parts(np.where(able, state.share, 0.0)), self._cheapest(state, morning, money, able)
        share = self.momentum * kept + (1.0 - self.momentum) * best
        equal = self._parts(able.astype(np.float64))
        split = self._parts((1.0 - self.minimum_share) * share + self.minimum_share * equal)
        return money * split

    def evening(self, state: Counted, morning: Morning, outcome: Outcome) -> Counted:  # noqa: ARG002 - the hook's signature
        """Count the day."""
        spend = over_ads(outcome.spend_minor).astype(np.float64)
        return replace(
            state,
            impressions=self.memory * state.impressions + over_ads(outcome.impressions),
            results=self.memory * state.results + over_ads(outcome.conversions),
            share=np.where(self._sums(spend) > 0, self._parts(spend), state.share),
        )

    def charge(
        self,
        state: Counted,  # noqa: ARG002 - the hook's signature
        morning: Morning,  # noqa: ARG002 - the hook's signature
        spend_minor: NDArray[np.int64],
        week_left_minor: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """What is charged of a day's spend (W, A): a campaign's weekly bound holds for its ad sets together.

        Money that moves between ad sets within a week would otherwise add up to more than the campaign's seven daily
        budgets, though each ad set is within its own.

        Args:
            state: as in the other hooks.
            morning: as in the other hooks.
            spend_minor: (W, A) what the day would cost.
            week_left_minor: (W, A) what each ad set's own week still allows, negative where it was overdrawn.
        """
        left = np.maximum(self._sums(week_left_minor), 0)
        whole = self._sums(spend_minor)
        part = np.minimum(left / np.maximum(whole, 1), 1.0)
        return np.where(whole <= left, spend_minor, np.floor(spend_minor * part)).astype(np.int64)

    def worth_of_impression(self, state: Counted, setting: Setting) -> NDArray[np.float64]:
        """What the platform takes one impression to bring, (W, A): results, or their value in minor units."""
        population = setting.population
        usual = usual_conversions(population, setting.scenario.concentration) / usual_impressions(population)
        expected = self._sums(usual) / self._sums(np.ones_like(usual))
        prior = self.prior_results
        pooled = (self._sums(state.results) + prior) / (self._sums(state.impressions) + prior / expected)
        rate: NDArray[np.float64] = (state.results + prior) / (state.impressions + prior / pooled)
        return rate * population.order_value_minor if self.goal == "value" else rate

    def _cheapest(
        self, state: Counted, morning: Morning, money: NDArray[np.float64], able: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Shares (..., W, A) at which the next result costs the same in all ad sets of a campaign that get any."""
        population = morning.setting.population
        landscape = population.rate, population.depth, population.exponent
        worth = self.worth_of_impression(state, morning.setting)
        # Less than this all goes to the cheapest; the floor keeps the search exact when people give next to nothing.
        aim = np.maximum(money, _LEAST_DEPTH * self._sums(population.depth))

        def spend(bid: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.where(able, auction.spend_at_bid(bid * worth, *landscape), 0.0)

        alone = np.where(able, auction.marginal_price(aim, *landscape) / worth, np.inf)
        enough = least(alone, self.ad_sets_per_campaign)
        most = np.where(np.isfinite(enough), enough * _SLACK, 0.0)
        little = _LEAST_PART * aim

        firsts, campaign = places_of(most.shape[-1], self.ad_sets_per_campaign)

        def slack(bids: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.log((aim + little) / (self._sums(spend(bids[..., campaign])) + little))[..., firsts]

        # One bid for each campaign: those of its first ad sets.
        bids = largest_kept(lambda some: lambda bids: slack(bids)[some], most[..., firsts], fall=_FALL)
        return self._parts(spend(bids[..., campaign]))

    def _parts(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return parts(values, self.ad_sets_per_campaign)

    def _sums(self, values: NDArray[_Number]) -> NDArray[_Number]:
        return sums(values, self.ad_sets_per_campaign)


MECHANISM: type[Mechanism] = CampaignBudget
