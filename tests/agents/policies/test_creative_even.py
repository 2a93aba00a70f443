"""Ads take turns by the calendar, and every one gets its turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from agents.randomness import decision_rng
from agents.registry import build
from agents.vocabulary import PolicySpec


@pytest.mark.parametrize(("running", "turn_days"), [(1, 1), (2, 1), (1, 3)])
def test_every_ad_that_may_run_gets_its_share_of_days(make_whole_account: Any, running: int, turn_days: int) -> None:
    observation = make_whole_account(3).observed()
    policy = build(PolicySpec("creative_even", {"running": running, "turn_days": turn_days}), "creative")

    ran = [
        policy.decide(replace(observation, day=observation.day + timedelta(day)), decision_rng((1,))).active
        for day in range(12 * turn_days)
    ]

    assert observation.creatives is not None
    available = observation.creatives.available
    among = available.sum(axis=-1, keepdims=True)
    expected = np.where(available, 12 * turn_days * np.minimum(running, among) / among, 0)
    assert np.sum(ran, axis=0) == pytest.approx(expected, abs=2 * turn_days)
