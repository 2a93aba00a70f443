"""Verdicts: bets that cannot win on average while there is nothing to win, however late results come."""

from __future__ import annotations

import numpy as np
import pytest

from agents.best_arm import comparable, log_bets, verdicts

ALL = ~np.eye(3, dtype=np.bool_)


def _play(
    rates: tuple[float, ...], tests: int, days: int, *, luck: float, favour: float, seed: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """Results as known on every morning (M, T, C, D) and exposures (T, C, D): a platform that favours what clicks."""
    rng, ads = np.random.default_rng(seed), len(rates)
    exposures, arriving = np.zeros((tests, ads, days)), np.zeros((3, tests, ads, days))
    known = []
    for day in range(days):
        guess = (arriving.sum((0, -1)) + 1.0) / (exposures.sum(-1) + 50.0)
        share = guess**favour / (guess**favour).sum(-1, keepdims=True)
        exposures[..., day] = 2_000 * share
        expected = (
            exposures[..., day] * rates * np.exp(rng.normal(0, 0.3, (tests, 1)) + rng.normal(0, luck, (tests, ads)))
        )
        for lag, part in enumerate((0.5, 0.3, 0.2)):
            arriving[lag, ..., day] = rng.poisson(expected * part)
        morning = np.zeros((tests, ads, days))
        for lag in range(3):
            morning[..., : max(day + 1 - lag, 0)] += arriving[lag, ..., : max(day + 1 - lag, 0)]
        known.append(morning)
    return np.stack(known), exposures


def _ever(rates: tuple[float, ...], tests: int, days: int, luck: float, dispersion: float) -> np.ndarray:
    """Verdicts on every morning, (M, T, C)."""
    known, exposures = _play(rates, tests, days, luck=luck, favour=2.0)
    pairs = np.broadcast_to(~np.eye(len(rates), dtype=np.bool_), (tests, len(rates), len(rates)))
    return np.stack(
        [
            verdicts(log_bets(known[m], np.where(np.arange(days) <= m, exposures, 0.0), pairs, dispersion), pairs, 0.05)
            for m in range(days)
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize(("luck", "dispersion"), [(0.0, 60.0), (0.25, 12.0)])
def test_equal_ads_have_a_winner_in_at_most_one_test_of_twenty_at_any_of_all_looks(
    luck: float, dispersion: float
) -> None:
    found = _ever((0.02, 0.02), 1_000, 30, luck, dispersion)

    assert (found > 0).any(axis=(0, -1)).mean() <= 0.05
    assert (found < 0).any(axis=(0, -1)).mean() <= 0.05


@pytest.mark.slow
def test_of_unequal_ads_the_best_wins_and_hardly_ever_another() -> None:
    found = _ever((0.035, 0.02, 0.02), 400, 40, 0.1, 60.0)

    assert (found[..., 1:] > 0).any(axis=(0, -1)).mean() <= 0.05
    assert (found[..., 0] < 0).any(axis=0).mean() <= 0.05
    assert (found[..., 0] > 0).any(axis=0).mean() > 0.8


def test_a_bet_on_equal_ads_is_worth_one_on_average_whatever_the_exposures() -> None:
    rng = np.random.default_rng(1)
    exposures = rng.uniform(10, 300, (20_000, 2, 3))
    counts = rng.poisson(0.05 * exposures)
    pairs = np.broadcast_to(~np.eye(2, dtype=np.bool_), (20_000, 2, 2))

    worth = np.exp(log_bets(counts, exposures, pairs, 1e9))

    assert worth[:, 0, 1].mean() == pytest.approx(1.0, abs=0.05)
    assert worth[:, 1, 0].mean() == pytest.approx(1.0, abs=0.05)


def test_days_on_which_only_one_of_them_ran_say_nothing() -> None:
    counts, exposures = np.array([[[9, 50, 0]], [[3, 0, 1]]]).swapaxes(0, 1), np.ones((1, 2, 3)) * 100.0
    exposures[0, 1, 1] = exposures[0, 0, 2] = 0.0
    pairs = np.ones((1, 2, 2), dtype=np.bool_)

    both = log_bets(counts, exposures, pairs, 12.0)
    first = log_bets(counts[..., :1], exposures[..., :1], pairs, 12.0)

    assert both == pytest.approx(first)
    assert first[0, 0, 1] > 0 > first[0, 1, 0]


def test_pairs_whose_beginning_is_out_of_sight_are_not_judged() -> None:
    there, ages = np.ones(3, dtype=np.bool_), np.array([60, 60, 10])

    assert comparable(there, ages, 28, None).tolist() == [
        [False, False, True],
        [False, False, True],
        [True, True, False],
    ]
    assert (comparable(there, ages, 28, 20) == ALL).all()
    assert not comparable(there, ages + 60, 28, 40).any()


def test_a_winner_beats_every_other_and_a_loser_is_beaten_by_their_mean() -> None:
    bets = np.array([[0.0, 9.0, 9.0], [-9.0, 0.0, 1.0], [-9.0, -1.0, 0.0]])

    assert verdicts(bets, ALL, 0.05).tolist() == [1, -1, -1]
    bets[0, 1] = 1.0
    assert verdicts(bets, ALL, 0.05).tolist() == [0, 0, -1]
    assert verdicts(bets, np.zeros((3, 3), dtype=np.bool_), 0.05).tolist() == [0, 0, 0]
