"""An interval that holds at every round at once, whoever stops when, on logs of any bandit: by betting.

A gambler who bets against "the target is worth m" cannot multiply money if it is true: with x_t = w_t r_t >= 0 and
any bet b in (0, 1), the product of 1 + b (x_t - m) is a martingale of mean one as long as the propensities are those
of the logging policy given the past, and by Ville's inequality it ever reaches 2 / (1 - level) with probability
(1 - level) / 2 at most. Values at which the mean over many bets has grown that large are left out (Waudby-Smith and
Ramdas 2024). The upper bound is one minus the lower one of w_t (1 - r_t), so that no bound on the weights need be
known (Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from experiments.errors import LogRefused
from experiments.ope.intervals import Interval

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray
    from experiments.ope.evidence import Evidence

_BETS = np.concatenate([np.logspace(-5.0, -0.5, 37), [0.45, 0.6, 0.75, 0.9, 0.99]])
"""Small ones for heavy weights, large ones for weights near one."""


def always_valid(evidence: Evidence, level: float = 0.95, reward_range: tuple[float, float] | None = None) -> Interval:
    """The interval after all rounds of the log.

    Args:
        evidence: weights and rewards (N,), in time order.
        level: with this probability the truth is inside at every round, not only at the last.
        reward_range: least and largest possible reward; None is 0 to 1, and refused where a reward is outside.

    Raises:
        LogRefused: a reward is outside the range.
    """
    return confidence_sequence(evidence, [len(evidence.log)], level, reward_range)[0]


def confidence_sequence(
    evidence: Evidence,
    rounds: Sequence[int],
    level: float = 0.95,
    reward_range: tuple[float, float] | None = None,
) -> tuple[Interval, ...]:
    """The intervals after each of these numbers of rounds; see `always_valid`."""
    least, most = (0.0, 1.0) if reward_range is None else reward_range
    rewards = evidence.log.rewards
    if not least < most or rewards.min() < least or rewards.max() > most:
        raise LogRefused(
            f"rewards are between {rewards.min():g} and {rewards.max():g}, and the always-valid interval was told "
            f"{least:g} to {most:g}: say the least and the largest reward that is possible (reward_range)"
        )
    unit = (rewards - least) / (most - least)
    threshold = np.log(2.0 / (1.0 - level))
    found = []
    for each in rounds:
        weights, earned = evidence.weights[:each], unit[:each]
        low = _lower(weights * earned, threshold)
        high = 1.0 - _lower(weights * (1.0 - earned), threshold)
        low, high = (least + (most - least) * bound for bound in (low, max(high, low)))
        found.append(Interval(low, high, level, "always valid"))
    return tuple(found)


def _lower(scores: FloatArray, threshold: float) -> float:
    """The least mean in [0, 1] of non-negative scores (n,) that the bets have not ruled out."""
    values, counts = np.unique(scores, return_counts=True)

    def surplus(mean: float) -> float:
        """Log of the mean capital of the bets against this mean, less what rules it out; it falls as the mean grows."""
        capital = counts @ np.log1p(np.outer(values - mean, _BETS))
        return float(np.logaddexp.reduce(capital) - np.log(len(_BETS)) - threshold)

    if surplus(0.0) <= 0.0:
        return 0.0
    return 1.0 if surplus(1.0) >= 0.0 else float(brentq(surplus, 0.0, 1.0, xtol=1e-9))
