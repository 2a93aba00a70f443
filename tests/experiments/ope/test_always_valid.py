"""The interval of betting is never wrong more often than it says, at any round, on any log."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from experiments.errors import LogRefused
from experiments.ope.always_valid import always_valid, confidence_sequence
from experiments.ope.evidence import gather
from experiments.ope.log import BanditLog

MakeLog = Callable[..., BanditLog]
LOOKS = [20, 50, 100, 200, 400]


def test_it_narrows_and_holds_the_truth(make_log: MakeLog, target: np.ndarray, truth: float) -> None:
    found = confidence_sequence(gather(make_log(1, rounds=4_000), target), [10, 100, 1_000, 4_000])
    widths = [each.high - each.low for each in found]

    assert widths == sorted(widths, reverse=True)
    assert found[-1].low < truth < found[-1].high
    assert widths[-1] < 0.25


def test_it_needs_no_bound_on_weights() -> None:
    log = BanditLog(np.zeros(50), np.full(50, 0.5), np.full(50, 1e-6), 1)
    found = always_valid(gather(log, np.ones(1)))

    assert 0.0 <= found.low <= found.high <= 1.0


@pytest.mark.parametrize(("low", "high"), [(0.0, 10.0), (-5.0, 5.0)])
def test_it_moves_with_the_scale_of_rewards(low: float, high: float, make_log: MakeLog, target: np.ndarray) -> None:
    log = make_log(1)
    scaled = BanditLog(log.actions, low + (high - low) * log.rewards, log.propensities, 4, log.positions)
    unit = always_valid(gather(log, target))
    found = always_valid(gather(scaled, target), reward_range=(low, high))

    assert (found.low, found.high) == pytest.approx((low + (high - low) * unit.low, low + (high - low) * unit.high))


def test_rewards_outside_the_range_are_refused(make_log: MakeLog, target: np.ndarray) -> None:
    log = make_log(1)
    twice = BanditLog(log.actions, 2.0 * log.rewards, log.propensities, 4, log.positions)
    with pytest.raises(LogRefused, match=r"between 0 and 2, and .* was told 0 to 1: say the least and the largest"):
        always_valid(gather(twice, target))


@pytest.mark.slow
def test_who_looks_often_and_stops_when_it_suits_is_not_misled(
    make_log: MakeLog, adaptive_logs: Callable[..., list[BanditLog]], target: np.ndarray, truth: float
) -> None:
    """150 logs of each kind, five looks: misses at any look stay below 5 % (they are rarer, as bets are cautious)."""
    plain = [gather(make_log((9, seed)), target) for seed in range(150)]
    bandits = [gather(log, np.array([1.0, 0.0])) for log in adaptive_logs(10, 150, 400)]
    for evidence, value in ((plain, truth), (bandits, 0.5)):
        missed = [any(not i.low <= value <= i.high for i in confidence_sequence(each, LOOKS)) for each in evidence]

        assert np.mean(missed) <= 0.05
