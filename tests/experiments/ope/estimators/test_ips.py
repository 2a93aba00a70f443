from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from experiments.ope.estimator import load_estimator
from experiments.ope.evidence import Evidence, gather
from experiments.ope.log import BanditLog


@pytest.fixture
def evidence(make_log: Callable[..., BanditLog], target: np.ndarray) -> Evidence:
    return gather(make_log(1), target)


def test_it_is_the_mean_of_weighted_rewards(evidence: Evidence) -> None:
    found = load_estimator("ips").contributions(evidence)

    assert found.value == pytest.approx(np.mean(evidence.weights * evidence.log.rewards))


def test_ips_and_snips_are_the_mean_reward_where_weights_are_one(evidence: Evidence) -> None:
    own = Evidence(evidence.log, np.ones(len(evidence.log)))

    for name in ("ips", "snips"):
        assert load_estimator(name).contributions(own).value == pytest.approx(evidence.log.rewards.mean())


def test_snips_is_unmoved_by_weights_of_another_scale_and_stays_in_the_rewards_range(evidence: Evidence) -> None:
    snips = load_estimator("snips")
    value = snips.contributions(evidence).value

    assert snips.contributions(Evidence(evidence.log, 7.0 * evidence.weights)).value == pytest.approx(value)
    assert 0.0 <= value <= 1.0


def test_clipping_lowers_and_infinite_clipping_does_nothing(evidence: Evidence) -> None:
    plain, clipped, kept = (load_estimator("ips", clip=c).contributions(evidence).value for c in (np.inf, 1.0, 4.0))

    assert clipped < plain
    assert kept == pytest.approx(plain)
    assert load_estimator("ips", clip=1.0).contributions(evidence).weights is evidence.weights


@pytest.mark.parametrize("clip", [-1.0, np.nan])
def test_a_clip_below_zero_is_refused(clip: float) -> None:
    with pytest.raises(ValueError, match=r"clip is .* must be at least 0"):
        load_estimator("ips", clip=clip)
