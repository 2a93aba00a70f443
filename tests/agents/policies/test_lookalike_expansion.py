"""How far lookalikes reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.policies.lookalike_expansion import LookalikeExpansion
from agents.randomness import WorldStreams, decision_rng
from agents.vocabulary import BREAKDOWN_METRICS, Breakdown, Weights

KEYS = tuple(str(percent) for percent in range(1, 11))


def account(make_account: Any, r: list[float], *, orders: float = 20.0, weight: float = 1.0, days: int = 28) -> Any:
    """Three ad sets with even money in as many rings as `r` names, in the last `days`; the outermost by `weight`."""
    made = make_account(3)
    rings, rates = len(r), np.zeros(10)
    rates[:rings] = r
    money = np.where(np.arange(10) < rings, 10_000, 0)
    money[rings - 1] = 10_000 * weight
    lately = np.arange(28) >= 28 - days
    cut = {n: np.zeros((3, 10, 28), dtype=np.int64) for n in BREAKDOWN_METRICS}
    cut["spend_minor"][...] = money[:, None] * np.where(np.arange(10) == 0, 1, 0)[:, None]
    cut["spend_minor"][..., lately] = money[:, None]
    mean = orders * rates[:, None] * cut["spend_minor"] / 10_000
    cut["conversions"] = np.random.default_rng(5).poisson(mean)
    in_force = np.where(cut["spend_minor"] > 0, np.where(money > 0, money / 10_000, 0.0)[:, None], 0.0)
    made.extra["breakdowns"] = {"lookalike_percent": Breakdown(KEYS, **cut, weights=in_force)}
    return made


def decide(made: Any, seed: int = 1, **params: Any) -> Weights:
    return LookalikeExpansion(**params).decide(made.observed(), decision_rng((seed,)))


def test_rings_that_pay_are_kept_and_one_more_is_tried_with_little_money(make_account: Any) -> None:
    answer = decide(account(make_account, [1.0, 1.0, 1.0]), seed=2)

    assert (answer.weights[:, :3] == 1.0).all()
    assert (answer.weights[:, 4:] == 0.0).all()
    tried = answer.weights[:, 3]
    assert 0 < tried.max() < 1
    assert tried.max() / (3 + tried.max()) == pytest.approx(0.15)


def test_a_ring_that_does_not_pay_is_shut_with_all_beyond_it(make_account: Any) -> None:
    answer = decide(account(make_account, [1.0, 1.0, 0.1, 1.0]))

    assert (answer.weights == np.where(np.arange(10) < 2, 1.0, 0.0)).all()


def test_the_nearest_ring_is_never_shut(make_account: Any) -> None:
    assert (decide(account(make_account, [0.1, 2.0])).weights[:, 0] == 1.0).all()


def test_a_trial_goes_on_until_it_is_sure_and_no_other_begins(make_account: Any) -> None:
    answer = decide(account(make_account, [1.0, 0.8], orders=1.0, weight=0.2, days=3))

    assert ((answer.weights[:, 1] > 0) & (answer.weights[:, 1] < 1)).all()
    assert answer.propensities is not None
    assert (answer.propensities[:, 2:] == 0.0).all()


def test_a_ring_that_was_shut_lately_rests(make_account: Any) -> None:
    made = account(make_account, [1.0, 1.0])
    cut = made.extra["breakdowns"]["lookalike_percent"]
    cut.spend_minor[:, 1, -3:], cut.weights[:, 1, -3:] = 0, 0.0

    assert (decide(made, rest_days=14).weights[:, 1] == 0.0).all()
    answer = decide(made, rest_days=2)
    assert answer.propensities is not None
    assert (answer.propensities[:, 1] > 0.0).all()


@pytest.mark.slow
def test_rings_are_opened_as_often_as_their_propensity_says(make_account: Any) -> None:
    worlds = 400
    single = account(make_account, [1.0, 0.75], orders=4.0)
    streams = WorldStreams([decision_rng((w,)) for w in range(worlds)])
    batch = _repeated(make_account, single, worlds)

    answer = LookalikeExpansion().decide(batch.observed(), streams)

    assert answer.propensities is not None
    opened = (answer.weights > 0).mean(axis=0)
    assert ((answer.propensities[0, :, 2] > 0.05) & (answer.propensities[0, :, 2] < 0.95)).any()
    assert opened == pytest.approx(answer.propensities[0], abs=0.08)


def test_what_other_ad_sets_show_of_far_rings_is_learnt_from(make_account: Any) -> None:
    def chance(r: float) -> float:
        made = account(make_account, [1.0, r, r, r], orders=40.0)
        cut = made.extra["breakdowns"]["lookalike_percent"]
        for name in ("spend_minor", "conversions"):
            getattr(cut, name)[0, 1:] = 0
        cut.weights[0, 1:] = 0.0
        answer = decide(made)
        assert answer.propensities is not None
        return float(answer.propensities[0, 1])

    assert chance(1.0) > 0.8
    assert chance(0.3) < 0.3


def test_rings_must_be_percentages_in_order(make_account: Any) -> None:
    made = account(make_account, [1.0])
    cut = made.extra["breakdowns"]["lookalike_percent"]
    figures = {n: getattr(cut, n) for n in BREAKDOWN_METRICS}
    for keys, said in ((("near", *KEYS[1:]), "named by their percentage"), (KEYS[::-1], "from the inside out")):
        made.extra["breakdowns"] = {"lookalike_percent": Breakdown(keys, **figures)}
        with pytest.raises(ValueError, match=said):
            decide(made)


def test_a_sentence_says_what_is_kept_and_what_the_next_ring_would_have_to_bring(make_account: Any) -> None:
    made = account(make_account, [1.0, 1.0, 0.1])

    words = LookalikeExpansion().explain(made.observed(), decide(made))

    assert words[0].startswith("keep the rings up to 2 %; money in 3 % would bring 0.")
    assert words[0].endswith("it pays from 0.75 on")


def _repeated(make_account: Any, single: Any, worlds: int) -> Any:
    batch = make_account(3, worlds=worlds)
    cut = single.extra["breakdowns"]["lookalike_percent"]
    figures = {n: np.repeat(getattr(cut, n)[None], worlds, axis=0) for n in (*BREAKDOWN_METRICS, "weights")}
    batch.extra["breakdowns"] = {"lookalike_percent": Breakdown(KEYS, **figures)}
    return batch
