from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from experiments.ope.estimator import load_estimator
from experiments.ope.evidence import Evidence, gather
from experiments.ope.log import BanditLog


def test_only_the_last_rounds_count(make_log: Callable[..., BanditLog], target: np.ndarray) -> None:
    evidence = gather(make_log(1), target)
    late, log = evidence.weights[-100:], evidence.log
    found = load_estimator("sliding_window", window=100).contributions(evidence)

    assert found.value == pytest.approx((late * log.rewards[-100:]).sum() / late.sum())
    assert found.weights == pytest.approx(late)


def test_a_window_longer_than_the_log_is_all_of_it(make_log: Callable[..., BanditLog], target: np.ndarray) -> None:
    evidence: Evidence = gather(make_log(1), target)
    wide, snips = load_estimator("sliding_window", window=1_000), load_estimator("snips")

    assert wide.contributions(evidence).value == pytest.approx(snips.contributions(evidence).value)


def test_a_window_without_rounds_is_refused() -> None:
    with pytest.raises(ValueError, match="window is 0"):
        load_estimator("sliding_window", window=0)
