from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from simulator.hourly import at_one_bid, total
from simulator.hourly_delivery import deliver
from simulator.mechanism import Morning, Outcome, Setting
from simulator.mechanisms.pacing import Memory, Pacing
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams
from simulator.world import World

DAY = date(2026, 3, 2)


def a_morning(seeds=range(20), budgets=None, **parameters: float) -> tuple[Pacing, Morning]:
    scenario = load_scenario("small").having(hour_of_day={}, pacing=parameters)
    streams = Streams(list(seeds))
    setting = Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day)
    scale = setting.population.scale_minor.astype(np.int64)
    morning = Morning(setting, DAY, scale if budgets is None else budgets, np.ones(setting.shape, dtype=np.bool_))
    return scenario.mechanisms["pacing"], morning


def lived(pacing: Pacing, morning: Morning, days: int, *, price=1.0, budgets=None) -> Memory:
    """Memory after so many days at these prices."""
    state = pacing.begin(morning.setting)
    for i in range(days):
        today = replace(
            morning, day=DAY + timedelta(days=i), budgets_minor=morning.budgets_minor if budgets is None else budgets[i]
        )
        bought = at_one_bid(today.budgets_minor.astype(np.float64), pacing.market(today))
        figures = bought.spend_minor, bought.impressions / price
        spend, shown = (np.rint(values).astype(np.int64)[..., None] for values in figures)
        state = pacing.evening(state, today, Outcome(spend, shown, shown, shown, shown))
    return state


def test_it_is_asked_after_the_others() -> None:
    assert Pacing.order == 90


def test_hours_without_permission_are_shut() -> None:
    pacing, morning = a_morning()
    allowed = np.ones((*morning.setting.shape, 24), dtype=np.bool_)
    allowed[:, 1, :12] = False
    market = pacing.market(morning, allowed=allowed)

    assert not market.supply[:12, :, 1].any()
    assert np.array_equal(market.supply[:, :, 0], np.repeat(pacing.market(morning).supply[:, None], 20, axis=1))


def test_half_the_supply_buys_as_half_the_money_twice() -> None:
    pacing, morning = a_morning()
    budgets = morning.setting.population.scale_minor
    scarce = at_one_bid(budgets, pacing.market(morning, supply=0.5))
    twice = at_one_bid(2 * budgets, pacing.market(morning))

    np.testing.assert_allclose(scarce.impressions, twice.impressions / 2, rtol=1e-12)


def test_half_the_supply_runs_out_at_half_the_spend() -> None:
    pacing, morning = a_morning(capacity=2.0)
    budgets = 50.0 * morning.setting.population.scale_minor
    scarce, usual = (at_one_bid(budgets, pacing.market(morning, supply=supply)) for supply in (0.5, 1.0))

    np.testing.assert_allclose(usual.spend_minor, 2.0 * morning.setting.population.scale_minor, rtol=1e-9)
    np.testing.assert_allclose(scarce.spend_minor, 0.5 * usual.spend_minor, rtol=1e-9)


def test_a_platform_that_knows_prices_starts_right() -> None:
    pacing, morning = a_morning(memory=0.0)
    state = lived(pacing, morning, 5, price=1.3)

    # What is left: hours that differ by budget, and whole impressions.
    np.testing.assert_allclose(pacing.start(state, morning, pacing.market(morning), 1.3), 1.0, atol=0.01)


def test_on_a_day_dearer_than_believed_it_starts_too_slowly_and_the_other_way_round() -> None:
    pacing, morning = a_morning()
    state = lived(pacing, morning, 8)
    exponent = morning.setting.population.exponent
    for price in (0.8, 1.25):
        usual, start = (pacing.start(state, morning, pacing.market(morning), p) for p in (1.0, price))
        expected = usual * price ** (-1.0 / (1.0 - exponent))
        np.testing.assert_allclose(start, np.clip(expected, 0.1, 4.0), rtol=1e-9)


def test_what_it_believes_comes_closer_to_prices_every_day() -> None:
    pacing, morning = a_morning(memory=0.5)
    far, near = (np.abs(lived(pacing, morning, days, price=1.5).log_price - np.log(1.5)) for days in (1, 3))

    assert (near < 0.5 * far).all()


def test_new_ad_sets_start_slowly_for_their_first_days() -> None:
    pacing, morning = a_morning(slow_start=0.6, slow_days=3, memory=1.0)
    market = pacing.market(morning)
    starts = [pacing.start(lived(pacing, morning, days), morning, market) for days in range(5)]

    for days in (0, 1, 2):
        np.testing.assert_allclose(starts[days], 0.6 * starts[3], rtol=1e-12)
    assert np.array_equal(starts[3], starts[4])


