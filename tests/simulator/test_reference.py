"""The world against the same days written out number by number, in batches of any size, and by the hour.

`ReferenceWorld` is the plain day for one world: no arrays beyond the draws and the population it is given, loops over
ad sets and days, `math` instead of numpy, and formulas as their modules' docstrings state them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import pytest
from scipy import special

from simulator import drift, fatigue, response, seasonality
from simulator.delay import LAGS
from simulator.ledger import METRICS
from simulator.population import Population, draw_population
from simulator.scenario import Scenario
from simulator.scenarios import load_scenario
from simulator.streams import Streams
from simulator.world import World

pytestmark = pytest.mark.slow

DAYS = 40
DETECTED = 1.96 + 1.645
"""Standard errors of a difference that a two-sided test at 5 % finds with a probability of 95 %."""


@dataclass
class Cell:
    """One ad set's day."""

    spend: int
    impressions: int
    reach: int
    clicks: int
    orders: list[int]
    """By days until they are known."""
    worth: list[int]


@dataclass
class AdSet:
    """What is true of one ad set, and where it stands."""

    index: int
    click_level: float = 0.0
    conversion_level: float = 0.0
    week_budget: int = 0
    week_spend: int = 0
    days: list[Cell] = field(default_factory=list)


class ReferenceWorld:
    """One world without a past, living day by day."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.streams = scenario, Streams([seed])
        self.population: Population = draw_population(scenario, self.streams)
        self.shocks = drift.draw_shocks(scenario, self.streams)
        self.today: date = scenario.start_day
        self.ad_sets = [AdSet(a) for a in range(scenario.ad_sets)]
        self.common = scenario.common_spread * self.normal("common", 1, 0, 0)

    def normal(self, purpose: str, draws: int, draw: int, ad_set: int, ads: int | None = None) -> float:
        """One normal draw of today."""
        size = 1 if purpose == "common" else self.scenario.ad_sets
        found = self.streams.normals(purpose, self.today.toordinal(), draws, size, ads)
        return float(found[draw, 0, ad_set] if ads is None else found[draw, 0, ad_set, 0])

    def uniform(self, draw: int, ad_set: int) -> float:
        """The uniform draw of the orders of a lag."""
        found = self.streams.uniforms("orders", self.today.toordinal(), LAGS, self.scenario.ad_sets, 1)
        return float(found[draw, 0, ad_set, 0])

    def step(self, budgets: Sequence[int], active: Sequence[bool]) -> None:
        """Let today happen, and the levels move on."""
        days_left = (5 - self.today.weekday()) % 7
        for ad_set in self.ad_sets:
            set_out = budgets[ad_set.index] if active[ad_set.index] else 0
            week_left = ad_set.week_budget + (1 + days_left) * set_out - ad_set.week_spend
            cell = self.cell(ad_set, set_out, week_left)
            ad_set.days.append(cell)
            ad_set.week_budget += set_out
            ad_set.week_spend += cell.spend
            if days_left == 0:
                ad_set.week_budget = ad_set.week_spend = 0
        self.today += timedelta(days=1)
        self.move_on()

    def move_on(self) -> None:
        """Levels of the new day."""
        scenario = self.scenario
        for ad_set in self.ad_sets:
            a = ad_set.index
            jump = float(self.shocks.jump[0, a]) if self.shocks.ordinal[0, a] == self.today.toordinal() else 0.0
            seen = bool(self.shocks.seen_in_clicks[0, a])
            step = scenario.drift_spread / math.sqrt(2.0)
            ad_set.click_level += step * self.normal("drift", 2, 0, a) + (jump if seen else 0.0)
            ad_set.conversion_level += step * self.normal("drift", 2, 1, a) + (0.0 if seen else jump)
        memory = scenario.common_memory
        news = scenario.common_spread * math.sqrt(1.0 - memory**2) * self.normal("common", 1, 0, 0)
        self.common = memory * self.common + news

    def cell(self, ad_set: AdSet, set_out: int, week_left: int) -> Cell:
        """One ad set's day under what it sets out to spend."""
        scenario, people, a = self.scenario, self.population, ad_set.index
        spend = self.spend(a, set_out, week_left)
        rate, depth, e = (float(values[0, a]) for values in (people.rate, people.depth, people.exponent))
        bought = rate * depth * ((1.0 + spend / depth) ** e - 1.0) / e
        bought *= math.exp(-seasonality.log_price(self.today))
        shown = round(bought * mean_one(self.normal("delivery", 2, 1, a), scenario.price_noise))
        audience = float(people.audience[0, a])
        clicks = audience * fresh(shown / audience, scenario.concentration) * float(people.click_rate[0, a])
        clicks *= math.exp(ad_set.click_level)
        clicks *= mean_one(self.normal("clicks", 3, 0, a, 1), scenario.click_noise)
        clicked = min(poisson(clicks, normal=self.normal("clicks", 3, 1, a, 1)), shown)
        weekday = seasonality.log_demand(self.today, scenario.weekday_strength)
        weekday += float(people.weekday[0, a, self.today.weekday()])
        orders = float(people.conversion_rate[0, a]) * clicked
        orders *= math.exp(ad_set.conversion_level + self.common + weekday)
        orders *= mean_one(self.normal("clicks", 3, 2, a, 1), scenario.conversion_noise)
        counts, worth = [], []
        for lag, share in enumerate(arrivals(scenario.same_day_share)):
            counts.append(poisson(orders * share, uniform=self.uniform(lag, a)))
            draw = self.normal("order values", LAGS, lag, a, 1)
            worth.append(value(counts[-1], float(people.order_value_minor[0, a]), scenario.order_variation, draw))
        missed = (1.0 + shown / audience / scenario.concentration) ** -scenario.concentration
        return Cell(spend, shown, min(round(audience * (1.0 - missed)), shown), clicked, counts, worth)

    def spend(self, a: int, set_out: int, week_left: int) -> int:
        """Money spent: a share of the budget, at most 75 % over it, and no more than the week allows."""
        scenario = self.scenario
        share = scenario.delivery_share * mean_one(self.normal("delivery", 2, 0, a), scenario.delivery_spread)
        return min(math.floor(set_out * min(share, 1.75)), max(week_left, 0))

    def known(self) -> dict[str, np.ndarray]:
        """What a report says this morning, (A, D)."""
        rows: dict[str, list[list[int]]] = {}
        for ad_set in self.ad_sets:
            ages = range(len(ad_set.days), 0, -1)
            cells = {
                "spend_minor": [cell.spend for cell in ad_set.days],
                "impressions": [cell.impressions for cell in ad_set.days],
                "reach": [cell.reach for cell in ad_set.days],
                "clicks": [cell.clicks for cell in ad_set.days],
                "conversions": [sum(cell.orders[:age]) for cell, age in zip(ad_set.days, ages, strict=True)],
                "value_minor": [sum(cell.worth[:age]) for cell, age in zip(ad_set.days, ages, strict=True)],
            }
            for name, values in cells.items():
                rows.setdefault(name, []).append(values)
        return {name: np.array(values) for name, values in rows.items()}


