"""Worlds as arrays: W seeds of one scenario, living day by day, each exactly as it would live alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from simulator import delivery, drift, humans, luck, response
from simulator.ledger import Day, Ledger
from simulator.population import ad_set_names, draw_population
from simulator.reach import people_reached
from simulator.streams import Streams

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from simulator.scenario import Scenario

_MOST_MINOR = 2**53


class World:
    """W worlds of one scenario, with `history_days` of past under people's budgets.

    Deterministic given (scenario, seed, budgets and status of every day). Nothing but spend depends on earlier
    budgets, and spend only through the weekly bound: what a day would bring under given budgets is comparable between
    worlds of one seed, whatever was done in them before.
    """

    def __init__(self, scenario: Scenario, seeds: Sequence[int]) -> None:
        """Draw the worlds and live their past.

        Args:
            scenario: what the account is like.
            seeds: W seeds, one per world.

        Raises:
            ValueError: no seeds, or one that is out of range.
        """
        if len(seeds) == 0:
            raise ValueError("seeds must name at least one world")
        self.scenario = scenario
        self.seeds = tuple(int(seed) for seed in seeds)
        self.ad_set_names = ad_set_names(scenario.ad_sets)
        self.first_day = scenario.start_day - timedelta(days=scenario.history_days)
        self._today = self.first_day
        self._streams = Streams(self.seeds)
        self._population = draw_population(scenario, self._streams)
        self._shocks = drift.draw_shocks(scenario, self._streams)
        self._levels = drift.first_levels(scenario, self._streams, self._today)
        self._set_out()
        shape = len(self.seeds), scenario.ad_sets
        self._ledger = Ledger(*shape)
        self._active = np.ones(shape, dtype=np.bool_)
        self._week_budget, self._week_spend = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        ones = np.ones(shape)
        usual = drift.Conditions(impressions=ones, clicks=ones, conversions=ones)
        starting = humans.starting_budgets(scenario, self._population, usual, self._streams)
        self._budgets = starting
        for _ in range(scenario.history_days):
            self._budgets = humans.edited_budgets(self._budgets, starting, scenario, self._streams, self._today)
            self.step()

    @property
    def today(self) -> date:
        """The day about to happen, local."""
        return self._today

    @property
    def budgets_minor(self) -> NDArray[np.int64]:
        """Daily budgets in force (W, A), a copy."""
        return self._budgets.copy()

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
        self._checked(np.full(self._budgets.shape, budget_minor))
        self._budgets[world, ad_set] = budget_minor

    def set_active(self, world: int, ad_set: int, active: bool) -> None:
        """Let an ad set deliver, or not, from today on; its budget stays.

        Raises:
            ValueError: no such world or ad set.
        """
        self._check_place(world, ad_set)
        self._active[world, ad_set] = bool(active)

    def step(self) -> None:
        """Let today happen under the budgets in force; then it is the next morning."""
        day = self._outcome()
        self._week_budget += np.where(self._active, self._budgets, 0)
        self._week_spend += day.spend_minor
        self._ledger.record(day)
        if delivery.days_left_in_week(self._today) == 0:
            self._week_budget[:], self._week_spend[:] = 0, 0
        self._today += timedelta(days=1)
        self._levels = drift.next_levels(self._levels, self._shocks, self.scenario, self._streams, self._today)
        self._set_out()

    def report(self, days: int = 28) -> dict[str, NDArray[np.int64]]:
        """Figures (W, A, days) of the last days before today, oldest first, as known this morning.

        Raises:
            ValueError: `days` is not positive.
        """
        if days <= 0:
            raise ValueError(f"days must be positive, got {days}")
        return self._ledger.known(len(self._ledger) - days, len(self._ledger))

    def report_range(self, since: date, until: date) -> dict[str, NDArray[np.int64]]:
        """Figures (W, A, D) from `since` to `until`, both included, as known this morning.

        Days outside the world's past are zero.

        Raises:
            ValueError: `until` lies before `since`.
        """
        if until < since:
            raise ValueError(f"until ({until}) lies before since ({since})")
        return self._ledger.known((since - self.first_day).days, (until - self.first_day).days + 1)

    def peek_today(self, share: float) -> dict[str, NDArray[np.int64]]:
        """Figures (W, A) of today so far, if `share` of its traffic has passed and budgets stay. Changes nothing.

        With a share of one: what tomorrow morning's report will say.

        Raises:
            ValueError: `share` is not between 0 and 1.
        """
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"share must be between 0 and 1, got {share}")
        day = self._outcome()
        shown = _part(day.impressions, share)
        people = people_reached(shown.astype(np.float64), self._population.audience, self.scenario.concentration)
        return {
            "spend_minor": _part(day.spend_minor, share),
            "impressions": shown,
            "reach": np.minimum(np.rint(people).astype(np.int64), shown),
            "clicks": _part(day.clicks, share),
            "conversions": _part(day.orders[..., 0], share),
            "value_minor": np.where(_part(day.orders[..., 0], share) > 0, _part(day.worth_minor[..., 0], share), 0),
        }

    def expected_value_minor(self, budgets_minor: ArrayLike) -> NDArray[np.float64]:
        """Expected matured order value (W, A) of today under these budgets, minor units: the truth, without luck.

        Raises:
            ValueError: wrong shape, not finite, negative.
        """
        budgets = np.asarray(budgets_minor, dtype=np.float64)
        self._check_shape(budgets)
        _refuse(~np.isfinite(budgets) | (budgets < 0), budgets, "budgets must be finite and not negative")
        spend = np.where(self._active, budgets, 0.0) * self.scenario.delivery_share
        return response.value_minor(spend, self._population, self._conditions, self.scenario.concentration)

    def marginal_value(self, budgets_minor: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivative of `expected_value_minor` by budget, for budgets (..., W, A): value per unit of money."""
        share = self.scenario.delivery_share
        marginal = response.marginal_value(
            budgets_minor * share, self._population, self._conditions, self.scenario.concentration
        )
        return np.where(self._active, share * marginal, 0.0)

    def caused(self, days: int | None = None) -> dict[str, NDArray[np.int64]]:
        """`conversions` and `value_minor` (W, A, D) as really caused, known yet or not.

        Of every day so far, or of the last `days`.
        """
        return self._ledger.caused(0 if days is None else len(self._ledger) - days)

    def _set_out(self) -> None:
        """Draw what today is like, before anyone decides."""
        self._conditions = drift.conditions_on(self._today, self._levels, self._population, self.scenario)
        self._luck = luck.luck_of(self._today, self.scenario.ad_sets, self._streams)

    def _outcome(self) -> Day:
        """Today as it turns out under the budgets in force."""
        budgets = np.where(self._active, self._budgets, 0)
        days_left = delivery.days_left_in_week(self._today)
        spend = delivery.spend_minor(
            budgets,
            luck.delivery_luck(self._luck),
            mean_share=self.scenario.delivery_share,
            spread=self.scenario.delivery_spread,
            week_left_minor=self._week_budget + (1 + days_left) * budgets - self._week_spend,
        )
        return luck.happen(spend, self._population, self._conditions, self.scenario, self._luck)

    def _checked(self, budgets_minor: ArrayLike) -> NDArray[np.int64]:
        budgets = np.asarray(budgets_minor)
        self._check_shape(budgets)
        if not np.issubdtype(budgets.dtype, np.integer):
            raise ValueError(f"budgets must be whole minor units (integers), got dtype {budgets.dtype}")
        _refuse((budgets < 0) | (budgets > _MOST_MINOR), budgets, "budgets must be between 0 and 2**53")
        return budgets.astype(np.int64)

    def _check_shape(self, budgets: NDArray[np.generic]) -> None:
        if budgets.shape != self._budgets.shape:
            raise ValueError(f"budgets must have shape (worlds, ad sets) = {self._budgets.shape}, got {budgets.shape}")

    def _check_place(self, world: int, ad_set: int) -> None:
        worlds, ad_sets = self._active.shape
        if not 0 <= world < worlds:
            raise ValueError(f"there is no world {world}: this batch has {worlds}")
        if not 0 <= ad_set < ad_sets:
            raise ValueError(f"there is no ad set {ad_set}: scenario {self.scenario.name!r} has {ad_sets}")


def _part(whole: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    part: NDArray[np.int64] = np.floor(whole * share).astype(np.int64)
    return part


def _refuse(wrong: NDArray[np.bool_], values: NDArray[np.generic], rule: str) -> None:
    if wrong.any():
        world, ad_set = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"{rule}: world {world}, ad set {ad_set} has {values[world, ad_set]}")
