"""What every policy that decides something other than budgets has to satisfy, asked of every one there is."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from agents.errors import SpecError
from agents.policies.hour_multipliers import KEYS as HOURS_OF_THE_WEEK
from agents.randomness import WorldStreams, decision_rng
from agents.registry import all_policies, build, lever_of
from agents.vocabulary import (
    BREAKDOWN_METRICS,
    HISTORY_METRICS,
    Bids,
    BidStrategy,
    Decides,
    Lever,
    Observation,
    PolicySpec,
    Rotation,
    Weights,
)

Odd = Callable[[Any], None]
EVERY = sorted((lever_of(policy), name) for name, policy in all_policies().items() if lever_of(policy) != Lever.BUDGET)
OLD_DAYS = 400


def _figures(account: Any) -> Iterator[tuple[str, Any]]:
    """Every array of daily figures by name: of the ad sets (..., A, D), their ads and breakdowns (..., A, K, D)."""
    yield from account.metrics.items()
    if "creatives" in account.extra:
        yield from ((name, getattr(account.extra["creatives"], name)) for name in HISTORY_METRICS)
    for cut in account.extra.get("breakdowns", {}).values():
        yield from ((name, getattr(cut, name)) for name in BREAKDOWN_METRICS)


def _ads(account: Any, **changes: Any) -> None:
    account.extra["creatives"] = replace(account.extra["creatives"], **changes)


def _paused(account: Any) -> None:
    account.active[..., 0] = False


def _all_paused(account: Any) -> None:
    account.active[...] = False


def _all_protected(account: Any) -> None:
    account.protected[...] = True


def _no_history(account: Any) -> None:
    for _, array in _figures(account):
        array[...] = 0


def _nobody_converts(account: Any) -> None:
    for name, array in _figures(account):
        if name in {"conversions", "value_minor"}:
            array[...] = 0


def _no_clicks(account: Any) -> None:
    for name, array in _figures(account):
        if name == "clicks":
            array[...] = 0


def _no_impressions(account: Any) -> None:
    for name, array in _figures(account):
        if name in {"impressions", "reach"}:
            array[...] = 0


def _conversions_without_spend(account: Any) -> None:
    for name, array in _figures(account):
        if name == "spend_minor":
            array[...] = 0


def _idle_days(account: Any) -> None:
    for _, array in _figures(account):
        array[..., 5:9] = 0


def _one_flood(account: Any) -> None:
    for name, array in _figures(account):
        if name in {"conversions", "value_minor"}:
            array.reshape(-1)[-1] = 10**7 if name == "conversions" else 10**15


def _all_equal(account: Any) -> None:
    account.budgets_minor[...] = 5_000
    for _, array in _figures(account):
        array[...] = 7


def _tiny(account: Any) -> None:
    account.minor_per_major, account.currency = 1, "JPY"
    account.budgets_minor[...] = 3
    for _, array in _figures(account):
        np.minimum(array, 1, out=array)


def _nothing_asked_for(account: Any) -> None:
    account.extra.clear()
    account.sets.clear()


def _no_ads(account: Any) -> None:
    nothing = np.zeros_like(account.extra["creatives"].exists)
    _ads(account, exists=nothing, active=nothing, archived=nothing)
    for name in HISTORY_METRICS:
        getattr(account.extra["creatives"], name)[...] = 0


def _one_ad(account: Any) -> None:
    only = account.extra["creatives"].exists & (np.arange(4) == 0)
    _ads(account, exists=only, active=only, archived=None)


def _all_ads_off(account: Any) -> None:
    _ads(account, active=np.zeros_like(account.extra["creatives"].exists))


def _all_ads_archived(account: Any) -> None:
    _ads(account, archived=account.extra["creatives"].exists.copy())


def _all_ads_new(account: Any) -> None:
    _ads(account, age_days=np.zeros_like(account.extra["creatives"].age_days))
    for name in HISTORY_METRICS:
        getattr(account.extra["creatives"], name)[...] = 0


def _all_ads_old(account: Any) -> None:
    _ads(account, age_days=np.full_like(account.extra["creatives"].age_days, OLD_DAYS))


def _no_features(account: Any) -> None:
    _ads(account, features=None, feature_names=(), archived=None)


def _no_campaigns(account: Any) -> None:
    account.sets.pop("campaign_ids")


ODD: dict[str, Odd] = {
    function.__name__.strip("_").replace("_", " "): function
    for function in (
        _paused,
        _all_paused,
        _all_protected,
        _no_history,
        _nobody_converts,
        _no_clicks,
        _no_impressions,
        _conversions_without_spend,
        _idle_days,
        _one_flood,
        _all_equal,
        _tiny,
        _nothing_asked_for,
        _no_ads,
        _one_ad,
        _all_ads_off,
        _all_ads_archived,
        _all_ads_new,
        _all_ads_old,
        _no_features,
        _no_campaigns,
    )
}


@pytest.fixture(name="policy", params=EVERY, ids=lambda entry: entry[1])
def _policy(request: pytest.FixtureRequest) -> Decides[Any]:
    lever, name = request.param
    policy: Decides[Any] = build(PolicySpec(name), lever)
    return policy


def decide(policy: Decides[Any], observation: Observation, seed: int = 1) -> Any:
    return policy.decide(observation, decision_rng((seed,)))


def examine(observation: Observation, answer: Any) -> None:
    """Everything is finite and what no policy may do was not done."""
    for array in _arrays(answer):
        assert np.isfinite(array).all()
    {Rotation: _examine_rotation, Bids: _examine_bids, Weights: _examine_weights}[type(answer)](observation, answer)


def _examine_rotation(observation: Observation, answer: Rotation) -> None:
    sets, ads = observation.ad_sets, observation.creatives
    assert answer.propensity.shape == answer.refresh.shape == sets.active.shape
    if ads is None:
        assert answer.active.shape == (*sets.active.shape, 0)
        return
    assert answer.active.shape == answer.propensities.shape == answer.verdicts.shape == ads.exists.shape
    assert not (answer.active & ~ads.available).any()
    assert (answer.active == (ads.active & ads.available))[~sets.adjustable].all()
    assert answer.active.any(axis=-1)[sets.adjustable & ads.available.any(axis=-1)].all()
    assert ((answer.propensities >= 0) & (answer.propensities <= 1 + 1e-9)).all()
    assert ((answer.propensity > 0) & (answer.propensity <= 1 + 1e-9)).all()
    assert (answer.propensities[answer.active] > 0).all()
    assert np.allclose(answer.propensities.sum(axis=-1), answer.active.sum(axis=-1), atol=1e-6)
    assert set(np.unique(answer.verdicts)) <= {-1, 0, 1}
    assert not (answer.verdicts[~ads.available] > 0).any()
    if answer.beliefs is not None:
        b = answer.beliefs
        assert b.mean.shape == b.low.shape == b.high.shape == b.p_best.shape == b.freshness.shape == ads.exists.shape
        assert ((b.low <= b.mean) & (b.mean <= b.high)).all()
        assert np.allclose(b.p_best.sum(axis=-1), ads.available.any(axis=-1), atol=1e-6)
        assert (b.p_best[~ads.available] == 0).all()
        assert ((b.freshness >= 0) & (b.freshness <= 1 + 1e-9)).all()


def _examine_bids(observation: Observation, answer: Bids) -> None:
    sets = observation.ad_sets
    assert answer.bids_minor.dtype == np.int64
    assert answer.bids_minor.shape == answer.targets_minor.shape == sets.active.shape
    assert (answer.bids_minor >= 0).all()
    if sets.bid_strategies is None or sets.bids_minor is None:
        assert (answer.bids_minor == 0).all()
        return
    assert (answer.bids_minor == 0)[sets.bid_strategies == BidStrategy.LOWEST_COST].all()
    assert (answer.bids_minor == sets.bids_minor)[~sets.adjustable].all()


def _examine_weights(observation: Observation, answer: Weights) -> None:
    shape = (*observation.ad_sets.active.shape, len(answer.keys))
    assert answer.weights.shape == answer.mean.shape == answer.low.shape == answer.high.shape == shape
    assert (answer.weights >= 0).all()
    assert ((answer.low <= answer.mean) & (answer.mean <= answer.high)).all()
    known = {key for cut in observation.breakdowns.values() for key in cut.keys}
    assert set(answer.keys) <= known | (set(HOURS_OF_THE_WEEK) if "hour" in observation.breakdowns else set())


@pytest.mark.parametrize("ad_sets", [0, 1, 2, 7])
def test_an_answer_keeps_the_rules_whatever_the_size_of_the_account(
    policy: Decides[Any], make_whole_account: Any, ad_sets: int
) -> None:
    observation = make_whole_account(ad_sets).observed()

    examine(observation, decide(policy, observation))


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("ad_sets", [1, 6])
def test_an_odd_account_is_no_trouble(policy: Decides[Any], make_whole_account: Any, odd: str, ad_sets: int) -> None:
    account = make_whole_account(ad_sets)
    ODD[odd](account)
    observation = account.observed()

    answer = decide(policy, observation)

    examine(observation, answer)
    words = policy.explain(observation, answer)
    assert len(words) == ad_sets
    assert all(sentence and "nan" not in sentence.split() and " inf" not in sentence for sentence in words)


@pytest.mark.parametrize("days", [1, 3, 60])
def test_a_history_of_any_length_will_do(policy: Decides[Any], make_whole_account: Any, days: int) -> None:
    observation = make_whole_account(days=days).observed()

    examine(observation, decide(policy, observation))


def test_the_same_seed_gives_the_same_answer(policy: Decides[Any], make_whole_account: Any) -> None:
    observation = make_whole_account().observed()

    assert _bits(decide(policy, observation)) == _bits(decide(policy, observation))


def test_a_decision_leaves_the_observation_as_it_was(policy: Decides[Any], make_whole_account: Any) -> None:
    account = make_whole_account()
    observation = account.observed()

    policy.explain(observation, decide(policy, observation))

    assert account.observed().digest == observation.digest
    assert all(not array.flags.writeable for array in _arrays(observation.creatives))


def test_a_policy_survives_pickling(policy: Decides[Any], make_whole_account: Any) -> None:
    observation = make_whole_account().observed()

    copy = pickle.loads(pickle.dumps(policy))  # noqa: S301 - our own bytes, as worker processes exchange them

    assert _bits(decide(copy, observation)) == _bits(decide(policy, observation))


@pytest.mark.parametrize(("lever", "name"), EVERY)
def test_a_spec_written_as_json_builds_the_same_policy(lever: str, name: str) -> None:
    policy = build(PolicySpec(name), lever)
    spec = PolicySpec(name, asdict(policy))

    back = json.loads(spec.to_json())

    assert build(PolicySpec(**back), lever) == policy


@pytest.mark.parametrize(("lever", "name"), EVERY)
def test_every_parameter_refuses_nonsense_by_name(lever: str, name: str) -> None:
    for parameter in asdict(build(PolicySpec(name), lever)):
        for nonsense in (-1, float("nan"), "much", True, 1e9):
            with pytest.raises(SpecError, match=parameter):
                build(PolicySpec(name, {parameter: nonsense}), lever)


@pytest.mark.parametrize(("lever", "name"), EVERY)
def test_a_policy_is_built_only_for_what_it_decides(lever: str, name: str) -> None:
    other = next(each for each in Lever if each != lever)

    with pytest.raises(SpecError, match=f"{name!r} decides {lever}, not {other}"):
        build(PolicySpec(name), other)


def test_every_ad_set_gets_one_sentence_and_those_that_stay_are_said_to(
    policy: Decides[Any], make_whole_account: Any
) -> None:
    account = make_whole_account(6)
    account.active[1], account.protected[2] = False, True
    observation = account.observed()

    words = policy.explain(observation, decide(policy, observation))

    assert len(words) == 6
    assert all(words)
    assert words[1].endswith("paused")
    assert words[2].endswith("protected")


def test_a_batch_is_not_explained(policy: Decides[Any], make_whole_account: Any) -> None:
    observation = make_whole_account(worlds=2).observed()
    answer = policy.decide(observation, WorldStreams([decision_rng((w,)) for w in range(2)]))

    with pytest.raises(ValueError, match="single account"):
        policy.explain(observation, answer)


@pytest.mark.slow
@pytest.mark.parametrize("odd", [None, *ODD])
@pytest.mark.parametrize("ad_sets", [1, 9])
def test_a_batch_decides_what_each_of_its_worlds_decides_alone(
    policy: Decides[Any], make_whole_account: Any, ad_sets: int, odd: str | None
) -> None:
    worlds = 5
    batch = make_whole_account(ad_sets, worlds=worlds)
    if odd:
        ODD[odd](batch)
    together = policy.decide(batch.observed(), WorldStreams([decision_rng((9, w)) for w in range(worlds)]))

    for w in range(worlds):
        alone = policy.decide(batch.row(w).observed(), decision_rng((9, w)))
        assert _bits(alone) == _bits(together, w)


def test_the_order_in_which_ad_sets_are_told_does_not_matter(policy: Decides[Any], make_whole_account: Any) -> None:
    account = make_whole_account(7)

    one, other = account.observed(), account.wholly_reordered([3, 0, 6, 2, 5, 1, 4]).observed()

    assert one.digest == other.digest
    assert _bits(decide(policy, one)) == _bits(decide(policy, other))


def _arrays(value: Any) -> Iterator[Any]:
    """Every array in a frozen value, in the order of its fields."""
    if isinstance(value, np.ndarray):
        yield value
    elif is_dataclass(value):
        for entry in fields(value):
            yield from _arrays(getattr(value, entry.name))


def _bits(answer: Any, world: int | None = None) -> tuple[bytes, ...]:
    """All arrays of an answer, or of one world of a batch, as bytes."""
    return tuple((array if world is None else array[world]).tobytes() for array in _arrays(answer))
