"""What a choice of ads stands on: chances and levels that agree with the beliefs, and what keeping would cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.policies._ad_account import turn_account, turn_words
from agents.randomness import decision_rng
from agents.registry import build
from agents.rotation import creatives_of
from agents.vocabulary import CreativeBeliefs, Creatives, PolicySpec, Rotation

NAMES = (("red", "green", "blue"),)
MEAN = np.array([[2.0, 3.0, 2.5]])
SD = np.array([[0.2, 0.1, 0.3]])
HALF = 1.2815515655446004 * SD


def _ads(on: list[bool]) -> Creatives:
    there, daily = np.ones((1, 3), dtype=np.bool_), np.ones((1, 3, 4), dtype=np.int64)
    active, ages = np.array([on]), np.full((1, 3), 9)
    return Creatives(NAMES, NAMES, there, active, ages, daily, daily, daily, daily, daily, daily)


def _rotation(runs: list[bool], chances: list[float], *, believes: bool = True) -> Rotation:
    beliefs = CreativeBeliefs(
        mean=MEAN,
        low=MEAN * np.exp(-HALF),
        high=MEAN * np.exp(HALF),
        p_best=np.array([[0.1, 0.6, 0.3]]),
        freshness=np.ones((1, 3)),
    )
    return Rotation(
        active=np.array([runs]),
        propensities=np.array([chances]),
        propensity=np.ones(1),
        verdicts=np.zeros((1, 3), dtype=np.int8),
        refresh=np.zeros(1, dtype=np.bool_),
        beliefs=beliefs if believes else None,
    )


def _account(on: list[bool], runs: list[bool], chances: list[float]) -> Any:
    return turn_account(_ads(on), _rotation(runs, chances), 0)


def test_the_chance_of_bringing_less_is_that_of_counted_draws() -> None:
    account = _account([True] * 3, [False, True, False], [0.1, 0.6, 0.3])
    draws = np.log(MEAN) + SD * np.random.default_rng(1).standard_normal((400_000, 3))

    red, green, blue = account.ads

    assert green.p_below is None
    assert red.p_below == pytest.approx((draws[:, 0] < draws[:, 1]).mean(), abs=3e-3)
    assert blue.p_below == pytest.approx((draws[:, 2] < draws[:, 1]).mean(), abs=3e-3)


def test_the_level_to_reach_is_that_of_the_least_that_runs_by_choice() -> None:
    chosen = _account([True] * 3, [False, True, True], [0.3, 0.9, 0.8])
    kept = _account([True] * 3, [True, True, False], [1.0, 0.6, 0.4])

    assert [ad.even_at for ad in chosen.ads] == [2.5, None, None]
    assert [ad.even_at for ad in kept.ads] == [None, None, 3.0]


def test_what_rests_by_rule_or_had_no_competitor_has_no_level_to_reach() -> None:
    resting = _account([True] * 3, [False, True, False], [0.0, 0.7, 0.3])
    settled = _account([True] * 3, [False, True, False], [0.0, 1.0, 0.0])

    assert [ad.even_at for ad in resting.ads] == [None, None, 3.0]
    assert all(ad.even_at is None for ad in settled.ads)


def test_keeping_what_ran_costs_what_it_is_believed_to_bring_less() -> None:
    assert _account([True, False, True], [False, True, False], [0.1, 0.6, 0.3]).keeping == pytest.approx(2.25 / 3 - 1)
    assert _account([False, True, False], [True, False, False], [0.1, 0.6, 0.3]).keeping == pytest.approx(0.5)
    assert _account([False, True, False], [False, True, False], [0.1, 0.6, 0.3]).keeping is None
    assert _account([False] * 3, [False, True, False], [0.1, 0.6, 0.3]).keeping is None


def test_without_beliefs_or_running_ads_there_is_no_account() -> None:
    ads = _ads([True] * 3)

    assert turn_account(ads, _rotation([False, True, False], [0.1, 0.6, 0.3], believes=False), 0) is None
    assert turn_account(ads, _rotation([False] * 3, [0.0] * 3), 0) is None
    assert turn_words(ads, _rotation([False] * 3, [0.0] * 3), 0) == ""


def test_the_words_say_what_the_best_other_would_have_to_bring_and_when_only_the_draw_decided() -> None:
    by_belief = turn_words(_ads([True, False, False]), _rotation([False, True, False], [0.1, 0.6, 0.3]), 0)
    by_draw = turn_words(_ads([False, True, False]), _rotation([True, False, False], [0.1, 0.6, 0.3]), 0)

    assert by_belief == (
        "; blue brings less than green with probability 72 % and would have to bring 3 instead of 2.5 to equal the "
        "least that runs; what ran before is believed to bring 33.3 % less"
    )
    assert "green brings less than red with probability 3 % and rests by the draw alone" in by_draw
    assert by_draw.endswith("what ran before is believed to bring 50.0 % more")


@pytest.mark.parametrize("name", ["creative_thompson", "creative_test"])
def test_policies_that_believe_something_say_it_with_their_decisions(make_whole_account: Any, name: str) -> None:
    observation = make_whole_account(4).observed()
    policy = build(PolicySpec(name), "creative")
    rotation = policy.decide(observation, decision_rng((1,)))

    told = policy.explain(observation, rotation)

    ads = creatives_of(observation)
    words = [turn_words(ads, rotation, i) for i in range(4)]
    assert any(words)
    assert all(each in sentence for each, sentence in zip(words, told, strict=True) if "running" in sentence)
