"""Worlds as arrays: W seeds of one scenario, living day by day, each exactly as it would live alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import delivery, drift, humans, luck, response
from simulator.ads import over_ads
from simulator.books import Books, of_ad_sets
from simulator.conditions import Conditions, multiplied, shared_out
from simulator.delay import LAGS
from simulator.fatigue import fresh_exposures
from simulator.hourly import Market, at_one_bid, total
from simulator.hourly_delivery import deliver
from simulator.ledger import Day
from simulator.mechanism import Mechanism, Morning, Outcome, Outlook, Setting
from simulator.mechanisms.dayparting import Dayparting
from simulator.mechanisms.pacing import Pacing
from simulator.noise import mean_one
from simulator.outlook import outlook_of
from simulator.population import ad_set_names, draw_population
from simulator.reach import people_reached
from simulator.scenario import Scenario
from simulator.streams import Streams

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_MOST_MINOR = 2**53
_RARE_HOOKS = ("generations", "edit", "pressure", "allot", "charge")
"""Hooks that few mechanisms have, and that are asked often."""


@dataclass(frozen=True, eq=False, slots=True)
class Planned:
    """What the platform sets out to spend, and what it was planned from."""

    key: tuple[object, ...]
    """Conditions and states: another morning has others."""
    able_minor: Floats
    spend: Floats

    def fits(self, key: tuple[object, ...], able_minor: Floats) -> bool:
        """Whether the same would be planned again."""
        same = all(one is other for one, other in zip(self.key, key, strict=True))
        return same and np.array_equal(self.able_minor, able_minor)


class World(Books):
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
        self.scenario = scenario
        self.seeds = tuple(_seed(seed) for seed in seeds)
        self.ad_set_names = ad_set_names(scenario.ad_sets)
        shape = len(self.seeds), scenario.ad_sets
        super().__init__(scenario.start_day - timedelta(days=scenario.history_days), shape, scenario.ads)
        self._today = self.first_day
        self._streams = Streams(self.seeds)
        self._mechanisms = dict(scenario.mechanisms)
        self._having = {hook: _with_hook(self._mechanisms, hook) for hook in _RARE_HOOKS}
        self._setting = self._settled()
        self._population = self._setting.population
        pacing = self._mechanisms.get("pacing")
        self._pacing = pacing if isinstance(pacing, Pacing) else None
        self._plan: Planned | None = None
        self._own_pressure: Floats = np.ones(self._setting.shape)
        self._states = {name: kind.begin(self._setting) for name, kind in self._mechanisms.items()}
        self._shocks = drift.draw_shocks(scenario, self._streams)
        self._levels = drift.first_levels(scenario, self._streams, self._today)
        self._active = np.ones(shape, dtype=np.bool_)
        self._week_budget, self._week_spend = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        starting = humans.starting_budgets(scenario, self._population, self._streams)
        self._budgets = starting
        self._set_out()
        for _ in range(scenario.history_days):
            self._budgets = humans.edited_budgets(self._budgets, starting, scenario, self._streams, self._today)
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
    def active(self) -> NDArray[np.bool_]:
        """Which ad sets may deliver (W, A), a copy."""
        return self._active.copy()

    @property
    def separable(self) -> bool:
        """Whether an ad set's value today depends on its own budget alone, as `marginal_value` says it does."""
        kinds = [type(mechanism) for mechanism in self._mechanisms.values()]
        return not self.interacts and all(kind.allot is Mechanism.allot for kind in kinds)

    @property
    def interacts(self) -> bool:
        """Whether ad sets change each other's prices today."""
        return self._conditions.pressure is not None

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
        self._set_out()

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

    def mechanism_state(self, name: str) -> Any:
        """What the mechanism remembers this morning.

        Raises:
            ValueError: the scenario has not switched it on.
        """
        self._check_on(name)
        return self._states[name]

    def replace_mechanism_state(self, name: str, state: Any) -> None:
        """Put a mechanism's state in place of the present one, before today happens; it governs today.

        Raises:
            ValueError: the scenario has not switched it on.
        """
        self._check_on(name)
        self._states[name] = state
        self._conditions = self._conditions_today()

    def note_significant_edit(self, where: NDArray[np.bool_]) -> None:
        """Tell the mechanisms that bids, audience or ads of the ad sets `where` (W, A) were changed significantly."""
        for name, mechanism in self._mechanisms.items():
            self._states[name] = mechanism.edited(self._states[name], where)
        self._conditions = self._conditions_today()

    def _settled(self) -> Setting:
        population = draw_population(self.scenario, self._streams)
        setting = Setting(self.scenario, self._streams, population, self.first_day)
        for mechanism in self._mechanisms.values():
            setting = replace(setting, population=mechanism.settle(setting))
        return setting

    def _morning(self) -> Morning:
        found = [mechanism.generations(state) for mechanism, state in self._asked("generations")]
        generation = next((one for one in found if one is not None), 0)
        return Morning(self._setting, self._today, self._budgets, self._active, generation)

    def _asked(self, hook: str) -> list[tuple[Mechanism, Any]]:
        """Every mechanism that has the hook, with its state, in order."""
        names = self._having.get(hook, self._mechanisms)
        return [(self._mechanisms[name], self._states[name]) for name in names]

    def _set_out(self) -> None:
        """Let people outside edit, and draw what today is like, before anyone decides."""
        for mechanism, state in self._asked("edit"):
            self._budgets, self._active = mechanism.edit(state, self._morning())
        self._conditions = self._conditions_today()
        plainly = self._conditions.plainly_reported
        self._luck = luck.draw_luck(
            self._today, self.scenario.ad_sets, self.scenario.ads, self._streams, plainly_reported=plainly
        )

    def _conditions_today(self) -> Conditions:
        usual = drift.conditions_on(self._today, self._levels, self._population, self.scenario)
        if not self._mechanisms:
            return usual
        morning = self._morning()
        found = [mechanism.morning(state, morning) for mechanism, state in self._asked("morning")]
        conditions = multiplied(usual, [factors for factors in found if factors is not None])
        if conditions.stock is not None:
            conditions = replace(conditions, stock_worth=fresh_exposures(conditions.stock, self.scenario.concentration))
        if self._having["pressure"]:
            conditions = replace(conditions, pressure=partial(self._pressure, morning))
        if self.scenario.ads > 1 or not isinstance(conditions.delivers, np.bool_ | bool):
            conditions = shared_out(conditions, self.scenario.ads)
        return conditions if self._pacing is None else self._by_the_hour(self._pacing, conditions, morning)

    def _by_the_hour(self, pacing: Pacing, conditions: Conditions, morning: Morning) -> Conditions:
        """The same with the day's market by the hour."""
        cheapness = over_ads(conditions.by_ad)
        price = 1.0 / np.where(cheapness > 0.0, cheapness, 1.0)
        supply = conditions.supply if isinstance(conditions.supply, float) else conditions.supply[..., 0]
        dayparting = self._mechanisms.get("dayparting")
        allowed = None
        if isinstance(dayparting, Dayparting):
            allowed = dayparting.allowed(self._states["dayparting"], morning)
        market = pacing.market(morning, supply=supply, allowed=allowed)
        self._start = pacing.start(self._states["pacing"], morning, market, price)
        return replace(conditions, market=market)

    def _delivery_share(self) -> Floats | float:
        """Share of what the platform sets out to spend that it spends on average."""
        if self._pacing is None or self._conditions.market is None:
            return self.scenario.delivery_share
        return self._pacing.expected_share(self._start, self._conditions.market)

    def _pressure(self, morning: Morning, exposures: Floats, worlds: NDArray[np.intp] | None = None) -> Floats:
        factor = np.ones(exposures.shape)
        for mechanism, state in self._asked("pressure"):
            found = mechanism.pressure(state, morning, exposures, worlds)
            factor = factor if found is None else factor * found
        return factor

    def _delivering(self) -> NDArray[np.bool_]:
        """Ad sets (W, A) that are active and have an ad that may be shown."""
        share = self._conditions.share
        return self._active if share is None else self._active & (over_ads(share) > 0.0)

    def _allotted(self, budgets: Floats) -> Floats:
        """What the platform sets out to spend (..., W, A) under `budgets` (..., W, A)."""
        able = np.where(self._delivering(), budgets, 0.0)
        if not self._having["allot"]:
            return able
        # Whoever asks what budgets bring and then lives the day under them has it planned once.
        key = self._conditions, self._states
        if self._plan is not None and self._plan.fits(key, able):
            return self._plan.spend
        spend = self._planned(able)
        self._plan = Planned(key, able, spend)
        return spend

    def _planned(self, able: Floats) -> Floats:
        morning, outlook = self._morning(), self._outlook()
        for mechanism, state in self._asked("allot"):
            found = mechanism.allot(state, morning, able, outlook)
            able = able if found is None else found
        return able

    def _outlook(self) -> Outlook:
        return outlook_of(self._population, self._conditions, self.scenario.concentration)

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

    def _charged(self, spend: Ints, week_left: Ints) -> Ints:
        """What of the day's spend (W, A) people pay for, where a rule goes beyond single ad sets."""
        for mechanism, state in self._asked("charge"):
            found = mechanism.charge(state, self._morning(), spend, week_left)
            spend = spend if found is None else found
        return spend

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
        shown = total(hours.impressions)[..., None] * self._conditions.by_ad
        shown *= mean_one(self._luck.price, self.scenario.price_noise)[..., None]
        self._own_pressure = response.own_pressure(shown, self._population, self._conditions)
        shown /= self._own_pressure[..., None]
        return luck.of_impressions(spend, shown, self._population, self._conditions, self.scenario, self._luck)

    def _reached(self, impressions: Ints) -> Ints:
        """People (W, A) who saw one of so many impressions (W, A) of a day."""
        shown = impressions.astype(np.float64)
        people = people_reached(shown, self._population.audience, self.scenario.concentration)
        return np.minimum(np.rint(people), shown).astype(np.int64)

    def _go_to_bed(self, day: Day) -> None:
        """Let mechanisms remember the day."""
        if not self._mechanisms:
            return
        orders, worth = day.orders.sum(axis=0), day.worth_minor.sum(axis=0)
        outcome = Outcome(day.spend_minor, day.impressions, day.clicks, orders, worth, self._own_pressure)
        morning = self._morning()
        self._states = {
            name: mechanism.evening(self._states[name], morning, outcome)
            for name, mechanism in self._mechanisms.items()
        }

    def _check_on(self, name: str) -> None:
        if name not in self._mechanisms:
            raise ValueError(f"scenario {self.scenario.name!r} has no {name}: it is switched on by a section {name}")

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


def _with_hook(mechanisms: Mapping[str, Mechanism], hook: str) -> list[str]:
    """The names of mechanisms that do something at the hook."""
    return [name for name, kind in mechanisms.items() if getattr(type(kind), hook) is not getattr(Mechanism, hook)]


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
