"""Money by segment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.policies.segment_weights import SegmentWeights
from agents.randomness import decision_rng
from agents.vocabulary import BREAKDOWN_METRICS, Breakdown, Weights

KEYS = ("young", "middle", "old", "oldest")


def account(make_account: Any, r: list[float], *, orders: float = 40, weights: Any = None) -> Any:
    """Three ad sets with even money in four segments, where money brings `r` times the average."""
    made = make_account(3)
    made.metrics["spend_minor"][...] = 40_000
    made.metrics["conversions"][...] = orders
    cut = {n: np.repeat(made.metrics[n][:, None] // 4, 4, axis=1) for n in BREAKDOWN_METRICS}
    parts = np.array(r)[:, None] / sum(r)
    rng = np.random.default_rng(3)
    cut["conversions"] = rng.poisson(np.broadcast_to(orders * parts, cut["conversions"].shape))
    made.extra["breakdowns"] = {"segment": Breakdown(KEYS, **cut, weights=weights)}
    return made


def decide(made: Any, **params: Any) -> Weights:
    return SegmentWeights(**params).decide(made.observed(), decision_rng((1,)))


def test_more_money_goes_where_it_brings_more_and_the_sum_stays(make_account: Any) -> None:
    answer = decide(account(make_account, [1.5, 1.2, 0.9, 0.7]))

    assert (np.diff(answer.weights, axis=-1) < 0).all()
    assert answer.weights.mean(axis=-1) == pytest.approx(1.0)
    assert answer.gain is not None
    assert (answer.gain > 0.02).all()
    assert answer.mean[:, 0] == pytest.approx(1.5 / 1.075, rel=0.1)


def test_all_equal_segments_are_left_alone(make_account: Any) -> None:
    answer = decide(account(make_account, [1.0, 1.0, 1.0, 1.0]))

    assert (answer.weights == 1.0).all()
    assert (answer.gain == 0.0).all()


def test_few_results_move_nothing(make_account: Any) -> None:
    made = account(make_account, [1.5, 1.2, 0.9, 0.7], orders=0)

    assert (decide(made).weights == 1.0).all()
    assert all("too little is known" in w for w in SegmentWeights().explain(made.observed(), decide(made)))


def test_a_segment_is_excluded_only_when_it_surely_brings_little(make_account: Any) -> None:
    poor, middling = [1.4, 1.3, 1.2, 0.1], [1.1, 1.0, 1.0, 0.9]

    assert (decide(account(make_account, poor)).weights[:, 3] == 0.0).all()
    assert (decide(account(make_account, middling)).weights > 0.0).all()
    assert (decide(account(make_account, poor, orders=0.15)).weights > 0.0).all()


def test_with_exclusions_only_what_is_left_shares_the_money_evenly(make_account: Any) -> None:
    answer = decide(account(make_account, [1.4, 1.3, 1.2, 0.1]), acts="exclusions")

    assert answer.weights[0].tolist() == pytest.approx([4 / 3, 4 / 3, 4 / 3, 0.0], rel=1e-3)


def test_exclusions_never_take_more_than_half_of_the_money(make_account: Any) -> None:
    answer = decide(account(make_account, [4.0, 0.1, 0.1, 0.1]), exclude_below=0.9)

    assert ((answer.weights == 0.0).sum(axis=-1) == 2).all()


def test_protected_and_paused_ad_sets_keep_the_weights_in_force(make_account: Any) -> None:
    in_force = np.full((3, 4, 28), 1.0)
    in_force[..., -1] = [0.5, 0.8, 1.2, 1.5]
    made = account(make_account, [1.5, 1.2, 0.9, 0.7], weights=in_force)
    made.active[0], made.protected[1] = False, True

    answer = decide(made)

    assert answer.weights[:2].tolist() == [[0.5, 0.8, 1.2, 1.5]] * 2
    assert answer.weights[2, 0] > 1.0


def test_a_sentence_names_the_keys_their_money_and_what_it_brings(make_account: Any) -> None:
    made = account(make_account, [1.5, 1.2, 0.9, 0.7])

    words = SegmentWeights().explain(made.observed(), decide(made))

    assert words[0].startswith("more for young (+")
    assert "less for oldest (-" in words[0]
    assert "of the average, 80 %: " in words[0]
    assert words[0].endswith("% results with the same money")
