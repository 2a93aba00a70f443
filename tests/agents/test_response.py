"""What the filter learns from histories whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.response import Curves, Evidence, Process, State, fit_curves, follow

DELAY = (0.52, 0.17, 0.10, 0.07, 0.05, 0.04, 0.03, 0.02)
PROCESS = Process(
    elasticity=0.55, elasticity_sd=0.15, curvature=0.0, level_sd=0.5, drift=0.0, dispersion=50.0, shock_sd=0.25
)


AD_SETS = 300
LEVELS = np.random.default_rng(8).normal(2.0, 0.5, AD_SETS)
ELASTICITIES = np.random.default_rng(9).normal(0.55, 0.15, AD_SETS)


def evidence(*, level: Any = LEVELS, exposure: Any = 1.0, spread: float = 0.8) -> Evidence:
    """Forty days of negative binomial counts of ad sets as the prior has them, spend varying by `spread` in log."""
    rng = np.random.default_rng(5)
    x = rng.normal(0, spread, (40, AD_SETS))
    exposures = np.broadcast_to(np.asarray(exposure, dtype=float).reshape(-1, 1), x.shape).copy()
    mean = exposures * np.exp(level + ELASTICITIES * x) * rng.gamma(50, 1 / 50, x.shape)
    return Evidence(rng.poisson(mean).astype(float), exposures, x)


def test_level_and_elasticity_are_found_where_spend_varied() -> None:
    state = follow(PROCESS, evidence(), np.full(AD_SETS, 2.0))

    assert np.corrcoef(state.level, LEVELS)[0, 1] > 0.98
    assert np.corrcoef(state.elasticity, ELASTICITIES)[0, 1] > 0.85
    assert (state.level - LEVELS).mean() == pytest.approx(0, abs=0.03)
    assert (state.elasticity - ELASTICITIES).mean() == pytest.approx(0, abs=0.03)


def test_the_spread_of_a_belief_is_the_error_it_makes() -> None:
    state = follow(PROCESS, evidence(), np.full(AD_SETS, 2.0))

    assert 0.8 < ((state.level - LEVELS) / np.sqrt(state.level_var)).std() < 1.25
    assert 0.8 < ((state.elasticity - ELASTICITIES) / np.sqrt(state.elasticity_var)).std() < 1.25


def test_where_spend_never_varied_the_prior_elasticity_stays() -> None:
    state = follow(PROCESS, evidence(spread=0.0), np.full(AD_SETS, 2.0))

    assert state.elasticity == pytest.approx(0.55, abs=1e-9)
    assert state.elasticity_var == pytest.approx(0.15**2)


def test_days_without_exposure_teach_nothing() -> None:
    state = follow(PROCESS, evidence(exposure=0.0), np.full(AD_SETS, 1.5))

    assert (state.level == 1.5).all()
    assert state.level_var == pytest.approx(0.25)


def test_conversions_still_on_their_way_do_not_look_like_a_fall() -> None:
    arrived = np.cumsum(DELAY)[np.minimum(np.arange(40)[::-1], 7)]
    shown = evidence(exposure=arrived)
    drifting = replace(PROCESS, drift=0.05)

    aware = follow(drifting, shown, np.full(AD_SETS, 2.0))
    unaware = follow(drifting, Evidence(shown.counts, np.ones_like(shown.exposures), shown.x), np.full(AD_SETS, 2.0))

    assert (aware.level - LEVELS).mean() == pytest.approx(0, abs=0.03)
    assert (unaware.level - LEVELS).mean() < -0.05


def test_a_day_that_moved_the_whole_account_is_not_held_against_any_ad_set() -> None:
    usual, bad = evidence(), evidence()
    bad.counts[-1] = np.round(bad.counts[-1] * 0.6)
    drifting = replace(PROCESS, drift=0.2)

    def fall(one: slice) -> float:
        levels = [
            follow(drifting, Evidence(e.counts[:, one], e.exposures[:, one], e.x[:, one]), LEVELS[one]).level.mean()
            for e in (usual, bad)
        ]
        return float(levels[0] - levels[1])

    together = fall(slice(None))
    alone = np.mean([fall(slice(i, i + 1)) for i in range(0, AD_SETS, 10)])

    assert together < 0.5 * alone


def test_a_lasting_fall_of_one_ad_set_is_followed_faster_because_surprises_reopen_its_level() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(20.0, (40, 30)).astype(float)
    counts[30:, 0] = rng.poisson(8.0, 10)
    shown = Evidence(counts, np.ones_like(counts), np.zeros_like(counts))
    start = np.full(30, np.log(20.0))

    alert = follow(replace(PROCESS, drift=0.02), shown, start)
    deaf = follow(replace(PROCESS, drift=0.02, shock_sd=0.0), shown, start)

    assert np.log(8.0) < alert.level[0] < deaf.level[0] - 0.1


def test_a_curve_is_the_integral_of_its_marginal_returns() -> None:
    one = np.ones(1)
    curves = Curves(one * 5_000, State(one * 9.0, one * 0.6, one * 0.01, one * 0.0, one * 0.01), 0.12)

    def value(spend: float) -> float:
        x = np.log(spend / 5_000)
        return float(np.exp(9.0 + 0.6 * x - 0.06 * x * x))

    for spend in (2_000.0, 5_000.0, 9_000.0):
        slope = (value(spend + 1) - value(spend - 1)) / 2
        assert np.exp(curves.log_marginal(np.array([spend])))[0] == pytest.approx(slope, rel=1e-4)


def test_draws_have_the_posteriors_spread_times_the_temperature() -> None:
    rng = np.random.default_rng(0)
    many = np.ones(200_000)
    curves = Curves(many, State(many * 2, many * 0.5, many * 0.09, many * 0.012, many * 0.01), 0.12)

    drawn = curves.drawn(rng.standard_normal(many.shape), rng.standard_normal(many.shape), 0.5).state

    assert drawn.level.std() == pytest.approx(0.5 * 0.3, rel=0.01)
    assert drawn.elasticity.std() == pytest.approx(0.5 * 0.1, rel=0.01)
    assert np.cov(drawn.level, drawn.elasticity)[0, 1] == pytest.approx(0.25 * 0.012, rel=0.03)


def fitted(account: Any) -> Curves:
    observation = account.observed()
    return fit_curves(
        observation.history,
        observation.ad_sets.budgets_minor,
        clicks=replace(PROCESS, curvature=0.12),
        conversions=replace(PROCESS, elasticity=0.0, elasticity_sd=0.1),
        delay=DELAY,
    )


def test_the_value_at_usual_spend_is_what_the_history_shows(make_account: Any) -> None:
    account = make_account(6)
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["clicks"][...] = 100
    arrived = np.cumsum(DELAY)[np.minimum(np.arange(28)[::-1], 7)]
    account.metrics["conversions"][...] = np.round(50 * arrived).astype(int)
    account.metrics["value_minor"][...] = account.metrics["conversions"] * 6_000

    curves = fitted(account)

    assert np.exp(curves.state.level) == pytest.approx(50 * 6_000, rel=0.03)


def test_an_account_without_clicks_is_followed_on_its_conversions(make_account: Any) -> None:
    account = make_account(6)
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["clicks"][...] = 0
    account.metrics["conversions"][...] = 50
    account.metrics["value_minor"][...] = 50 * 6_000

    curves = fitted(account)

    assert np.exp(curves.state.level) == pytest.approx(50 * 6_000, rel=0.2)


def test_an_ad_set_that_never_spent_is_taken_for_an_average_one_and_known_least(make_account: Any) -> None:
    account = make_account(6)
    for array in account.metrics.values():
        array[0] = 0

    state = fitted(account).state

    assert (state.level_var[0] > 3 * state.level_var[1:]).all()
    assert state.elasticity[0] == pytest.approx(0.55)


def test_a_single_ad_set_has_the_same_bits_alone_and_in_a_batch(make_account: Any) -> None:
    batch = make_account(1, worlds=40)
    batch.metrics["clicks"][...] = 0
    together = fitted(batch)

    for world in range(40):
        alone = fitted(batch.row(world))
        assert np.array_equal(alone.state.level, together.state.level[world])
