"""A log that cannot answer is told from one that can, in words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.ope.evidence import Evidence, gather, gather_logged
from experiments.ope.log import BanditLog
from experiments.ope.support import assess, effective_size, unseen_share


def weighted(weights: np.ndarray) -> Evidence:
    log = BanditLog(np.zeros(len(weights)), np.ones(len(weights)), np.ones(len(weights)), 1)
    return Evidence(log, weights)


@given(st.lists(st.floats(0.0, 100.0), min_size=1, max_size=30))
def test_the_effective_size_is_between_one_and_the_number_of_rounds(weights: list[float]) -> None:
    size = effective_size(np.array(weights))

    assert size == 0.0 or 1.0 - 1e-9 <= size <= len(weights) * (1 + 1e-9)


def test_equal_weights_are_adequate() -> None:
    found = assess(weighted(np.ones(1_000)))

    assert (found.verdict, found.ess, found.largest_share) == ("adequate", 1_000.0, 0.001)
    assert "1,000 rounds are worth 1,000" in found.reason


def test_one_round_with_most_of_the_weight_is_insufficient() -> None:
    weights = np.ones(10_000)
    weights[7] = 21_739.0
    found = assess(weighted(weights))

    assert found.verdict == "insufficient"
    assert found.reason == ("10,000 rounds are worth 2; one round has 68 % of all weight (its weight is 21,739)")


def test_no_weight_at_all_is_insufficient() -> None:
    assert assess(weighted(np.zeros(100))).verdict == "insufficient"


def test_what_was_never_logged_counts(make_log: Callable[..., BanditLog]) -> None:
    log = make_log(1)
    wider = BanditLog(log.actions, log.rewards, log.propensities, 5, log.positions)
    rare = gather(wider, np.array([0.4, 0.3, 0.19, 0.1, 0.01]))
    often = gather(wider, np.array([0.3, 0.2, 0.1, 0.1, 0.3]))

    assert unseen_share(rare) == pytest.approx(0.01)
    assert assess(rare).verdict == "weak"
    assert assess(often).verdict == "insufficient"
    assert assess(often).reason.startswith("30 % of the target's decisions are actions that were never logged")
    by_round = gather(wider, np.broadcast_to(np.array([0.3, 0.2, 0.1, 0.1, 0.3]), (400, 5)))
    assert unseen_share(by_round) == pytest.approx(0.3)
    assert unseen_share(gather_logged(log, log.propensities)) is None


def test_propensities_of_other_actions_show_in_the_mean_weight(make_log: Callable[..., BanditLog]) -> None:
    """Somebody logged the largest probability of each round: 0.4, whatever was taken."""
    log = make_log(1, rounds=2_000)
    wrong = BanditLog(log.actions, log.rewards, np.full(2_000, 0.4), 4, log.positions)
    found = assess(gather(wrong, np.full(4, 0.25)))

    assert found.verdict == "weak"
    assert "the propensities may not be those of the logged actions" in found.reason


def test_few_rewarded_rounds_are_weak() -> None:
    rewards = np.zeros(1_000)
    rewards[:4] = 1.0
    found = assess(gather(BanditLog(np.arange(1_000) % 2, rewards, np.full(1_000, 0.5), 2), np.array([0.5, 0.5])))

    assert found.verdict == "weak"
    assert found.reason == "it rests on about 4 rewarded rounds"
