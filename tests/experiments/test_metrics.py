from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from experiments.metrics import (
    FIGURES,
    NOTHING_TO_GAIN,
    Estimate,
    Outcome,
    Yardstick,
    better_of,
    bootstrap,
    churn,
    compare,
    cumulative_below,
    cumulative_regret_days,
    days_below,
    gain_over,
    in_full,
    mean_interval,
    pool,
    regret_days,
    score,
    share_of_oracle,
)

W, D = 30, 12


def worlds(seed: int = 1) -> tuple[Outcome, Outcome, Yardstick]:
    """A policy, hold, and the yardstick of made-up worlds: 90 %, 80 %, 95 % and all of the oracle, with luck."""
    rng = np.random.default_rng(seed)
    oracle = rng.uniform(50, 150, (W, D))
    policy, hold = (Outcome(oracle * rng.uniform(low, low + 0.1, (W, D)), np.full((W, D), 0.1)) for low in (0.85, 0.75))
    return policy, hold, Yardstick(oracle, oracle * 0.95, hold.value_minor)


def bounds(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def test_every_figure_is_scored_with_an_interval_around_it() -> None:
    policy, _, yardstick = worlds()

    figures = score(policy, yardstick)

    assert list(figures) == list(FIGURES)
    for name, estimate in figures.items():
        low, high = bounds(estimate)
        assert low <= estimate.value <= high, name


def test_figures_are_what_their_names_say() -> None:
    policy, hold, yardstick = worlds()

    figures = score(policy, yardstick)

    share = policy.value_minor.sum(1) / yardstick.oracle_minor.sum(1)
    held = hold.value_minor.sum(1) / yardstick.oracle_minor.sum(1)
    assert figures["share_of_oracle_percent"].value == pytest.approx(100 * share.mean())
    assert figures["gain_over_hold_percent"].value == pytest.approx(100 * (share / held - 1).mean())
    assert figures["gap_captured_percent"].value == pytest.approx(100 * (share - held).mean() / (0.95 - held).mean())
    assert figures["p5_share_of_oracle_percent"].value == pytest.approx(np.percentile(100 * share, 5))
    assert figures["p5_gain_over_hold_percent"].value == pytest.approx(np.percentile(100 * (share / held - 1), 5))
    behind = policy.value_minor.cumsum(1) < 0.98 * hold.value_minor.cumsum(1)
    assert figures["cumulative_below_98_percent"].value == pytest.approx(100 * behind.mean())
    assert figures["churn_percent_per_day"].value == pytest.approx(10.0)


def test_a_bad_start_is_behind_for_as_long_as_it_is_not_made_up_for() -> None:
    hold = np.full((1, 5), 100.0)
    value = np.array([[90.0, 100.0, 105.0, 105.0, 120.0]])

    assert cumulative_below(value, hold).tolist() == [40.0]
    assert cumulative_below(value, hold, share=1.0).tolist() == [60.0]
    assert cumulative_below(hold, hold).tolist() == [0.0]


def test_hold_gains_exactly_nothing_over_itself() -> None:
    _, hold, yardstick = worlds()

    figures = score(hold, yardstick)

    for name in (
        "gain_over_hold_percent",
        "gap_captured_percent",
        "days_below_hold_percent",
        "cumulative_below_98_percent",
    ):
        assert (figures[name].value, figures[name].low, figures[name].high) == (0.0, 0.0, 0.0)


def test_a_policy_differs_from_itself_by_exactly_nothing() -> None:
    policy, _, yardstick = worlds()

    assert all((e.value, e.low, e.high) == (0.0, 0.0, 0.0) for e in compare(policy, policy, yardstick).values())


def test_a_paired_difference_is_the_difference_of_the_figures() -> None:
    policy, hold, yardstick = worlds()
    ours, theirs = score(policy, yardstick), score(hold, yardstick)

    for name, estimate in compare(policy, hold, yardstick).items():
        assert estimate.value == pytest.approx(ours[name].value - theirs[name].value), name


def test_pairing_narrows_the_interval_of_a_difference() -> None:
    rng = np.random.default_rng(2)
    level = rng.uniform(60, 90, (W, 1))  # worlds differ a lot, policies by one point in every world
    oracle = np.full((W, D), 100.0)
    one, other = (Outcome(level + gap + rng.normal(0, 0.1, (W, D)), np.zeros((W, D))) for gap in (1.0, 0.0))
    yardstick = Yardstick(oracle, oracle, other.value_minor)

    difference = compare(one, other, yardstick)["share_of_oracle_percent"]
    alone = score(one, yardstick)["share_of_oracle_percent"]

    assert bounds(difference)[0] > 0.9
    assert bounds(alone)[1] - bounds(alone)[0] > 2.0


def test_where_nothing_can_be_gained_no_share_of_it_is_reported() -> None:
    policy, _, yardstick = worlds()
    flat = Yardstick(yardstick.oracle_minor, yardstick.oracle_minor, yardstick.oracle_minor)

    assert "gap_captured_percent" not in score(policy, flat)
    assert "gap_captured_percent" not in compare(policy, policy, flat)


@pytest.mark.filterwarnings("error")
def test_a_gap_of_exactly_zero_is_null_with_words_and_every_other_figure_finite() -> None:
    policy, _, yardstick = worlds()
    flat = Yardstick(yardstick.oracle_minor, yardstick.oracle_minor, yardstick.oracle_minor)

    for figures in (in_full(score(policy, flat)), in_full(compare(policy, policy, flat))):
        gap = figures.pop("gap_captured_percent")
        assert gap == {"value": None, "low": None, "high": None, "method": NOTHING_TO_GAIN}
        assert set(figures) == set(FIGURES) - {"gap_captured_percent"}
        assert all(np.isfinite([e["value"], e["low"], e["high"]]).all() for e in figures.values())


def test_one_world_has_a_value_and_no_interval() -> None:
    policy, _, yardstick = worlds()
    one = Outcome(policy.value_minor[:1], policy.churn[:1])
    measure = Yardstick(yardstick.oracle_minor[:1], yardstick.capped_oracle_minor[:1], yardstick.hold_minor[:1])

    assert all((e.low, e.high) == (None, None) for e in score(one, measure).values())


def test_worlds_without_any_value_do_not_break_the_figures() -> None:
    nothing = Outcome(np.zeros((W, D)), np.zeros((W, D)))
    yardstick = Yardstick(np.zeros((W, D)), np.zeros((W, D)), np.zeros((W, D)))

    assert all(np.isfinite(e.value) for e in score(nothing, yardstick).values())


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    draws = rng.normal(5.0, 2.0, (1_000, 10))
    intervals = [mean_interval(sample) for sample in draws]

    covered = np.mean([low < 5.0 < high for low, high in map(bounds, intervals)])

    assert covered == pytest.approx(0.95, abs=0.03)


def test_the_bootstrap_gives_the_same_interval_every_time() -> None:
    sample = np.random.default_rng(4).normal(size=(W, 1))

    def mean(part: np.ndarray) -> np.ndarray:
        return part.mean((-1, -2))

    assert bootstrap(mean, sample) == bootstrap(mean, sample)


def planted(groups: int = 40, scenarios: int = 3, seed: int = 5) -> tuple[np.ndarray, list[int]]:
    """Worlds of some scenarios, scenario after scenario, whose luck is half their seed's and half their own."""
    rng = np.random.default_rng(seed)
    shared, own = rng.normal(5.0, 1.0, groups), rng.normal(0.0, 1.0, (scenarios, groups))
    return (shared + own).ravel(), list(range(groups)) * scenarios


def test_worlds_of_one_seed_count_as_one_in_the_interval_of_a_mean() -> None:
    worlds, seeds = planted()

    found, by_seed, naive = (
        mean_interval(worlds, seeds),
        mean_interval(worlds.reshape(3, -1).mean(0)),
        mean_interval(worlds),
    )

    assert (found.value, *bounds(found)) == pytest.approx((by_seed.value, *bounds(by_seed)))
    assert found.method == "t over 40 seeds"
    assert np.ptp(bounds(found)) > 1.15 * np.ptp(bounds(naive))


def test_intervals_over_seeds_cover_the_truth_as_often_as_they_say_and_naive_ones_do_not() -> None:
    samples = [planted(10, seed=seed) for seed in range(1_000)]

    clustered, naive = (
        np.mean([low < 5.0 < high for low, high in map(bounds, estimates)])
        for estimates in (
            [mean_interval(worlds, seeds) for worlds, seeds in samples],
            [mean_interval(worlds) for worlds, _ in samples],
        )
    )

    assert clustered == pytest.approx(0.95, abs=0.03)
    assert naive < 0.90


def test_the_bootstrap_draws_all_worlds_of_a_seed_together() -> None:
    worlds, seeds = planted()

    def mean(part: np.ndarray) -> np.ndarray:
        return part.mean((-1, -2))

    found, by_seed, naive = (
        bootstrap(mean, worlds[:, None], seeds),
        bootstrap(mean, worlds.reshape(3, -1).mean(0)[:, None]),
        bootstrap(mean, worlds[:, None]),
    )

    assert (found.value, *bounds(found)) == pytest.approx((by_seed.value, *bounds(by_seed)))
    assert found.method == "bootstrap over 40 seeds"
    assert np.ptp(bounds(found)) > 1.15 * np.ptp(bounds(naive))


def test_seeds_that_no_two_worlds_share_change_nothing() -> None:
    policy, hold, yardstick = worlds()

    assert score(policy, yardstick, range(7, 7 + W)) == score(policy, yardstick)
    assert compare(policy, hold, yardstick, range(7, 7 + W)) == compare(policy, hold, yardstick)
    sample = share_of_oracle(policy.value_minor, yardstick.oracle_minor)
    half = 2.045230 * sample.std(ddof=1) / np.sqrt(W)  # Student's t at 29 degrees of freedom, 97.5 %
    assert bounds(mean_interval(sample)) == pytest.approx((sample.mean() - half, sample.mean() + half))
    assert mean_interval(sample).method == "t over 30 worlds"


def test_every_figure_of_pooled_worlds_is_over_seeds() -> None:
    policy, hold, yardstick = worlds()
    seeds = list(range(W // 2)) * 2

    for figures in (score(policy, yardstick, seeds), compare(policy, hold, yardstick, seeds)):
        assert {estimate.method for estimate in figures.values()} == {"t over 15 seeds", "bootstrap over 15 seeds"}


def test_one_seed_in_several_scenarios_has_no_interval() -> None:
    policy, _, yardstick = worlds()

    figures = score(policy, yardstick, [1] * W)

    assert {(e.low, e.high, e.method) for e in figures.values()} == {(None, None, "one seed, no interval")}


def test_a_seed_that_some_scenarios_lack_weighs_by_its_worlds() -> None:
    found = mean_interval(np.array([1.0, 3.0, 8.0]), [4, 4, 9])

    half = 12.7062 * np.sqrt(2 * (4.0**2 + 4.0**2)) / 3  # t at one degree of freedom; residuals of both seeds sum to 4
    assert (found.value, *bounds(found)) == pytest.approx((4.0, 4.0 - half, 4.0 + half), rel=1e-5)
    with pytest.raises(ValueError, match="every seed equally often"):
        bootstrap(lambda part: part.mean((-1, -2)), np.ones((3, 1)), [4, 4, 9])


def test_regret_adds_up_day_by_day() -> None:
    oracle, value = np.array([[10.0, 20.0, 0.0]]), np.array([[5.0, 20.0, 0.0]])

    assert cumulative_regret_days(value, oracle).tolist() == [[0.5, 0.5, 0.5]]
    assert regret_days(value, oracle).tolist() == [0.5]


def test_days_below_counts_days_and_not_value() -> None:
    hold = np.full((1, 4), 100.0)

    assert days_below(np.array([[94.0, 95.0, 500.0, 0.0]]), hold).tolist() == [50.0]


def test_churn_is_the_mean_log_step_of_the_budgets_that_exist() -> None:
    starting, budgets = np.array([[100, 100, 0]]), np.array([[[120, 100, 0], [120, 100, 0]]])

    assert churn(budgets, starting)[0].tolist() == [pytest.approx(np.log(1.2) / 2), 0.0]
    assert churn(np.zeros((1, 1, 2), np.int64), np.zeros((1, 2), np.int64)).tolist() == [[0.0]]


def test_pooled_worlds_stand_in_the_order_of_their_scenarios() -> None:
    one, other, _ = worlds()

    assert np.array_equal(pool([one, other]).value_minor, np.concatenate([one.value_minor, other.value_minor]))


values = hnp.arrays(np.float64, (3, 4), elements=st.floats(1.0, 1e9))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(values, st.floats(0.1, 10.0), st.floats(1e-3, 1e3))
def test_currency_does_not_matter(oracle: np.ndarray, part: float, rate: float) -> None:
    value = oracle * part

    assert share_of_oracle(value * rate, oracle * rate) == pytest.approx(share_of_oracle(value, oracle))
    assert gain_over(value, oracle) == pytest.approx(100 * (part - 1), abs=1e-6)


def test_the_yardstick_is_the_oracle_that_came_to_more_in_each_world() -> None:
    free, capped = np.array([[5.0, 1.0], [4.0, 4.0]]), np.array([[3.0, 4.0], [3.0, 3.0]])

    assert better_of(free, capped).tolist() == [[3.0, 4.0], [4.0, 4.0]]