@pytest.mark.parametrize(("change", "slow"), [(1.1, False), (1.3, True), (0.9, False), (0.7, True)])
def test_a_large_change_of_the_budget_makes_tomorrow_slow_and_never_today(change: float, slow: bool) -> None:
    pacing, morning = a_morning()
    before = morning.budgets_minor
    after = (before * change).astype(np.int64)
    state = lived(pacing, morning, 6, budgets=[before] * 6)
    changed = lived(pacing, morning, 6, budgets=[*[before] * 5, after])
    today = replace(morning, budgets_minor=after)
    market = pacing.market(morning)

    assert np.array_equal(pacing.start(state, today, market), pacing.start(state, morning, market))
    assert (changed.days == (0 if slow else 6)).all()


def test_a_day_without_delivery_teaches_nothing() -> None:
    pacing, morning = a_morning()
    state = lived(pacing, morning, 3)
    nothing = np.zeros((*morning.setting.shape, 1), dtype=np.int64)
    after = pacing.evening(state, morning, Outcome(nothing, nothing, nothing, nothing, nothing))

    for name in ("log_price", "days", "budget_minor"):
        assert np.array_equal(getattr(after, name), getattr(state, name))


def test_noise_has_mean_one_and_the_stated_spread() -> None:
    pacing, morning = a_morning(seeds=range(400))
    noise = pacing.noise(morning)
    days, independent = noise[0].size, noise.shape[0]

    # The day's part is the same in all 24 hours; five standard errors.
    assert noise.mean() == pytest.approx(1.0, abs=5 * 0.16 / np.sqrt(days))
    common = np.log(noise).mean(axis=0)
    assert np.log(noise).std(axis=0, ddof=1).mean() == pytest.approx(0.25, abs=0.25 / np.sqrt(2 * independent) / 10)
    assert common.std() == pytest.approx(np.hypot(0.15, 0.25 / np.sqrt(24)), rel=5 / np.sqrt(2 * days))


def test_noise_is_a_worlds_own() -> None:
    pacing, morning = a_morning(seeds=[3, 5, 8])
    _, alone = a_morning(seeds=[5])

    assert np.array_equal(pacing.noise(morning)[:, 1:2], pacing.noise(alone))
    assert not np.array_equal(pacing.noise(morning), pacing.noise(replace(morning, day=DAY + timedelta(days=1))))


def test_the_expected_share_is_what_days_spend() -> None:
    pacing, morning = a_morning(seeds=range(300))
    market = pacing.market(morning)
    budgets = morning.budgets_minor.astype(np.float64)
    start = np.full(budgets.shape, 0.7)
    hours = deliver(budgets, market, 1.75 * budgets, start=start, noise=pacing.noise(morning), gain=pacing.gain)
    spent = hours.spend_minor.sum(axis=0) / budgets

    # Days spread by 3.5 %: five standard errors, and half a percent for the pace at the end.
    assert spent.mean() == pytest.approx(
        pacing.expected_share(start, market).mean(), abs=0.005 + 5 * 0.035 / np.sqrt(spent.size)
    )


def test_a_bad_start_costs_more_on_a_day_of_few_hours() -> None:
    pacing, morning = a_morning(gain=0.2)
    market = pacing.market(morning)
    half = replace(market, supply=np.where(np.arange(24) < 12, 0.0, market.supply))
    start = np.full(morning.setting.shape, 0.5)

    np.testing.assert_allclose(pacing.expected_share(start, market), 1.0 - np.log(2.0) / (0.2 * 24), rtol=1e-12)
    np.testing.assert_allclose(pacing.expected_share(start, half), 1.0 - np.log(2.0) / (0.2 * 12), rtol=1e-12)


def test_days_that_were_not_foreseen_spread_spend() -> None:
    """Prices that jump by 6 % (as the daily mode's price noise) move a day's spend like the daily mode's luck."""
    pacing, morning = a_morning(seeds=range(300))
    state = lived(pacing, morning, 6)
    budgets = morning.budgets_minor.astype(np.float64)
    price = np.exp(0.06 * np.random.default_rng(0).standard_normal(budgets.shape))
    market = pacing.market(morning)
    start = pacing.start(state, morning, market, price)
    hours = deliver(budgets, market, 1.75 * budgets, start=start, noise=pacing.noise(morning), gain=pacing.gain)

    assert 0.035 < (hours.spend_minor.sum(axis=0) / budgets).std() < 0.07


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gain", 0.4),
        ("hour_spread", 0.1),
        ("day_spread", 0.0),
        ("capacity", 1.0),
        ("slow_start", 0.5),
        ("slow_days", 0),
        ("reset_change", 0.01),
        ("memory", 0.1),
    ],
)
def test_every_parameter_has_an_effect(name: str, value: float) -> None:
    def day(**parameters: float) -> np.ndarray:
        pacing, morning = a_morning(seeds=[1, 2], **parameters)
        grown = [(morning.budgets_minor * 1.05**i).astype(np.int64) for i in range(4)]
        state = (
            lived(pacing, morning, 4, price=1.2, budgets=grown)
            if name != "slow_days"
            else pacing.begin(morning.setting)
        )
        market = pacing.market(morning)
        budgets = 2.0 * morning.budgets_minor
        start = pacing.start(state, morning, market)
        return deliver(
            budgets, market, 1.75 * budgets, start=start, noise=pacing.noise(morning), gain=pacing.gain
        ).spend_minor

    usual = day() if name != "slow_start" else day(slow_days=9)
    other = day(**{name: value}) if name != "slow_start" else day(slow_days=9, slow_start=value)
    assert not np.allclose(usual, other, rtol=1e-3)


