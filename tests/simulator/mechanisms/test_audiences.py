import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import auction
from simulator.audience_types import AUDIENCE_TYPES, audience_types
from simulator.fatigue import effective_impressions
from simulator.mechanism import Factors, Morning, Setting, build_mechanism
from simulator.mechanisms.audiences import RINGS, Audiences, Reach, lookalike_quality, with_rings
from simulator.population import Population, draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams

AD_SETS = 15
LEVELS = ("people", "price", "clicks", "conversions")


def setting(seeds=(1, 2, 3)) -> Setting:
    scenario = load_scenario("small").having(ad_sets=AD_SETS)
    streams = Streams(seeds)
    return Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day)


def audiences(**parameters) -> Audiences:
    built = build_mechanism("audiences", parameters)
    assert isinstance(built, Audiences)
    return built


def of_type(levels: np.ndarray, kind: str) -> np.ndarray:
    return levels[:, np.array(audience_types(levels.shape[1])) == kind]


def cost_per_order(levels: np.ndarray) -> np.ndarray:
    """At the ad sets' own scale, against an ad set without a type."""
    _, price, clicks, conversions = levels
    return price / (clicks * conversions)


def bought(population: Population, spend: np.ndarray) -> np.ndarray:
    return auction.impressions(spend, population.rate, population.depth, population.exponent)


def test_a_typed_market_is_the_same_market_so_many_times_larger_and_dearer():
    where = setting()
    was, now = where.population, audiences().settle(where)
    people, price, _, _ = audiences().levels(AD_SETS)
    for times in (0.01, 0.3, 1.0, 5.0):
        spend = times * was.scale_minor
        np.testing.assert_allclose(bought(now, spend * people * price), people * bought(was, spend), rtol=1e-12)


def test_frequency_and_freshness_at_an_ad_sets_own_scale_stay():
    where = setting()
    kappa = where.scenario.concentration
    was, now = where.population, audiences().settle(where)
    shown_was, shown_now = bought(was, was.scale_minor), bought(now, now.scale_minor)
    np.testing.assert_allclose(shown_now / now.audience, shown_was / was.audience, rtol=1e-12)
    fresh_was = effective_impressions(shown_was, was.audience, kappa) / shown_was
    fresh_now = effective_impressions(shown_now, now.audience, kappa) / shown_now
    np.testing.assert_allclose(fresh_now, fresh_was, rtol=1e-12)


def test_rates_change_by_the_levels_and_the_rest_stays():
    where = setting()
    was, now = where.population, audiences().settle(where)
    _, _, clicks, conversions = audiences().levels(AD_SETS)
    np.testing.assert_allclose(now.click_rate / was.click_rate, np.broadcast_to(clicks, was.click_rate.shape))
    np.testing.assert_allclose(now.conversion_rate, was.conversion_rate * conversions)
    for name in ("exponent", "order_value_minor", "weekday"):
        np.testing.assert_array_equal(getattr(now, name), getattr(was, name))


def test_types_without_a_difference_change_nothing():
    where = setting()
    even = dict.fromkeys(LEVELS, [1.0] * 5)
    now = audiences(**even, lookalike_growth=0.0).settle(where)
    for name in ("scale_minor", "rate", "depth", "audience", "click_rate", "conversion_rate"):
        np.testing.assert_array_equal(getattr(now, name), getattr(where.population, name))


def test_an_account_with_all_types_spends_about_as_much_as_without():
    people, price, _, _ = audiences().levels(AD_SETS)
    assert (people * price).mean() == pytest.approx(1.0, abs=0.05)


def test_retargeting_is_small_and_dear_and_sells_at_half_to_two_thirds_of_the_cost():
    levels = audiences().levels(AD_SETS)
    cold = np.concatenate([of_type(levels, kind) for kind in ("prospecting", "interests", "broad")], axis=1)
    warm = of_type(levels, "retargeting")
    assert warm[0].max() < cold[0].min() / 5
    assert warm[1].min() > cold[1].max()
    saved = 1.0 - cost_per_order(warm).mean() / cost_per_order(cold).mean()
    assert 0.3 <= saved <= 0.5


def test_wider_lookalikes_are_larger_and_cheaper_and_sell_a_little_worse():
    people, price, clicks, conversions = of_type(audiences().levels(AD_SETS), "lookalike")
    assert (np.diff(people) > 0).all()
    assert (np.diff(price) < 0).all()
    assert (np.diff(clicks * conversions) < 0).all()
    cost = price / (clicks * conversions)
    assert 1.03 < cost[1] / cost[0] < 1.12
    assert cost[1] < cost[2] < 1.2 * cost[0]


def test_lookalikes_take_the_shares_in_turn():
    levels = of_type(audiences(lookalike_shares=[0.02, 0.1]).levels(AD_SETS), "lookalike")
    np.testing.assert_array_equal(levels[:, 0], levels[:, 2])
    assert (levels[:, 0] != levels[:, 1]).all()


@pytest.mark.parametrize("useless", [{"seed_quality": 0.0}, {"lookalike_shares": [1.0]}])
def test_a_lookalike_of_anybody_is_a_broad_audience(useless):
    levels = audiences(**useless).levels(AD_SETS)
    np.testing.assert_allclose(of_type(levels, "lookalike")[1:], of_type(levels, "broad")[1:], rtol=1e-12)


@given(st.floats(100, 1e6), st.floats(0.0, 1.0), st.floats(0.01, 1.0), st.floats(1.01, 10.0))
def test_lookalikes_gain_by_the_seed_and_lose_by_the_share(people, quality, share, more):
    found = lookalike_quality(people, quality, share)
    assert 0.0 <= found <= 1.0
    assert lookalike_quality(people * more, quality, share) >= found
    assert lookalike_quality(people, quality / more, share) <= found
    assert lookalike_quality(people, quality, min(1.0, share * more)) <= found


