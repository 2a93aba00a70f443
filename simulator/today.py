"""A day about to happen: what it is like, and what the mechanisms say of it. Nothing here depends on the day's luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import drift, humans
from simulator.ads import over_ads
from simulator.books import Books
from simulator.conditions import Conditions, multiplied, shared_out
from simulator.fatigue import fresh_exposures
from simulator.ledger import Day
from simulator.mechanism import Mechanism, Morning, Outcome, Outlook, Setting
from simulator.mechanisms.dayparting import Dayparting
from simulator.mechanisms.pacing import Pacing
from simulator.outlook import outlook_of
from simulator.population import draw_population
from simulator.reach import people_reached
from simulator.streams import Streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario import Scenario

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

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


class Today(Books):
    """W worlds on a morning: the conditions of the day, the states of mechanisms, the budgets in force."""

    def __init__(self, scenario: Scenario, seeds: Sequence[int]) -> None:
        """The first morning.

        Args:
            scenario: what the account is like.
            seeds: W seeds, one per world.
        """
        first_day, shape = scenario.start_day - timedelta(days=scenario.history_days), (len(seeds), scenario.ad_sets)
        super().__init__(first_day, shape, scenario.ads)
        self.scenario = scenario
        self._today = first_day
        self._streams = Streams(seeds)
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
        self._starting: Ints = humans.starting_budgets(scenario, self._population, self._streams)
        self._budgets = self._starting
        self._wake()

    @property
    def separable(self) -> bool:
        """Whether an ad set's value today depends on its own budget alone, as `marginal_value` says it does."""
        kinds = [type(mechanism) for mechanism in self._mechanisms.values()]
        return not self.interacts and all(kind.allot is Mechanism.allot for kind in kinds)

    @property
    def interacts(self) -> bool:
        """Whether ad sets change each other's prices today."""
        return self._conditions.pressure is not None

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

    def _wake(self) -> None:
        """A new morning: people outside edit, and the day's conditions stand."""
        for mechanism, state in self._asked("edit"):
            self._budgets, self._active = mechanism.edit(state, self._morning())
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

    def _charged(self, spend: Ints, week_left: Ints) -> Ints:
        """What of the day's spend (W, A) people pay for, where a rule goes beyond single ad sets."""
        for mechanism, state in self._asked("charge"):
            found = mechanism.charge(state, self._morning(), spend, week_left)
            spend = spend if found is None else found
        return spend

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


def _with_hook(mechanisms: Mapping[str, Mechanism], hook: str) -> list[str]:
    """The names of mechanisms that do something at the hook."""
    return [name for name, kind in mechanisms.items() if getattr(type(kind), hook) is not getattr(Mechanism, hook)]
