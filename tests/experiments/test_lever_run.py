"""Worlds lived through under one policy of one lever."""

from __future__ import annotations

import numpy as np
import pytest

from agents.policies.cost_cap_bids import CostCapBids
from agents.policies.hour_multipliers import HourMultipliers
from agents.policies.lookalike_expansion import LookalikeExpansion
from agents.policies.segment_weights import SegmentWeights
from experiments.lever_run import Knowing, live_with_bids, live_with_weights
from simulator.scenarios import load_scenario

SMALL = load_scenario("small")
SEGMENTS = SMALL.having(segments={})
pytestmark = pytest.mark.slow


def test_segments_gain_with_the_same_money_and_less_than_if_all_was_known() -> None:
    alone, mine, known = (
        live_with_weights(policy, "segments", SEGMENTS, range(8), 21)
        for policy in (None, SegmentWeights(), Knowing("segments"))
    )

    assert np.array_equal(alone.spend_minor, mine.spend_minor)
    assert mine.value_minor.sum() > 1.05 * alone.value_minor.sum()
    assert known.value_minor.sum() > mine.value_minor.sum()
    assert alone.touched == 0.0 < mine.touched


def test_hours_gain_where_they_differ() -> None:
    market = SMALL.having(hour_of_day={"conversions": 3.0}, dayparting={"share": 0.0})

    alone, mine = (live_with_weights(policy, "hours", market, range(6), 28) for policy in (None, HourMultipliers()))

    assert mine.value_minor.sum() > 1.01 * alone.value_minor.sum()


def test_lookalikes_that_went_too_far_are_drawn_in() -> None:
    market = SMALL.having(audiences={"lookalike_shares": [0.1], "conversions": [0.9, 3.0, 1.75, 0.95, 0.5]})

    alone, mine = (
        live_with_weights(policy, "audiences", market, range(6), 28, every=1) for policy in (None, LookalikeExpansion())
    )

    assert mine.value_minor.sum() > 1.05 * alone.value_minor.sum()


def test_caps_bring_more_than_peoples_caps_at_equal_money() -> None:
    bidden = live_with_bids(CostCapBids(), SMALL.having(bid_strategies={"level_spread": 0.4}), range(6), 28)

    assert bidden.value_minor.sum() > bidden.left_alone_minor.sum()
    assert bidden.spend_minor[:, -1].sum() == pytest.approx(bidden.spend_minor[:, 0].sum(), rel=0.25)


def test_a_batch_lives_what_each_world_lives_alone() -> None:
    many = live_with_weights(SegmentWeights(), "segments", SEGMENTS, range(3), 9)
    alone = live_with_weights(SegmentWeights(), "segments", SEGMENTS, [1], 9)

    assert np.array_equal(many.value_minor[1], alone.value_minor[0])


def test_a_policy_of_another_lever_is_refused() -> None:
    with pytest.raises(ValueError, match="a policy of hours is needed"):
        live_with_weights(SegmentWeights(), "hours", SMALL.having(dayparting={}), [1], 1)