def test_the_gain_by_a_larger_seed_is_mostly_had_between_a_thousand_and_fifty_thousand_people():
    few, some, many, most = lookalike_quality(np.array([100.0, 1000.0, 50_000.0, 1e9]), 1.0, 0.01)
    assert few < 0.2
    assert 0.6 < some < 0.7
    assert many > 0.98 * most


@pytest.mark.parametrize("name", [*LEVELS, "lookalike_shares", "lookalike_growth", "seed_people", "seed_quality"])
def test_every_parameter_has_an_effect(name):
    values = {"lookalike_shares": [0.03], "lookalike_growth": 1.0, "seed_people": 300.0, "seed_quality": 0.5}
    changed = audiences(**{name: values.get(name, [0.5] * 5)}).levels(AD_SETS)
    assert not np.array_equal(changed, audiences().levels(AD_SETS))


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("name", LEVELS)
def test_a_level_belongs_to_the_type_at_its_place(name, place):
    usual = list(getattr(audiences(), name))
    usual[place] *= 2.0
    changed = (audiences(**{name: usual}).levels(AD_SETS) != audiences().levels(AD_SETS)).any(axis=0)
    types = {kind for kind, differs in zip(audience_types(AD_SETS), changed, strict=True) if differs}
    leans_on_broad = {"lookalike"} if AUDIENCE_TYPES[place] == "broad" and name != "people" else set()
    assert types == {AUDIENCE_TYPES[place]} | leans_on_broad


def test_levels_that_leave_out_a_type_are_refused():
    with pytest.raises(ValueError, match=r"audiences\.price must have 5 values: prospecting, lookalike"):
        audiences(price=[1.0, 1.0])


def test_lookalikes_without_a_share_are_refused():
    with pytest.raises(ValueError, match=r"audiences\.lookalike_shares must name at least one share"):
        audiences(lookalike_shares=[])


def test_a_world_alone_is_the_same_as_in_a_batch():
    together, alone = audiences().settle(setting((4, 5))), audiences().settle(setting((5,)))
    np.testing.assert_array_equal(together.rate[1:], alone.rate)
    np.testing.assert_array_equal(together.audience[1:], alone.audience)


def test_the_history_of_an_account_with_types_is_lived_by_its_types(make_world):
    world = make_world(range(40), audiences={}, conversion_spread=0.0, click_spread=0.0, price_spread=0.0)
    figures = {name: array.sum(axis=(0, 2)) for name, array in world.report(28).items()}
    price = figures["spend_minor"] / figures["impressions"]
    rate = figures["conversions"] / figures["clicks"]
    kinds = np.array(audience_types(5))
    assert kinds[np.argmax(price)] == kinds[np.argmax(rate)] == "retargeting"
    assert kinds[np.argmin(price)] == "broad"
    assert kinds[np.argmax(figures["impressions"])] == "broad"


LOOKALIKE = 1
"""The place of the first ad set whose audience is a lookalike."""


def rings(upto: int, state: Reach) -> np.ndarray:
    return np.broadcast_to(np.where(np.arange(RINGS) < upto, 1.0, 0.0), state.cells.mix.shape)


def widened(kind: Audiences, state: Reach) -> Factors | None:
    some = setting()
    nothing = np.zeros(some.shape, dtype=np.int64)
    return kind.morning(state, Morning(some, some.first_day, nothing, nothing == 0))


@pytest.mark.parametrize("upto", [1, 5, 10])
def test_opening_rings_up_to_a_share_makes_the_lookalike_of_that_share(upto):
    begun, aimed = (audiences(lookalike_shares=(share,)) for share in (0.01, upto / 100))
    state = begun.begin(setting())

    found = widened(begun, with_rings(state, rings(upto, state)))

    was, will = (kind.levels(setting().shape[1])[:, LOOKALIKE] for kind in (begun, aimed))
    people, price, clicks, conversions = will / was
    assert found is not None
    assert found.price[:, LOOKALIKE, 0] == pytest.approx(price)
    assert found.supply[:, LOOKALIKE, 0] == pytest.approx(people * price)
    assert found.clicks[:, LOOKALIKE, 0] == pytest.approx(clicks)
    assert found.conversions[:, LOOKALIKE, 0] == pytest.approx(conversions)


def test_only_lookalikes_have_rings():
    kind = audiences()
    state = kind.begin(setting())

    found = widened(kind, with_rings(state, rings(10, state)))

    assert found is not None
    lookalike = np.array([name == "lookalike" for name in audience_types(setting().shape[1])])
    assert (found.supply[:, ~lookalike] == 1.0).all()
    assert (found.supply[:, LOOKALIKE] > 1.0).all()


def test_nobody_notices_rings_that_were_never_changed():
    kind = audiences()

    assert widened(kind, kind.begin(setting())) is None


def test_rings_bring_less_the_farther_they_are_and_ad_sets_differ_in_that_by_the_spread():
    def worth(spread: float) -> np.ndarray:
        cells = audiences(ring_spread=spread).begin(setting()).cells
        return (cells.clicks * cells.conversions / cells.price)[:, LOOKALIKE]

    assert (np.diff(worth(0.0), axis=-1) < 0).all()
    assert worth(0.0)[0] == pytest.approx(worth(0.0)[1])
    assert np.ptp(worth(0.5)[:, 9] / worth(0.5)[:, 0]) > 0.1


def test_a_lookalike_without_any_ring_is_refused():
    state = audiences().begin(setting())

    with pytest.raises(ValueError, match="ad set 1: leave at least one"):
        with_rings(state, 0.0 * rings(1, state))
