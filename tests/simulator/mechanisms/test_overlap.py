from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulator.mechanism import Morning, Setting
from simulator.mechanisms.overlap import Overlap, SharedPeople, share_of_own
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams
from simulator.world import World


def morning_of(seeds: range | list[int]) -> Morning:
    scenario, streams = load_scenario("small"), Streams(list(seeds))
    setting = Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day)
    budgets = np.full(setting.shape, 10_000)
    return Morning(setting, scenario.start_day, budgets, np.ones(setting.shape, dtype=np.bool_))


def pressure(mechanism: Overlap, morning: Morning, exposures: np.ndarray) -> np.ndarray:
    return mechanism.pressure(mechanism.begin(morning.setting), morning, exposures)


def exposures_of(morning: Morning) -> np.ndarray:
    return np.random.default_rng(3).gamma(2.0, 0.3, morning.setting.shape)


def test_overlap_is_a_share_that_goes_both_ways_and_never_with_oneself() -> None:
    state = Overlap().begin(morning_of(range(50)).setting)

    assert (state.overlap == np.swapaxes(state.overlap, 1, 2)).all()
    assert (np.diagonal(state.overlap, axis1=1, axis2=2) == 0.0).all()
    assert ((state.overlap >= 0.0) & (state.overlap <= 1.0)).all()


@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
def test_the_mean_overlap_of_a_pair_is_the_share(share: float) -> None:
    pairs = Overlap(share=share, spread=1.0).begin(morning_of(range(2000)).setting).overlap[:, 0, 1]

    assert pairs.mean() == pytest.approx(share, abs=4.0 * pairs.std() / np.sqrt(2000))


def test_without_spread_all_pairs_overlap_alike_and_with_it_they_do_not() -> None:
    setting = morning_of(range(200)).setting
    away = ~np.eye(setting.shape[1], dtype=np.bool_)
    alike, apart = (Overlap(share=0.3, spread=spread).begin(setting).overlap[:, away] for spread in (0.0, 0.8))

    assert alike == pytest.approx(0.3)
    assert apart.std() > 0.1


def test_siblings_that_show_nothing_leave_prices_alone() -> None:
    morning = morning_of([1, 2])
    only_first = np.zeros(morning.setting.shape)
    only_first[:, 0] = 3.0
    factor = pressure(Overlap(), morning, only_first)

    assert (pressure(Overlap(), morning, 0.0 * only_first) == 1.0).all()
    assert (factor[:, 0] == 1.0).all()
    assert (factor[:, 1:] > 1.0).all()


def test_prices_rise_with_what_siblings_show() -> None:
    morning = morning_of(range(20))
    exposures = exposures_of(morning)

    assert (pressure(Overlap(), morning, 2.0 * exposures) > pressure(Overlap(), morning, exposures)).all()


def test_several_answers_at_once_are_those_of_each() -> None:
    morning = morning_of([1, 2, 3])
    several = np.stack([exposures_of(morning) * times for times in (0.5, 1.0, 4.0)])
    together = pressure(Overlap(), morning, several)

    for one, found in zip(several, together, strict=True):
        assert (found == pressure(Overlap(), morning, one)).all()


def test_a_world_is_the_same_alone_and_in_a_batch() -> None:
    batch, alone = morning_of([4, 5, 6, 7]), morning_of([6])
    exposures = exposures_of(batch)

    assert (pressure(Overlap(), batch, exposures)[2] == pressure(Overlap(), alone, exposures[2:3])[0]).all()


@pytest.mark.parametrize("change", [{"share": 0.4}, {"spread": 0.0}, {"strength": 1.0}])
def test_every_parameter_shows_in_prices(change: dict[str, float]) -> None:
    morning = morning_of([1])
    exposures = exposures_of(morning)

    assert (pressure(Overlap(**change), morning, exposures) != pressure(Overlap(), morning, exposures)).any()


@pytest.mark.parametrize("change", [{"share": 0.0, "spread": 0.5}, {"strength": 0.0}])
def test_without_shared_people_or_strength_nothing_happens(change: dict[str, float]) -> None:
    morning = morning_of([1, 2])

    assert (pressure(Overlap(**change), morning, exposures_of(morning)) == 1.0).all()


def test_the_same_money_shows_overlapping_ad_sets_less_often(make_world: Callable[..., World]) -> None:
    apart, close = make_world((1, 2)), make_world((1, 2), overlap={"share": 0.5})

    assert close.report(14)["impressions"].sum() < 0.95 * apart.report(14)["impressions"].sum()


def test_one_ad_set_alone_in_the_account_meets_nobody(make_world: Callable[..., World]) -> None:
    alone, same = make_world((1,), ad_sets=1), make_world((1,), ad_sets=1, overlap={"share": 0.9})

    assert (alone.report(7)["impressions"] == same.report(7)["impressions"]).all()


def test_a_small_audience_is_a_small_part_of_a_large_one() -> None:
    shares = share_of_own(np.array([[[0.0, 0.5], [0.5, 0.0]]]), np.array([[100.0, 1000.0]]))

    assert isinstance(Overlap().begin(morning_of([1]).setting), SharedPeople)
    assert shares[0].tolist() == [[0.0, 0.5], [0.05, 0.0]]
