"""What the filter learns from histories whose truth is known."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from agents.filtering import Evidence, Followed, Prior, Process, follow
from agents.population import DELAY

PROCESS = Process(curvature=0.0, shock_sd=0.25, day_sd=0.08)
DEAF = replace(PROCESS, shock_sd=0.0)
AD_SETS = 300
LEVELS = np.random.default_rng(8).normal(2.0, 0.5, AD_SETS)
ELASTICITIES = np.random.default_rng(9).normal(0.55, 0.15, AD_SETS)


def prior(*, level: float = 2.0, drift: float = 0.0, dispersion: float = 50.0, ad_sets: int = AD_SETS) -> Prior:
    """What the ad sets below come from."""
    one = np.ones(ad_sets)
    return Prior(level * one, 0.5 * one, 0.55 * one, 0.15 * one, one / dispersion, drift * one)


def evidence(*, exposure: Any = 1.0, spread: float = 0.8, days: int = 40, dispersion: Any = 50.0) -> Evidence:
    """Days of negative binomial counts of ad sets as the prior has them, spend varying by `spread` in log."""
    rng = np.random.default_rng(5)
    x = rng.normal(0, spread, (days, AD_SETS))
    exposures = np.broadcast_to(np.asarray(exposure, dtype=float).reshape(-1, 1), x.shape).copy()
    mean = exposures * np.exp(LEVELS + ELASTICITIES * x) * rng.gamma(dispersion, 1 / dispersion, x.shape)
    return Evidence(rng.poisson(mean).astype(float), exposures, x)


def levels(after: Followed) -> np.ndarray:
    """Levels of a usual day: each ad set's own and the account's."""
    usual: np.ndarray = after.state.level + after.lasting
    return usual


def some(shown: Evidence, ad_sets: slice) -> Evidence:
    """The evidence of some ad sets."""
    return Evidence(*(np.ascontiguousarray(a[:, ad_sets]) for a in (shown.counts, shown.exposures, shown.x)))


def test_level_and_elasticity_are_found_where_spend_varied() -> None:
    after = follow(PROCESS, evidence(), prior())

    assert np.corrcoef(levels(after), LEVELS)[0, 1] > 0.98
    assert np.corrcoef(after.state.elasticity, ELASTICITIES)[0, 1] > 0.85
    assert (levels(after) - LEVELS).mean() == pytest.approx(0, abs=0.04)
    assert (after.state.elasticity - ELASTICITIES).mean() == pytest.approx(0, abs=0.03)


def test_the_spread_of_a_belief_is_the_error_it_makes() -> None:
    after = follow(DEAF, evidence(), prior())
    off = levels(after) - LEVELS

    assert 0.8 < ((off - off.mean()) / np.sqrt(after.state.level_var)).std() < 1.25
    assert 0.8 < ((after.state.elasticity - ELASTICITIES) / np.sqrt(after.state.elasticity_var)).std() < 1.25


def test_where_spend_never_varied_the_prior_elasticity_stays() -> None:
    state = follow(PROCESS, evidence(spread=0.0), prior()).state

    assert state.elasticity == pytest.approx(0.55, abs=1e-9)
    assert state.elasticity_var == pytest.approx(0.15**2)


def test_days_without_exposure_teach_nothing_and_age_nothing_before_the_first() -> None:
    after = follow(PROCESS, evidence(exposure=0.0), prior(level=1.5, drift=0.1))

    assert (after.state.level == 1.5).all()
    assert (after.state.level_var == 0.25).all()
    assert after.lasting.tolist() == [0.0]


def test_an_ad_set_that_pauses_is_known_less_every_day() -> None:
    shown = evidence()
    shown.exposures[30:, 0] = shown.counts[30:, 0] = 0.0

    after = follow(DEAF, shown, prior(drift=0.1)).state

    assert after.level_var[0] > 2 * np.median(after.level_var)


def test_conversions_still_on_their_way_do_not_look_like_a_fall() -> None:
    arrived = np.cumsum(DELAY)[np.minimum(np.arange(40)[::-1], 7)]
    shown = evidence(exposure=arrived)

    aware = follow(PROCESS, shown, prior(drift=0.05))
    unaware = follow(PROCESS, replace(shown, exposures=np.ones_like(shown.exposures)), prior(drift=0.05))

    assert (levels(aware) - LEVELS).mean() == pytest.approx(0, abs=0.04)
    assert (levels(unaware) - LEVELS).mean() < -0.05


def test_a_day_that_moved_the_whole_account_is_not_held_against_any_ad_set() -> None:
    usual, bad = evidence(), evidence()
    bad.counts[-1] = np.round(bad.counts[-1] * 0.6)

    def fall(ad_sets: slice) -> float:
        size = len(LEVELS[ad_sets])
        ends = [
            follow(PROCESS, some(e, ad_sets), prior(drift=0.2, ad_sets=size)).state.level.mean() for e in (usual, bad)
        ]
        return float(ends[0] - ends[1])

    together = fall(slice(None))
    alone = np.mean([fall(slice(i, i + 1)) for i in range(0, AD_SETS, 10)])

    assert together < 0.5 * alone


def test_weekdays_of_the_account_are_learnt_and_expected_of_the_day_ahead() -> None:
    shown = evidence(days=56)
    sundays = np.arange(56) % 7 == 6
    shown.counts[sundays] = np.round(shown.counts[sundays] * 0.6)

    before_sunday, before_monday = (
        follow(PROCESS, Evidence(*(a[:days] for a in (shown.counts, shown.exposures, shown.x))), prior()).tomorrow
        for days in (55, 49)
    )

    assert before_sunday[0] == pytest.approx(np.log(0.6) * 6 / 7, abs=0.1)
    assert before_monday[0] > 0


def test_a_lasting_change_of_the_whole_account_becomes_its_level() -> None:
    shown = evidence(days=60)
    shown.counts[30:] = np.round(shown.counts[30:] * 0.7)

    assert (levels(follow(PROCESS, shown, prior())) - LEVELS).mean() == pytest.approx(np.log(0.7), abs=0.1)


def test_a_lasting_fall_of_one_ad_set_is_followed_faster_because_surprises_reopen_its_level() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(20.0, (40, 30)).astype(float)
    counts[30:, 0] = rng.poisson(8.0, 10)
    shown = Evidence(counts, np.ones_like(counts), np.zeros_like(counts))
    start = prior(level=np.log(20.0), drift=0.02, ad_sets=30)

    alert, deaf = (levels(follow(process, shown, start)) for process in (PROCESS, DEAF))

    assert np.log(8.0) < alert[0] < deaf[0] - 0.1


def test_overdispersion_is_learnt_from_the_days() -> None:
    wild, calm = (
        follow(PROCESS, evidence(days=84, dispersion=size), prior(dispersion=12.0)).overdispersion
        for size in (4.0, 100.0)
    )

    assert wild.mean() == pytest.approx(1 / 4, rel=0.35)
    assert calm.mean() < 0.5 / 12


def test_an_ad_set_that_scatters_more_than_its_account_is_told_apart() -> None:
    size = np.where(np.arange(AD_SETS) < 20, 2.0, 60.0)
    shown = evidence(days=84, dispersion=size)

    scatter = follow(PROCESS, shown, prior(dispersion=12.0)).overdispersion

    assert scatter[:20].mean() > 1.5 * scatter[20:].mean()


def test_an_impossible_flood_leaves_everything_finite() -> None:
    shown = evidence()
    shown.counts[-1, 0] = 1e12

    state = follow(PROCESS, shown, prior(drift=0.02)).state

    assert all(np.isfinite(getattr(state, entry.name)).all() for entry in fields(state))
    assert (state.level_var > 0).all()


@pytest.mark.slow
def test_accounts_that_begin_on_different_days_are_followed_in_a_batch_as_alone() -> None:
    shown = evidence()
    batch = [
        np.stack([a[:, i * 3 : i * 3 + 3] for i in range(100)], axis=1)
        for a in (shown.counts, shown.exposures, shown.x)
    ]
    for account in range(100):
        batch[0][: account % 17, account] = batch[1][: account % 17, account] = 0.0
    one = np.ones((100, 3))
    start = Prior(2.0 * one, 0.5 * one, 0.55 * one, 0.15 * one, one / 12, 0.02 * one)

    together = follow(PROCESS, Evidence(*batch), start)

    for account in range(100):
        alone = follow(
            PROCESS,
            Evidence(*(np.ascontiguousarray(a[:, account]) for a in batch)),
            Prior(*(getattr(start, entry.name)[account] for entry in fields(start))),
        )
        assert alone.state.level.tobytes() == together.state.level[account].tobytes()
        assert alone.overdispersion.tobytes() == together.overdispersion[account].tobytes()
        assert alone.tomorrow.tobytes() == together.tomorrow[account].tobytes()
