"""Levels follow the second half of the action, are seen, and bind; unspent money counts at par."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.environments import BidAndBudgetEnv, BidAndBudgetVectorEnv
from simulator.mechanisms.bid_strategies import BID_CAP, COST_CAP
from simulator.scenarios import load_scenario

SHORT = load_scenario("small").having(history_days=7)


def wishes(worlds: int, level: float) -> np.ndarray:
    actions = np.zeros((worlds, 10), dtype=np.float32)
    actions[:, 5:] = level
    return actions


def test_a_scenario_without_bids_gets_bid_caps_and_one_with_bids_keeps_its_own() -> None:
    codes = {}
    for name, scenario in (("plain", SHORT), ("own", SHORT.having(bid_strategies={"strategy": "cost_cap"}))):
        env = BidAndBudgetEnv(scenario)
        env.reset(seed=1)
        codes[name] = set(env._episode.world.mechanism_state("bid_strategies").strategy.ravel().tolist())  # type: ignore[union-attr]

    assert codes == {"plain": {BID_CAP}, "own": {COST_CAP}}


def test_levels_move_by_the_cap_and_are_seen_the_next_morning() -> None:
    env = BidAndBudgetEnv(SHORT, daily_cap=0.1)
    first, _ = env.reset(seed=1)
    action = np.zeros(10, dtype=np.float32)
    action[5:8] = 1.0, -1.0, 3.0
    seen, _, _, _, info = env.step(action)
    levels = np.expm1(first[64:69].astype(np.float64))
    change = np.array([1.1, 1 / 1.1, 1.1, 1.0, 1.0])

    assert info["levels"] / 100 == pytest.approx(levels * change, rel=1e-4)
    assert np.expm1(seen[64:69]) == pytest.approx(levels * change, rel=1e-4)
    assert seen[69:].tolist() == [0.0] * 5 + [1.0] * 5 + [0.0] * 5


def test_budgets_move_as_in_budget_allocation() -> None:
    env = BidAndBudgetEnv(SHORT)
    env.reset(seed=1)
    before = env._episode.world.budgets_minor[0]  # type: ignore[union-attr]
    action = np.zeros(10, dtype=np.float32)
    action[0] = 1.0
    after = env.step(action)[4]["budgets_minor"]

    assert after[0] > 1.05 * before[0]
    assert after.sum() == before.sum()


def test_an_ad_set_without_a_promise_shows_no_level() -> None:
    env = BidAndBudgetEnv(SHORT.having(bid_strategies={"share": 0.0}))
    seen, _ = env.reset(seed=1)

    assert not seen[64:].any()


@pytest.mark.parametrize("reward", ["expected", "realised"])
def test_bids_that_buy_nothing_earn_one(reward: str) -> None:
    """Caps at a thousandth: next to nothing is spent, and what was given out is still there."""
    env = BidAndBudgetVectorEnv(20, SHORT, daily_cap=999.0, reward=reward)
    env.reset(seed=1)
    rewards = env.step(wishes(20, -1.0))[1]

    assert rewards == pytest.approx(np.ones(20), abs=0.05)


def test_expected_and_realised_rewards_agree_on_average() -> None:
    """400 worlds of a day: the standard error of the ratio is about 1.5 %."""
    means = []
    for reward in ("expected", "realised"):
        env = BidAndBudgetVectorEnv(400, SHORT, reward=reward)
        env.reset(seed=1)
        means.append(env.step(wishes(400, 0.0))[1].mean())

    assert means[1] / means[0] == pytest.approx(1.0, abs=0.05)
    assert means[1] != means[0]


def test_levels_decide_what_is_earned() -> None:
    earned = []
    for level in (-1.0, 1.0):
        env = BidAndBudgetVectorEnv(50, SHORT, daily_cap=1.0)
        env.reset(seed=1)
        earned.append(env.step(wishes(50, level))[1].mean())

    assert earned[1] > 1.1 * earned[0]


def test_a_large_move_of_a_level_begins_learning_anew_and_a_small_one_does_not() -> None:
    scenario = load_scenario("small").having(learning={"results": 1}, bid_strategies={})
    limited = {}
    for cap in (0.2, 0.5):
        env = BidAndBudgetEnv(scenario, daily_cap=cap)
        env.reset(seed=1)
        action = np.zeros(10, dtype=np.float32)
        action[5] = 1.0
        env.step(action)
        assert env._episode is not None
        limited[cap] = env._episode.world.mechanism_state("learning").days[0]

    assert limited[0.2].min() > 1
    assert limited[0.5][0] == 1
    assert limited[0.5][1:].min() > 1


def test_a_wish_that_is_no_number_is_refused() -> None:
    env = BidAndBudgetEnv(SHORT)
    env.reset(seed=1)

    with pytest.raises(ValueError, match="finite"):
        env.step(np.full(10, np.nan, dtype=np.float32))