def mean_one(normal: float, spread: float) -> float:
    return math.exp(spread * normal - spread**2 / 2)


def fresh(mean: float, concentration: float) -> float:
    """Exposures per person, weighted by how fresh they are; the nodes of the mixture are the module's own."""
    total = 0.0
    for u, weight in fatigue._mixture():
        total += weight * (1.0 - (1.0 + u * mean / concentration) ** -concentration)
    return total


def arrivals(same_day: float) -> list[float]:
    harmonic = sum(1.0 / lag for lag in range(1, LAGS))
    return [same_day, *((1.0 - same_day) / lag / harmonic for lag in range(1, LAGS))]


def poisson(mean: float, *, normal: float | None = None, uniform: float | None = None) -> int:
    """The smallest count whose probability reaches the draw's; from a mean of 20 on, Cornish and Fisher's expansion."""
    if mean >= 20.0:
        x = float(special.ndtri(uniform)) if normal is None else normal
        flatter = x * (x * x + 2.0) / (72.0 * math.sqrt(mean))
        return max(round(mean + math.sqrt(mean) * x + (x * x - 1.0) / 6.0 - flatter), 0)
    probability = uniform if normal is None else float(special.ndtr(normal))
    assert probability is not None
    count, term = 0, math.exp(-mean)
    reached = term
    while reached < probability and count < 150:
        count += 1
        term *= mean / count
        reached += term
    return count


def value(orders: int, mean_minor: float, variation: float, normal: float) -> int:
    """Wilson and Hilferty's quantile of a sum of gamma orders."""
    if orders == 0:
        return 0
    shape = orders / variation**2
    assert shape >= 2.0
    root = 3.0 * math.sqrt(shape)
    return round(orders * mean_minor * max(1.0 - 1.0 / root**2 + normal / root, 0.0) ** 3)


