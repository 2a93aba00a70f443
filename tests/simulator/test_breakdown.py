from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulator.breakdown import _binomial, apportioned, broken_down, split
from simulator.scenarios import load_scenario
from simulator.streams import Streams
from simulator.world import World

SHARES = np.array([0.5, 0.3, 0.0, 0.15, 0.05])


def shares_of(worlds: int, ad_sets: int) -> np.ndarray:
    return np.broadcast_to(SHARES, (worlds, ad_sets, len(SHARES)))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 3000), st.integers(0, 10**7), st.sampled_from([0, 10, 1024]))
def test_segments_sum_to_the_count(few: int, many: int, one_by_one: int) -> None:
    counts = np.array([[[few, many], [0, 1]]])
    found = split(counts, shares_of(1, 2), Streams([3]), "orders by age", [7, 8], one_by_one)

    assert found.shape == (1, 2, 5, 2)
    assert np.array_equal(found.sum(axis=2), counts)
    assert found.min() >= 0
    assert (found[:, :, 2] == 0).all()


@pytest.mark.parametrize(("count", "one_by_one"), [(40, 1024), (40, 0), (400, 0), (40, 20)])
def test_counts_follow_the_multinomial_law(count: int, one_by_one: int) -> None:
    worlds, ad_sets, days = 40, 25, 4
    counts = np.full((worlds, ad_sets, days), count)
    found = split(counts, shares_of(worlds, ad_sets), Streams(range(worlds)), "orders", range(days), one_by_one)
    every = found.swapaxes(2, 3).reshape(-1, 5).astype(float)
    expected = count * (np.diag(SHARES) - np.outer(SHARES, SHARES))

    # 4,000 splits: a mean is known to sd/63, a variance to 2.2 %.
    assert np.abs(every.mean(axis=0) - count * SHARES).max() < 4 * np.sqrt(expected.max() / 4000)
    assert np.cov(every.T) == pytest.approx(expected, abs=0.1 * expected.max())
    first = stats.binom.cdf(every[:, 0], count, 0.5) - stats.binom.pmf(every[:, 0], count, 0.5) / 2
    assert stats.kstest(first, "uniform").statistic < 0.09


def test_earlier_orders_stay_where_they_were_when_a_day_grows() -> None:
    streams = Streams([1, 2])
    grown = [
        split(np.full((2, 3, 1), count), shares_of(2, 3), streams, "orders", [9])[..., 0] for count in range(0, 150, 7)
    ]

    assert all((later >= earlier).all() for earlier, later in pairwise(grown))


def test_a_split_depends_on_its_own_world_ad_set_and_day_alone() -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 3000, (3, 4, 5))
    together = split(counts, shares_of(3, 4), Streams([5, 6, 7]), "orders", range(5))
    alone = split(counts[1:2, :2, 3:4], shares_of(1, 2), Streams([6]), "orders", [3])

    assert np.array_equal(together[1:2, :2, :, 3:4], alone)


def test_what_is_in_proportion_to_probabilities_does_as_well() -> None:
    counts, streams = np.full((1, 1, 1), 2000), Streams([5])
    usual, threefold = (split(counts, times * shares_of(1, 1), streams, "orders", [3]) for times in (1.0, 3.0))

    assert np.abs(usual - threefold).max() <= 1  # an edge may move by a rounding


def test_large_counts_have_the_skew_of_the_binomial_law() -> None:
    normals = np.linspace(-3.5, 3.5, 701)
    counts, chance = np.full(701, 5000), np.full(701, 0.02)
    found = _binomial(counts, chance, normals)

    assert np.mean(found == stats.binom.ppf(stats.norm.cdf(normals), 5000, 0.02)) > 0.9


def test_purposes_and_days_are_split_apart() -> None:
    counts = np.full((1, 1, 2), 500)
    ages = split(counts, shares_of(1, 1), Streams([5]), "age", [3, 4])
    places = split(counts, shares_of(1, 1), Streams([5]), "place", [3, 4])

    assert not np.array_equal(ages, places)
    assert not np.array_equal(ages[..., 0], ages[..., 1])


@given(st.integers(0, 10**9), st.lists(st.floats(0, 1e6), min_size=1, max_size=8))
def test_amounts_are_apportioned_whole_and_in_proportion(amount: int, weights: list[float]) -> None:
    found = apportioned(np.array([[[amount]]]), np.array(weights).reshape(1, 1, -1, 1)).ravel()

    assert found.sum() == amount
    assert found.min() >= 0
    if sum(weights) > 0:
        assert found == pytest.approx(np.array(weights) / sum(weights) * amount, abs=1.001 + 1e-6 * amount)
    else:
        assert found[-1] == amount


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12), st.floats(0, 1))
def test_parts_of_a_part_are_never_more_than_the_whole_has(shown: list[int], share: float) -> None:
    people = int(share * sum(shown))
    found = apportioned(np.array([[[people]]]), np.array(shown, dtype=float).reshape(1, 1, -1, 1)).ravel()

    assert (found <= np.array(shown)).all()


@pytest.mark.parametrize("kind", ["demographics", "placements"])
def test_a_report_is_broken_down_without_remainder(kind: str) -> None:
    world = World(load_scenario("small").having(segments={}), [1, 2])
    cells = getattr(world.mechanism_state("segments"), kind)
    days = [world.today.toordinal() - 28 + i for i in range(28)]
    found = broken_down(figures := world.report(28), cells, Streams(world.seeds), kind, days)

    assert all(np.array_equal(found[name].sum(axis=2), figures[name]) for name in figures)
    assert all(values.min() >= 0 for values in found.values())
    assert (found["clicks"] <= found["impressions"]).all()
    assert (found["reach"] <= found["impressions"]).all()
    assert (found["value_minor"][found["conversions"] == 0] == 0).all()
    assert (found["conversions"].sum(axis=(0, 1, 3)) > 0).all()


def test_a_restated_report_keeps_earlier_orders_in_their_segments() -> None:
    world = World(load_scenario("small").having(segments={}), [1])
    cells, streams, day = world.mechanism_state("segments").demographics, Streams([1]), world.today
    world.step()
    reports = []
    for _ in range(8):
        reports.append(broken_down(world.report_range(day, day), cells, streams, "demographics", [day.toordinal()]))
        world.step()
    orders = [report["conversions"] for report in reports]

    assert orders[-1].sum() > orders[0].sum()
    assert all((later >= earlier).all() for earlier, later in pairwise(orders))
    assert all(np.array_equal(report["clicks"], reports[0]["clicks"]) for report in reports)
