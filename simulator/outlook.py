"""What the platform expects of a day while it plans how much to spend: `Outlook` made of the response.

Planning asks for the same figures at many spends, of few ad sets: whatever does not depend on spend is worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from simulator import auction, response
from simulator.ads import over_ads
from simulator.fatigue import fresh_exposures
from simulator.hourly import day_supply
from simulator.mechanism import Brought, Outlook

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.conditions import Conditions
    from simulator.curves import Curves
    from simulator.population import Population

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plan:
    """A day at given conditions, as a whole: also where it is delivered by the hour."""

    population: Population
    conditions: Conditions
    concentration: float

    @cached_property
    def supply(self) -> Floats:
        """Factor on opportunities, (W, A)."""
        supply = self.conditions.supply
        return np.broadcast_to(supply if isinstance(supply, float) else supply[..., 0], self.population.rate.shape)

    @cached_property
    def by_ad_set(self) -> Floats:
        """Impressions of each ad set (W, A) for each that it would have at the usual price."""
        return np.broadcast_to(over_ads(self.conditions.by_ad), self.population.rate.shape)

    @cached_property
    def exposures(self) -> Floats:
        """Exposures per person to each ad (W, A, C), for each impression of its ad set."""
        return response.part_of_each(self.conditions.by_ad) / self.population.audience[..., None]

    @cached_property
    def orders(self) -> Floats:
        """Orders for each fresh exposure per person to each ad, (W, A, C)."""
        return self._clicks * response.orders_per_click(self.population, self.conditions)

    @cached_property
    def value(self) -> Floats:
        """Order value for each fresh exposure per person to each ad, (W, A, C), minor units."""
        return self._clicks * response.value_per_click_minor(self.population, self.conditions)

    @cached_property
    def _clicks(self) -> Floats:
        people = self.population
        return self.conditions.clicks * (people.audience * people.click_rate)[..., None]

    def outlook(self, some: Bools | None = None) -> Outlook:
        """Its figures, of all ad sets or of `some` (..., W, A)."""
        chosen = Chosen(self, some)
        return Outlook(
            impressions=chosen.impressions,
            brings=chosen.brings,
            marginal_price_minor=chosen.marginal_price_minor,
            at=self.outlook,
        )


@dataclass(frozen=True, eq=False)
class Chosen:
    """The figures of some ad sets: (n,) of the spends (..., W, A) of all, or (..., W, A) where all are chosen."""

    plan: Plan
    some: Bools | None

    def impressions(self, spend: Floats) -> Floats:
        """Expected impressions."""
        pressure = self.plan.conditions.pressure
        if pressure is None:
            return _bought(spend if self.some is None else spend[self.some], self._curves, *self._market)
        audience, *market = self._siblings
        shown = _bought(spend if self._worlds is None else spend[self._worlds], self._curves_of_siblings, *market)
        exposures = shown / audience
        shown /= pressure(exposures) if self._worlds is None else pressure(exposures, self._worlds)
        if self.some is None:
            return shown
        return shown[self.some] if self._within is None else shown.reshape(-1)[self._within]

    def brings(self, spend: Floats) -> Brought:
        """Expected impressions, caused conversions and order value, minor units."""
        shown = self.impressions(spend)
        fresh = self._fresh(shown[..., None] * self._exposures)
        return Brought(shown, over_ads(fresh * self._orders), over_ads(fresh * self._value))

    def marginal_price_minor(self, spend: Floats) -> Floats:
        """Money for one more impression, minor units."""
        rate, depth, exponent, supply, by_ad_set = self._market
        own = (spend if self.some is None else spend[self.some]) / supply
        if self._curves is None:
            slope = auction.marginal_impressions(own, rate, depth, exponent) * by_ad_set
        else:
            slope = self._curves.marginal_impressions(own) * by_ad_set
        price: Floats = np.divide(1.0, slope, out=np.full(slope.shape, np.inf), where=slope > 0.0)
        return price

    def _fresh(self, exposures: Floats) -> Floats:
        """What exposures per person (..., C) are worth, in first ones."""
        if self._curves is not None:
            return exposures
        if self._stock is not None:
            exposures += self._stock
        fresh = fresh_exposures(exposures, self.plan.concentration)
        fresh -= self._before
        return fresh

    @cached_property
    def _curves(self) -> Curves | None:
        curves = self.plan.population.curves
        return curves if curves is None or self.some is None else curves.take(self._places)

    @cached_property
    def _curves_of_siblings(self) -> Curves | None:
        """Those of all ad sets of the worlds in which any is chosen, (m, A)."""
        curves = self.plan.population.curves
        return curves if curves is None or self._worlds is None else curves.of_worlds(self._worlds)

    @cached_property
    def _market(self) -> tuple[Floats, ...]:
        people, plan = self.plan.population, self.plan
        return tuple(map(self._own, (people.rate, people.depth, people.exponent, plan.supply, plan.by_ad_set)))

    @cached_property
    def _orders(self) -> Floats:
        return self._own(self.plan.orders)

    @cached_property
    def _value(self) -> Floats:
        return self._own(self.plan.value)

    @cached_property
    def _exposures(self) -> Floats:
        return self._own(self.plan.exposures)

    @cached_property
    def _stock(self) -> Floats | None:
        stock = self.plan.conditions.stock
        return None if stock is None else self._own(stock)

    @cached_property
    def _before(self) -> Floats | float:
        """What the stock has been worth already."""
        worth = self.plan.conditions.stock_worth
        return 0.0 if worth is None else self._own(worth)

    def _own(self, values: Floats) -> Floats:
        """Values (W, A) or (W, A, C) of the ad sets chosen, (n,) or (n, C)."""
        if self.some is None:
            return values
        own: Floats = values.reshape(-1, *values.shape[2:]).take(self._places, axis=0)
        return own

    @property
    def _single(self) -> bool:
        """Whether spends are (W, A), and not several of them."""
        return self.some is not None and self.some.ndim == 2  # noqa: PLR2004 - worlds and ad sets

    @cached_property
    def _worlds(self) -> NDArray[np.intp] | None:
        """The worlds of those that are chosen, (m,), where they are not all and spends are (W, A)."""
        if self.some is None or not self._single:
            return None
        worlds = np.flatnonzero(self.some.any(axis=-1))
        return None if len(worlds) == len(self.some) else worlds

    @cached_property
    def _siblings(self) -> tuple[Floats, ...]:
        """Audience and market of all ad sets of the worlds in which any is chosen, (m, A)."""
        people, plan = self.plan.population, self.plan
        figures = people.audience, people.rate, people.depth, people.exponent, plan.supply, plan.by_ad_set
        return figures if self._worlds is None else tuple(values[self._worlds] for values in figures)

    @cached_property
    def _within(self) -> NDArray[np.intp] | None:
        """Where among the ad sets of those worlds the chosen ones are: flat places in (m, A)."""
        if self.some is None or not self._single:
            return None
        return np.flatnonzero(self.some if self._worlds is None else self.some[self._worlds])

    @cached_property
    def _places(self) -> NDArray[np.intp]:
        """Of each that is chosen, the flat place of its world and ad set."""
        chosen = np.flatnonzero(np.asarray(self.some))
        return chosen if self._single else chosen % self.plan.population.rate.size


def _bought(
    spend: Floats,
    curves: Curves | None,
    rate: Floats,
    depth: Floats,
    exponent: Floats,
    supply: Floats,
    by_ad_set: Floats,
) -> Floats:
    """Impressions, did ad sets not raise each other's prices."""
    own = spend / supply
    bought = auction.impressions(own, rate, depth, exponent) if curves is None else curves.impressions(own)
    bought *= supply
    bought *= by_ad_set
    return bought


def outlook_of(population: Population, conditions: Conditions, concentration: float) -> Outlook:
    """The outlook on a day with these conditions."""
    if conditions.market is not None:
        conditions = replace(conditions, market=None, supply=day_supply(conditions.market) * conditions.supply)
    return Plan(population, conditions, concentration).outlook()
