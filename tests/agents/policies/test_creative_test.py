"""A test of ads: two run, losers leave, a winner ends it, and what was before the test does not count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.errors import SpecError
from agents.policies.creative_test import _inclusion, _of_set
from agents.randomness import decision_rng
from agents.registry import build
from agents.rotation import Turns
from agents.vocabulary import Creatives, Observation, PolicySpec, Rotation


def _policy(**params: Any) -> Any:
    return build(PolicySpec("creative_test", {"min_runtime_days": 0, **params}), "creative")


def _observed(make_whole_account: Any, orders: tuple[int, ...], *, days: int = 20, age: int = 20) -> Observation:
    """One ad set whose ads spent the same and brought so many orders a day."""
    shape = (1, len(orders), days)
    account = make_whole_account(1, days=days)
    daily = {"spend_minor": 10_000, "impressions": 9_000, "reach": 0, "clicks": 200}
    told = {name: np.full(shape, value) for name, value in daily.items()}
    told["conversions"] = np.zeros(shape, dtype=np.int64) + np.array(orders)[None, :, None]
    told["value_minor"] = told["conversions"] * 6_000
    names = (tuple(f"ad {c}" for c in range(len(orders))),)
    there = np.ones((1, len(orders)), dtype=np.bool_)
    account.extra = {"creatives": Creatives(names, names, there, there, np.full(there.shape, age), **told)}
    account.sets = {}
    account.metrics = {name: array.sum(axis=1) for name, array in told.items()}
    account.metrics["reach"] = account.metrics["impressions"]
    return account.observed()


def _decide(policy: Any, observation: Observation, seed: int = 1) -> Rotation:
    rotation: Rotation = policy.decide(observation, decision_rng((seed,)))
    return rotation


def test_two_run_while_nothing_is_decided(make_whole_account: Any) -> None:
    rotation = _decide(_policy(), _observed(make_whole_account, (5, 5, 5, 5)))

    assert rotation.active.sum() == 2
    assert (rotation.verdicts == 0).all()
    assert not rotation.refresh.any()


def test_a_winner_ends_the_test_runs_alone_and_asks_for_challengers(make_whole_account: Any) -> None:
    observation = _observed(make_whole_account, (5, 5, 20))
    policy = _policy()

    rotation = _decide(policy, observation)

    assert rotation.verdicts.tolist() == [[-1, -1, 1]]
    assert rotation.active.tolist() == [[False, False, True]]
    assert rotation.refresh.all()
    assert "the test is over, ad 2 won" in policy.explain(observation, rotation)[0]


def test_a_loser_leaves_the_test(make_whole_account: Any) -> None:
    observation = _observed(make_whole_account, (10, 10, 1))

    for seed in range(5):
        rotation = _decide(_policy(), observation, seed)

        assert rotation.verdicts.tolist() == [[0, 0, -1]]
        assert rotation.active.tolist() == [[True, True, False]]


def test_what_was_before_the_first_day_of_the_test_does_not_count(make_whole_account: Any) -> None:
    observation = _observed(make_whole_account, (5, 5, 20))

    assert (_decide(_policy(since="2026-03-01"), observation).verdicts == 0).all()
    assert (_decide(_policy(since="2026-02-12"), observation).verdicts != 0).all()
    assert (_decide(_policy(since="2026-01-01"), observation).verdicts != 0).all()


def test_a_test_longer_than_the_history_decides_nothing(make_whole_account: Any) -> None:
    observation = _observed(make_whole_account, (5, 5, 20), age=90)

    assert (_decide(_policy(), observation).verdicts == 0).all()
    assert (_decide(_policy(since="2026-01-01"), observation).verdicts == 0).all()
    assert (_decide(_policy(since="2026-02-12"), observation).verdicts != 0).all()


def test_a_single_ad_asks_for_another(make_whole_account: Any) -> None:
    observation = _observed(make_whole_account, (5,))
    policy = _policy()

    rotation = _decide(policy, observation)

    assert rotation.refresh.all()
    assert "nobody to be tested against" in policy.explain(observation, rotation)[0]


def test_an_archived_ad_takes_no_part(make_whole_account: Any) -> None:
    observation = _observed(make_whole_account, (5, 5, 20))
    ads = observation.creatives
    assert ads is not None
    without = replace(observation, creatives=replace(ads, archived=np.array([[False, False, True]])))

    rotation = _decide(_policy(), without)

    assert not rotation.active[0, 2]
    assert (rotation.verdicts == 0).all()


def test_leader_and_challenger_have_the_probabilities_of_drawing_one_after_the_other() -> None:
    chances, free = np.array([[0.6, 0.3, 0.1]]), np.ones((1, 3), dtype=np.bool_)
    turn = Turns(~free, free, np.array([2]))
    draws = np.random.default_rng(4)
    keys = np.log(chances) + draws.gumbel(size=(400_000, 3))
    top = np.argsort(-keys, axis=-1)[:, :2]
    pair = np.array([[True, True, False]])

    assert _inclusion(chances, turn)[0] == pytest.approx(np.bincount(top.ravel()) / 400_000, abs=3e-3)
    assert _of_set(chances, turn, pair)[0] == pytest.approx(np.isin(top, [0, 1]).all(axis=-1).mean(), abs=3e-3)


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", 20260301])
def test_a_day_that_is_none_is_refused_by_name(day: Any) -> None:
    with pytest.raises(SpecError, match="since must be a day such as 2026-03-01"):
        _policy(since=day)
