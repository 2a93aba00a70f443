"""Worlds as arrays: W seeds of one scenario, living day by day, each exactly as it would live alone."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import delivery, drift, humans, luck, response
from simulator.ads import over_ads
from simulator.books import of_ad_sets
from simulator.delay import LAGS
from simulator.hourly import Market, at_one_bid, total
from simulator.hourly_delivery import deliver
from simulator.ledger import Day
from simulator.mechanisms.pacing import Pacing
from simulator.noise import mean_one
from simulator.population import ad_set_names
from simulator.scenario import Scenario
from simulator.today import Today

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_MOST_MINOR = 2**53


class World(Today):
    """W worlds of one scenario, with `history_days` of past under people's budgets.

    Deterministic given (scenario, seed, budgets and status of every day). In a scenario without mechanisms nothing
    but spend depends on earlier budgets, and spend only through the weekly bound: what a day would bring under given
    budgets is comparable between worlds of one seed, whatever was done in them before. Mechanisms may remember.
    """

    def __init__(self, scenario: Scenario, seeds: Sequence[int]) -> None:
        """Draw the worlds and live their past.

        Args:
            scenario: what the account is like.
            seeds: W seeds, one per world.

        Raises:
            ValueError: no seeds, or one that is no whole number or out of range.
            TypeError: a name instead of a scenario, or one number instead of seeds.
        """
        if not isinstance(scenario, Scenario):
            raise TypeError(f"a world needs a scenario, such as load_scenario('small'), got {scenario!r}")
        if isinstance(seeds, int | np.integer):
            raise TypeError(f"seeds are a sequence, one for each world, such as [{seeds}], got {seeds!r}")
        if len(seeds) == 0:
            raise ValueError("seeds must name at least one world")
        self.seeds = tuple(_seed(seed) for seed in seeds)
        self.ad_set_names = ad_set_names(scenario.ad_sets)
        super().__init__(scenario, self.seeds)
        shape = self._budgets.shape
        self._week_budget, self._week_spend = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self._draw()
        for _ in range(scenario.history_days):
            self._budgets = humans.edited_budgets(self._budgets, self._starting, scenario, self._streams, self._today)
            self.step()

    def __repr__(self) -> str:
        """Scenario, how many worlds, and the day about to happen."""
        return f"<World {self.scenario.name}: {len(self.seeds)} of {self.scenario.ad_sets} ad sets, {self._today}>"

    @property
    def today(self) -> date:
        """The day about to happen, local."""
        return self._today

    @property
    def budgets_minor(self) -> Ints:
        """Daily budgets in force (W, A), a copy."""
        return self._budgets.copy()

    @property
    def floors_minor(self) -> Ints:
        """Smallest daily budget (W,) that platform and owner allow."""
        asked: Ints = np.ceil(self.scenario.floor_share * self._starting.mean(axis=-1)).astype(np.int64)
        return np.maximum(asked, self.scenario.minimum_budget_minor)

    @property
    def ceilings_minor(self) -> Ints:
        """Largest daily budget (W,) that the owner allows; 2**53 where there is no ceiling."""
        if not self.scenario.ceiling_share:
            return np.full(len(self.seeds), _MOST_MINOR)
        asked: Ints = np.floor(self.scenario.ceiling_share * self._starting.mean(axis=-1)).astype(np.int64)
        return np.maximum(asked, self.floors_minor)

    @property
    def active(self) -> NDArray[np.bool_]:
        """Which ad sets may deliver (W, A), a copy."""
        return self._active.copy()

    def set_budgets(self, budgets_minor: ArrayLike) -> None:
        """Daily budgets (W, A) from today on.

        Raises:
            ValueError: wrong shape, not whole numbers, negative; the offending place is named.
        """
        self._budgets = self._checked(budgets_minor)

    def set_budget(self, world: int, ad_set: int, budget_minor: int) -> None:
        """One ad set's daily budget from today on.

        Raises:
            ValueError: no such world or ad set, or not a whole number of at least zero.
        """
        self._check_place(world, ad_set)
        wanted = np.zeros(self._budgets.shape, dtype=np.asarray(budget_minor).dtype)
        wanted[world, ad_set] = budget_minor
        self._checked(wanted)
        # Mechanisms may remember the present arrays: they are replaced, never written to.
        self._budgets = self._budgets.copy()
        self._budgets[world, ad_set] = budget_minor

    def set_active(self, world: int, ad_set: int, active: bool) -> None:
        """Let an ad set deliver, or not, from today on; its budget stays.

        Raises:
            ValueError: no such world or ad set.
        """
        self._check_place(world, ad_set)
        self._active = self._active.copy()
        self._active[world, ad_set] = bool(active)

    def step(self) -> None:
        """Let today happen under the budgets in force; then it is the next morning."""
        set_out = self._set_out_to_spend()
        day = self._outcome(set_out)
        self._week_budget += set_out
        self._week_spend += over_ads(day.spend_minor)
        self._record(day)
        self._go_to_bed(day)
        if delivery.days_left_in_week(self._today) == 0:
            self._week_budget[:], self._week_spend[:] = 0, 0
        self._today += timedelta(days=1)
        self._levels = drift.next_levels(self._levels, self._shocks, self.scenario, self._streams, self._today)
        self._wake()
        self._draw()

    def peek_today(self, share: float) -> dict[str, Ints]:
        """Figures (W, A) of today so far, if `share` of its traffic has passed and budgets stay. Changes nothing.

        With a share of one: what tomorrow morning's report will say.

        Raises:
            ValueError: `share` is not between 0 and 1.
        """
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"share must be between 0 and 1, got {share}")
        day = of_ad_sets(self._outcome(self._set_out_to_spend()))
        shown = _part(day.impressions, share)
        orders, worth = (_part(known, share) for known in (_at_once(day.orders), _at_once(day.worth_minor)))
        return {
            "spend_minor": _part(day.spend_minor, share),
            "impressions": shown,
            "reach": self._reached(shown),
            "clicks": _part(day.clicks, share),
            "conversions": orders,
            "value_minor": np.where(orders > 0, worth, 0),
        }

    def expected_spend_minor(self, budgets_minor: ArrayLike) -> Floats:
        """Expected spend (..., W, A) of today under budgets (..., W, A), minor units.

        Bounds of a week are left out, so that it does not depend on what was spent on earlier days: late in a week
        they take a little, in all 0.2 % of it (measured on `small`; 0.3 % with `pacing`, 0.9 % on `everything`).

        Raises:
            ValueError: wrong shape, not finite, negative.
        """
        budgets = np.asarray(budgets_minor, dtype=np.float64)
        self._check_shape(budgets)
        _refuse(~np.isfinite(budgets) | (budgets < 0), budgets, "budgets must be finite and not negative")
        spend: Floats = np.where(self._delivering(), self._allotted(budgets), 0.0) * self._delivery_share()
        spend = np.minimum(spend, self._conditions.spend_limit_minor)
        market = self._conditions.market
        return spend if market is None else at_one_bid(spend, market).spend_minor

    def expected_value_minor(self, budgets_minor: ArrayLike) -> Floats:
        """Expected matured order value (..., W, A) of today under budgets (..., W, A): the truth, without luck.

        Minor units; reported or not.

        Raises:
            ValueError: wrong shape, not finite, negative.
        """
        spend = self.expected_spend_minor(budgets_minor)
        return response.value_minor(spend, self._population, self._conditions, self.scenario.concentration)

    def marginal_value(self, budgets_minor: Floats) -> Floats:
        """Derivative of an ad set's `expected_value_minor` by its own budget, for budgets (..., W, A).

        Value per unit of money. What the platform moves between ad sets, and what ad sets do to each other's prices, is
        left out: see `simulator.oracle`.
        """
        share = self._delivery_share()
        spend = budgets_minor * share
        marginal = response.marginal_value(
            np.minimum(spend, self._conditions.spend_limit_minor),
            self._population,
            self._conditions,
            self.scenario.concentration,
        )
        delivers = self._delivering() & (spend < self._conditions.spend_limit_minor)
        return np.where(delivers, share * marginal, 0.0)

    def turning_budgets(self, budgets_minor: Ints) -> Floats | None:
        """Budgets (W, A) from which on a unit more than `budgets_minor` (W, A) is worth less and less.

        Between the two the curve lies below its chord. None where no curve does.
        """
        curves = self._population.curves
        if curves is None or curves.concave:
            return None
        supply = self._conditions.supply
        per_budget: Floats = np.asarray(
            self._delivery_share() / (supply if isinstance(supply, float) else supply[..., 0])
        )
        return curves.worth_starting_at(budgets_minor * per_budget) / per_budget

    def at_prices_of(self, budgets_minor: ArrayLike) -> World:
        """The same worlds today, where ad sets do to each other's prices what they do under `budgets_minor` (W, A).

        For asking what budgets would bring, not for living in; itself where ad sets do nothing to each other.
        """
        if self._conditions.pressure is None:
            return self
        spend = self.expected_spend_minor(budgets_minor)
        shown = response.impressions(spend, self._population, replace(self._conditions, pressure=None))
        factor = self._conditions.pressure(over_ads(shown) / self._population.audience)

        def as_then(exposures: Floats, worlds: NDArray[np.intp] | None = None) -> Floats:
            del exposures  # whatever they are now
            return factor if worlds is None else factor[worlds]

        held = copy(self)
        held._conditions = replace(self._conditions, pressure=as_then)  # noqa: SLF001 - its own kind
        return held

    def _draw(self) -> None:
        """Draw the day's luck, before anyone decides."""
        plainly = self._conditions.plainly_reported
        self._luck = luck.draw_luck(
            self._today, self.scenario.ad_sets, self.scenario.ads, self._streams, plainly_reported=plainly
        )

    def _set_out_to_spend(self) -> Ints:
        """Whole minor units (W, A) that count as today's budgets in the platform's rules."""
        if not self._mechanisms:
            return np.where(self._active, self._budgets, 0)
        return np.floor(self._allotted(self._budgets.astype(np.float64))).astype(np.int64)

    def _outcome(self, set_out: Ints) -> Day:
        """Today as it turns out."""
        days_left = delivery.days_left_in_week(self._today)
        week_left = self._week_budget + (1 + days_left) * set_out - self._week_spend
        if self._pacing is not None and self._conditions.market is not None:
            return self._paced(self._pacing, self._conditions.market, set_out, week_left)
        spend = delivery.spend_minor(
            set_out,
            self._luck.delivery,
            mean_share=self.scenario.delivery_share,
            spread=self.scenario.delivery_spread,
            week_left_minor=week_left,
        )
        if self._mechanisms:
            spend = np.minimum(spend, np.floor(self._conditions.spend_limit_minor)).astype(np.int64)
            spend = self._charged(spend, week_left)
        return luck.happen(spend, self._population, self._conditions, self.scenario, self._luck)

    def _paced(self, pacing: Pacing, market: Market, set_out: Ints, week_left: Ints) -> Day:
        """Today as it turns out hour by hour."""
        most = np.minimum(delivery.MOST_OF_A_DAY * set_out, np.maximum(week_left, 0))
        most = np.minimum(most, self._conditions.spend_limit_minor)
        hours = deliver(
            set_out.astype(np.float64),
            market,
            most,
            start=self._start,
            noise=pacing.noise(self._morning()),
            gain=pacing.gain,
        )
        spend = np.floor(np.minimum(total(hours.spend_minor), most)).astype(np.int64)
        spend = self._charged(spend, week_left)
        if self._population.curves is None:
            bought = total(hours.impressions)
        else:
            bought = response.bought(spend.astype(np.float64), self._population, self._conditions)
        shown = bought[..., None] * self._conditions.by_ad
        shown *= mean_one(self._luck.price, self.scenario.price_noise)[..., None]
        self._own_pressure = response.own_pressure(shown, self._population, self._conditions)
        shown /= self._own_pressure[..., None]
        return luck.of_impressions(spend, shown, self._population, self._conditions, self.scenario, self._luck)

    def _checked(self, budgets_minor: ArrayLike) -> Ints:
        budgets = np.asarray(budgets_minor)
        self._check_shape(budgets)
        if budgets.ndim != 2:  # noqa: PLR2004 - worlds and ad sets
            raise ValueError(f"budgets must be (worlds, ad sets), got shape {budgets.shape}")
        if not np.issubdtype(budgets.dtype, np.integer):
            raise ValueError(f"budgets must be whole minor units (integers), got dtype {budgets.dtype}")
        _refuse((budgets < 0) | (budgets > _MOST_MINOR), budgets, "budgets must be between 0 and 2**53")
        return budgets.astype(np.int64)

    def _check_shape(self, budgets: NDArray[np.generic]) -> None:
        if budgets.shape[-2:] != self._budgets.shape:
            raise ValueError(f"budgets must have shape (worlds, ad sets) = {self._budgets.shape}, got {budgets.shape}")

    def _check_place(self, world: int, ad_set: int) -> None:
        worlds, ad_sets = self._active.shape
        if not 0 <= world < worlds:
            raise ValueError(f"there is no world {world}: this batch has {worlds}")
        if not 0 <= ad_set < ad_sets:
            raise ValueError(f"there is no ad set {ad_set}: scenario {self.scenario.name!r} has {ad_sets}")


def _seed(seed: Any) -> int:
    if isinstance(seed, bool | np.bool_) or not isinstance(seed, int | np.integer):
        raise ValueError(f"seeds must be whole numbers, got {seed!r}")  # noqa: TRY004 - one refusal for all bad values
    return int(seed)


def _part(whole: Ints, share: float) -> Ints:
    part: Ints = np.floor(whole * share).astype(np.int64)
    return part


def _at_once(by_category: Ints) -> Ints:
    """What of a day's orders (K, ...) is known on the next morning."""
    clicks: Ints = by_category[0]
    return clicks if len(by_category) == LAGS else clicks + by_category[LAGS]


def _refuse(wrong: NDArray[np.bool_], values: NDArray[np.generic], rule: str) -> None:
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"{rule}: world {place[-2]}, ad set {place[-1]} has {values[place]}")
