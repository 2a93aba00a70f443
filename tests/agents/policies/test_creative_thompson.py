"""The ads that run: better ones more often, tired ones rested, nothing confused, every probability told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.errors import SpecError
from agents.randomness import decision_rng
from agents.registry import build
from agents.vocabulary import Creatives, Observation, PolicySpec, Rotation


def _policy(name: str = "creative_thompson", **params: Any) -> Any:
    return build(PolicySpec(name, params), "creative")


def _observed(make_whole_account: Any, days: int = 14, worlds: int | None = None, **figures: Any) -> Observation:
    """One ad set of three running ads with these daily figures; what is not said is usual and the same for all."""
    batch = () if worlds is None else (worlds,)
    usual = {"spend_minor": 1_000, "impressions": 1_500, "clicks": 22, "conversions": 1, "value_minor": 6_000}
    shape = (*batch, 1, 3, days)
    told = {k: np.zeros(shape, dtype=np.int64) + np.asarray(figures.get(k, v)) for k, v in usual.items()}
    account = make_whole_account(1, days, worlds)
    names = (("red", "green", "blue"),)
    there = np.ones(shape[:-1], dtype=np.bool_)
    age = np.full(shape[:-1], figures.get("age_days", 10), dtype=np.int64)
    account.extra = {"creatives": Creatives(names, names, there, there, age, reach=told["impressions"] * 0, **told)}
    account.sets = {}
    for name, array in told.items():
        account.metrics[name] = array.sum(axis=-2)
    account.metrics["reach"] = account.metrics["impressions"] * figures.get("reach_percent", 95) // 100
    return account.observed()


def _decide(policy: Any, observation: Observation, seed: int = 1) -> Rotation:
    rotation: Rotation = policy.decide(observation, decision_rng((seed,)))
    return rotation


@pytest.mark.parametrize("objective", ["clicks", "conversions", "value"])
def test_the_ad_with_more_for_its_money_is_likelier_to_run_and_the_best(
    make_whole_account: Any, objective: str
) -> None:
    better = {
        "clicks": {"clicks": [[[20], [22], [44]]]},
        "conversions": {"conversions": [[[1], [1], [4]]], "value_minor": [[[6_000], [6_000], [24_000]]]},
        "value": {"conversions": [[[1], [1], [4]]], "value_minor": [[[6_000], [6_000], [24_000]]]},
    }[objective]

    rotation = _decide(_policy(objective=objective), _observed(make_whole_account, **better))

    assert rotation.propensities[0].argmax() == 2
    assert rotation.beliefs is not None
    assert rotation.beliefs.mean[0].argmax() == 2


def test_results_that_are_bad_cannot_be_taken_for_good_ones(make_whole_account: Any) -> None:
    dear = _decide(_policy(), _observed(make_whole_account, spend_minor=[[[1_000], [1_000], [3_000]]]))

    assert rotation_rank(dear)[0] != 2
    assert dear.propensities[0].argmin() == 2


def rotation_rank(rotation: Rotation) -> list[int]:
    """Places, the likeliest to run first."""
    return list(np.argsort(-rotation.propensities[0], kind="stable"))


def test_objectives_that_do_not_exist_are_refused(make_whole_account: Any) -> None:
    with pytest.raises(SpecError, match="objective must be one of clicks, conversions, value, got 'cost'"):
        _policy(objective="cost")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["creative_thompson", "creative_beta", "creative_test"])
def test_ads_run_as_often_as_their_logged_probabilities_say(make_whole_account: Any, name: str) -> None:
    params = {} if name == "creative_beta" else {"min_runtime_days": 0}
    observation = _observed(make_whole_account, worlds=1_000, clicks=[[[22], [23], [24]]])

    drawn = _decide(_policy(name, **params), observation)

    assert drawn.active.mean(axis=0) == pytest.approx(drawn.propensities[0], abs=0.06)
    sets = {active.tobytes(): float(chance[0]) for active, chance in zip(drawn.active, drawn.propensity, strict=True)}
    assert sum(sets.values()) == pytest.approx(1.0, abs=0.02)


@pytest.mark.slow
def test_draws_are_independent_between_equal_ads_and_spread_over_them(make_whole_account: Any) -> None:
    rotation = _decide(_policy(most_running=1), _observed(make_whole_account, worlds=900))

    ran = rotation.active.sum(axis=(0, 1))

    assert ran.sum() == 900
    assert (np.abs(ran - 300) < 57).all()  # four standard deviations of an even draw


def test_an_ad_whose_people_have_seen_it_too_often_is_less_fresh_and_recovers(make_whole_account: Any) -> None:
    shown = np.array([[[6_000] * 14, [6_000] * 4 + [0] * 10, [300] * 14]])
    observation = _observed(
        make_whole_account,
        impressions=shown,
        spend_minor=shown * 2 // 3,
        clicks=shown // 70,
        conversions=shown // 1_500,
        value_minor=shown * 4,
        reach_percent=40,
    )

    beliefs = _decide(_policy(), observation).beliefs

    assert beliefs is not None
    worn, rested, unseen = beliefs.freshness[0]
    assert worn < rested
    assert worn < unseen


def test_new_ads_are_asked_for_when_all_are_worn_out_and_the_reason_is_said(make_whole_account: Any) -> None:
    days = 28
    shown = np.full((1, 3, days), 40_000)
    fading = np.linspace(1.0, 0.3, days)
    observation = _observed(
        make_whole_account,
        days,
        impressions=shown,
        spend_minor=shown * 2 // 3,
        clicks=(shown / 70 * fading).astype(np.int64),
        conversions=(shown / 2_100 * fading).astype(np.int64),
        value_minor=(shown / 2_100 * fading).astype(np.int64) * 6_000,
        reach_percent=30,
        age_days=28,
    )
    policy = _policy()

    rotation = _decide(policy, observation)

    assert rotation.refresh.all()
    assert (
        "new ads are needed: of 3 ads 3 are below 60 % of their first click rate"
        in policy.explain(observation, rotation)[0]
    )
    assert not _decide(policy, _observed(make_whole_account)).refresh.any()


@pytest.mark.parametrize("name", ["creative_thompson", "creative_test"])
@pytest.mark.parametrize(("age", "goes"), [(9, False), (14, True)])
def test_an_ad_that_was_never_shown_waits_and_then_goes_with_the_reason_said(
    make_whole_account: Any, name: str, age: int, goes: bool
) -> None:
    place = np.array([1, 1, 0])[:, None]
    unshown = {"spend_minor": 1_000 * place, "impressions": 1_500 * place, "clicks": 22 * place}
    ages = [[60, 60, age]]
    observation = _observed(
        make_whole_account, 28, age_days=ages, conversions=place, value_minor=6_000 * place, **unshown
    )
    policy = _policy(name, min_runtime_days=7)

    rotations = [_decide(policy, observation, seed) for seed in range(30)]

    off = [rotation for rotation in rotations if not rotation.active[0, 2]]
    assert bool(off) == goes
    for rotation in off:
        (said,) = policy.explain(observation, rotation)
        assert "blue goes, shown on 0 of the ad set's last 14 days instead of 7" in said


def test_conversions_that_are_still_to_come_are_not_held_against_a_young_ad(make_whole_account: Any) -> None:
    delay = (0.2, 0.2, 0.2, 0.2, 0.2)
    known = np.array([10] * 10 + [8, 6, 4, 2])
    young = np.where(np.arange(14) >= 10, 1, 0)
    shown = np.array([[np.ones(14), young, np.ones(14)]]) * 1_500
    figures = {
        "impressions": shown.astype(np.int64),
        "spend_minor": (shown / 1.5).astype(np.int64),
        "clicks": (shown / 10).astype(np.int64),
        "conversions": (shown / 1_500 * known).astype(np.int64),
        "value_minor": (shown / 1_500 * known * 6_000).astype(np.int64),
    }
    observation = _observed(make_whole_account, **figures)

    aware = _decide(_policy(delay=delay), observation).beliefs
    unaware = _decide(_policy(delay=(1.0,)), observation).beliefs

    assert aware is not None
    assert unaware is not None
    assert aware.mean[0, 1] / aware.mean[0, 0] == pytest.approx(1.0, abs=0.1)
    assert unaware.mean[0, 1] / unaware.mean[0, 0] < aware.mean[0, 1] / aware.mean[0, 0] - 0.1


def test_a_sentence_says_what_runs_and_why_in_numbers(make_whole_account: Any) -> None:
    observation = _observed(
        make_whole_account, conversions=[[[1], [1], [4]]], value_minor=[[[6_000], [6_000], [24_000]]]
    )
    policy = _policy()

    rotation = _decide(policy, observation)
    sentence = policy.explain(observation, rotation)[0]

    assert "running blue" in sentence
    assert "blue returns" in sentence
    assert "per USD (80 %:" in sentence
    assert "this set of ads had a probability of" in sentence


def test_more_running_than_wanted_at_least_is_refused(make_whole_account: Any) -> None:
    with pytest.raises(SpecError, match="least_running must be at most most_running"):
        _policy(least_running=4, most_running=2)


def test_a_rested_ad_set_of_one_ad_just_runs_it(make_whole_account: Any) -> None:
    observation = _observed(make_whole_account)
    ads = observation.creatives
    assert ads is not None
    only = np.array([[False, True, False]])
    alone = replace(observation, creatives=replace(ads, exists=only, active=only))

    rotation = _decide(_policy(), alone)

    assert rotation.active.tolist() == only.tolist()
    assert rotation.propensity.tolist() == [1.0]
