"""Values over time are those of the windows, one by one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from experiments.errors import LogRefused
from experiments.ope.estimator import Contributions, load_estimator
from experiments.ope.evidence import gather
from experiments.ope.intervals import normal
from experiments.ope.log import BanditLog
from experiments.ope.support import effective_size
from experiments.ope.windows import value_over_time

MakeLog = Callable[..., BanditLog]


@pytest.mark.parametrize("name", ["ips", "snips", "dm", "dr", "sndr"])
def test_each_window_is_the_estimate_of_its_rounds(
    name: str, make_log: MakeLog, target: np.ndarray, means: np.ndarray
) -> None:
    part = load_estimator(name).contributions(gather(make_log(1), target, means))
    found = value_over_time(part, window=100, step=60)

    assert found.rounds.tolist() == [100, 160, 220, 280, 340, 400]
    for k, end in enumerate(found.rounds):
        some = slice(end - 100, end)
        columns = (part.numerator, part.denominator, part.base, part.weights)
        alone = Contributions(*(None if column is None else column[some] for column in columns))  # type: ignore[arg-type]
        around = normal(alone)

        assert found.values[k] == pytest.approx(alone.value)
        assert (found.low[k], found.high[k]) == pytest.approx((around.low, around.high), abs=1e-7)
        weights = np.ones(100) if alone.weights is None else alone.weights
        assert found.ess[k] == pytest.approx(effective_size(weights))


def test_a_change_of_the_world_is_seen() -> None:
    rng = np.random.default_rng(1)
    rewards = (rng.random(4_000) < np.where(np.arange(4_000) < 2_000, 0.2, 0.7)).astype(float)
    log = BanditLog(rng.integers(2, size=4_000), rewards, np.full(4_000, 0.5), 2)
    part = load_estimator("snips").contributions(gather(log, np.array([0.9, 0.1])))
    found = value_over_time(part, window=1_000, step=1_000)

    assert found.values == pytest.approx([0.2, 0.2, 0.7, 0.7], abs=0.08)
    assert found.high[1] < found.low[2]


@pytest.mark.parametrize(("window", "step"), [(0, 1), (401, 1), (10, 0)])
def test_windows_that_do_not_fit_are_refused(window: int, step: int, make_log: MakeLog, target: np.ndarray) -> None:
    part = load_estimator("ips").contributions(gather(make_log(1), target))
    with pytest.raises(LogRefused, match="and the log has 400"):
        value_over_time(part, window, step)