@pytest.mark.parametrize("seed", [1, 77, 2**50])
@pytest.mark.parametrize("name", ["small", "volatile"])
def test_a_plain_world_is_the_day_written_out_to_the_unit(name: str, seed: int) -> None:
    """Budgets are edited on many days and ad sets are paused for some, so weekly bounds bind as well."""
    scenario = load_scenario(name).having(history_days=0, delivery_spread=0.3, shock_first_day=5)
    world, reference = World(scenario, [seed]), ReferenceWorld(scenario, seed)
    rng = np.random.default_rng(seed)
    for day in range(DAYS):
        if day % 3 == 1:
            factors = np.exp(rng.normal(0.0, 0.5, scenario.ad_sets))
            world.set_budgets(np.rint(world.budgets_minor * factors).astype(np.int64))
        if day % 5 == 2:
            world.set_active(0, int(rng.integers(scenario.ad_sets)), active=bool(rng.integers(2)))
        reference.step(world.budgets_minor[0].tolist(), world.active[0].tolist())
        world.step()
    told, caused = world.report(DAYS), world.caused()
    expected = reference.known()

    for metric in METRICS:
        assert (told[metric][0] == expected[metric]).all(), metric
    orders = np.array([[sum(cell.orders) for cell in ad_set.days] for ad_set in reference.ad_sets])
    worth = np.array([[sum(cell.worth) for cell in ad_set.days] for ad_set in reference.ad_sets])
    assert (caused["conversions"][0] == orders).all()
    assert (caused["value_minor"][0] == worth).all()
    assert orders.sum() > 100


def lived(seeds: Sequence[int], days: int) -> list[bytes]:
    """Everything that can be seen of each world after some days in which budgets are edited and ad sets paused."""
    world = World(load_scenario("everything").having(history_days=3), seeds)
    for day in range(days):
        edit = np.array([(seed * 31 + day) % 7 - 3 for seed in seeds])[:, None]
        world.set_budgets(np.rint(world.budgets_minor * np.exp(0.1 * edit)).astype(np.int64))
        for w, seed in enumerate(seeds):
            world.set_active(w, (seed + day) % 16, active=day % 4 != 1)
        world.step()
    budgets = world.budgets_minor
    seen = [
        *world.report(days).values(),
        *world.report_ads(days).values(),
        *world.caused().values(),
        world.expected_value_minor(1.3 * budgets),
        world.expected_value_minor(np.stack([0.5 * budgets, 3.0 * budgets])).swapaxes(0, 1),
    ]
    return [b"".join(np.ascontiguousarray(array[w]).tobytes() for array in seen) for w in range(len(seeds))]


def test_with_every_mechanism_on_worlds_are_the_same_alone_by_seven_and_by_sixty_four() -> None:
    seeds = list(range(100, 164))
    together = lived(seeds, 12)
    by_seven = [world for start in range(0, 64, 7) for world in lived(seeds[start : start + 7], 12)]

    assert together == by_seven
    assert [lived([seed], 12)[0] for seed in seeds[::21]] == together[::21]


def paced_days(worlds: int, **pacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Spend and impressions (5, W, A) of paced days over what the daily mode expects.

    Impressions are compared at equal spend. Monday to Friday: on Saturdays the weekly bound ends some days early.
    """
    scenario = load_scenario("small").having(history_days=0, price_noise=0.0, pacing=pacing)
    world = World(scenario, range(worlds))
    spends, shown = [], []
    for _ in range(5):
        by_day = replace(world._conditions, market=None)
        expected = world.expected_spend_minor(world.budgets_minor)
        world.step()
        day = {name: values[..., 0].astype(np.float64) for name, values in world.report(1).items()}
        spends.append(day["spend_minor"] / expected)
        shown.append(day["impressions"] / response.impressions(day["spend_minor"], world._population, by_day)[..., 0])
    return np.array(spends), np.array(shown)


def test_hours_at_one_price_and_without_luck_make_the_day_of_the_daily_mode() -> None:
    """What is left is rounding and the path of the bid, which corrects what the platform believed of prices."""
    spends, shown = paced_days(40, hour_spread=0.0, day_spread=0.0, slow_days=0)

    assert spends == pytest.approx(1.0, abs=0.005)
    assert shown == pytest.approx(1.0, abs=0.005)
    assert abs(shown.mean() - 1.0) < 0.001


def test_paced_days_cost_little_of_the_daily_mode_and_a_small_difference_would_be_found() -> None:
    """A difference of 0.4 % in spend or impressions would be found with a probability of 95 %; luck costs about that.

    Dear hours cannot be foreseen, so equal money buys a little less: the mean is concave in each hour's supply.
    """
    spends, shown = paced_days(120)
    for ratio, most in ((spends, 0.004), (shown, 0.008)):
        of_worlds = ratio.mean(axis=(0, 2))
        error = of_worlds.std(ddof=1) / np.sqrt(of_worlds.size)

        assert DETECTED * error < 0.004
        assert abs(of_worlds.mean() - 1.0) < most