HOURS_ON = {"pacing": {}, "hour_of_day": {}, "dayparting": {"share": 0.5}, "holidays": {}, "clock_changes": {}}


def test_paced_worlds_are_the_same_alone_and_among_many(make_world) -> None:
    many, alone = (make_world(seeds, **HOURS_ON) for seeds in (range(5), (3,)))
    for _ in range(3):
        many.step()
        alone.step()
    together, single = many.report(31), alone.report(31)

    assert single["spend_minor"].any()
    for name, figures in single.items():
        assert np.array_equal(figures, together[name][3:4])


def test_paced_worlds_keep_metas_bounds(make_world) -> None:
    world = make_world(range(30), pacing={"hour_spread": 1.0, "day_spread": 1.0}, edit_share=0.0)
    while world.today.weekday() != 6:
        world.step()
    budgets = world.budgets_minor
    for _ in range(7):
        world.step()
    spent = world.report(7)["spend_minor"]

    assert (spent <= 1.75 * budgets[..., None]).all()
    assert (spent > 1.2 * budgets[..., None]).any()
    assert (spent.sum(axis=-1) <= 7 * budgets).all()


def test_what_is_expected_of_a_paced_day_is_what_happens_on_average(make_world) -> None:
    world = make_world(range(400), pacing={}, hour_of_day={})
    expected = world.expected_spend_minor(world.budgets_minor)
    world.step()
    share = world.report(1)["spend_minor"][..., 0] / expected

    # 2000 days that spread by about 4 %: five standard errors, and half a percent for the pace at the end.
    assert share.mean() == pytest.approx(1.0, abs=0.005 + 5 * 0.04 / np.sqrt(share.size))


def test_the_truth_of_a_paced_day_is_concave_and_its_marginal_value_is_its_slope(make_world) -> None:
    world = make_world(range(10), pacing={"capacity": 1e3}, hour_of_day={}, dayparting={"share": 0.5})
    scale = world.budgets_minor.astype(np.float64)
    budgets = np.linspace(0.0, 4.0, 81)[:, None, None] * scale
    value = world.expected_value_minor(budgets)
    slope = (value[2:] - value[:-2]) / (budgets[2:] - budgets[:-2])

    assert np.diff(value, n=2, axis=0).max() < 1e-9 * value.max()
    # Finite differences of a smooth curve: an error of the third derivative, small from half the scale on.
    np.testing.assert_allclose(slope[10:], world.marginal_value(budgets[1:-1])[10:], rtol=5e-3)


def test_prices_that_ad_sets_raise_for_each_other_do_not_hurry_the_day() -> None:
    alone = load_scenario("overlapping").having(overlap=None, pacing={}, history_days=0)
    together = load_scenario("overlapping").having(overlap={"share": 0.3}, pacing={}, history_days=0)
    spends = []
    for scenario in (alone, together):
        world = World(scenario, range(20))
        for _ in range(20):
            world.step()
        spends.append(world.report(14)["spend_minor"].sum(axis=(0, 1)))

    assert np.allclose(spends[1] / spends[0], 1.0, atol=0.01)


def test_the_expected_day_is_the_mean_of_days_however_much_supply_varies() -> None:
    pacing, morning = a_morning(range(800), day_spread=0.5, hour_spread=0.0)
    market, budgets = pacing.market(morning), morning.budgets_minor.astype(np.float64)

    days = deliver(budgets, market, 1.75 * budgets, noise=pacing.noise(morning), gain=pacing.gain)
    shown = total(days.impressions) / at_one_bid(budgets, market).impressions

    # 4,000 days that spread by about 0.18 have a standard error of 0.003; with a mean supply of one 0.03 would lack.
    assert shown.mean() == pytest.approx(1.0, abs=0.012)
