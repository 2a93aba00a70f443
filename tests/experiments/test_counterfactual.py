from __future__ import annotations

import pytest

from agents.registry import build_policy
from agents.vocabulary import PolicySpec
from experiments.counterfactual import WorldKey, counterfactual, sister_worlds
from experiments.run import Guarded, run
from service.guardrails import DEFAULTS, build_guardrails
from simulator.identity import account_id
from simulator.scenarios import load_scenario

POLICIES = {"champion": PolicySpec("curve_thompson"), "hold": PolicySpec("hold")}
WORLDS = [WorldKey("small", 3), WorldKey("volatile", 3), WorldKey("small", 1)]


def test_every_account_is_told_alone_and_the_gain_is_the_mean_over_accounts() -> None:
    found = counterfactual(POLICIES, WORLDS, 5, guardrails=DEFAULTS)

    assert [w.world for w in found.worlds] == sorted(WORLDS)
    assert {(w.account_id, w.currency) for w in found.worlds} == {
        (account_id(1), "EUR"),
        (account_id(3), "EUR"),
        (account_id(3), "JPY"),
    }
    gains = [100 * (w.expected_value_minor["champion"] / w.expected_value_minor["hold"] - 1) for w in found.worlds]
    assert found.gains_percent["hold"].value == pytest.approx(sum(gains) / 3)


def test_a_world_is_the_same_whichever_others_are_told() -> None:
    together = counterfactual(POLICIES, WORLDS, 4, guardrails=DEFAULTS, root_seed=2)

    alone = counterfactual(POLICIES, WORLDS[:1], 4, guardrails=DEFAULTS, root_seed=2)

    assert alone.worlds[0] in together.worlds


def test_it_is_the_run_that_the_service_would_have_lived() -> None:
    found = counterfactual(POLICIES, WORLDS[:1], 4, guardrails=DEFAULTS, root_seed=2)

    steering = Guarded(build_policy(POLICIES["champion"]), build_guardrails(DEFAULTS))
    lived = run(steering, load_scenario("small"), [3], 4, root_seed=2)
    assert found.worlds[0].expected_value_minor["champion"] == lived.expected_value_minor.sum()
    assert found.worlds[0].spend_minor["champion"] == lived.spend_minor.sum()


def test_the_guardrails_it_is_given_are_the_ones_that_hold() -> None:
    frozen = counterfactual(POLICIES, WORLDS, 3, guardrails={"max_daily_change": {"max_ratio": 1e-9}})

    assert (frozen.gains_percent["hold"].value, frozen.gains_percent["hold"].low) == (0.0, 0.0)


def test_sisters_are_other_worlds_of_every_scenario() -> None:
    taken = [WorldKey("small", 500_001), WorldKey("medium", 1)]

    sisters = sister_worlds(taken, 3)

    assert len(sisters) == len(set(sisters)) == 6
    assert {key.scenario for key in sisters} == {"small", "medium"}
    assert not {key.seed for key in sisters} & {1, 500_001}


@pytest.mark.slow
def test_accounts_of_one_seed_count_as_one_in_the_interval() -> None:
    found = counterfactual(POLICIES, [*WORLDS, WorldKey("volatile", 1)], 4, guardrails=DEFAULTS)
    alone = counterfactual(POLICIES, [WorldKey("small", 1), WorldKey("volatile", 2)], 4, guardrails=DEFAULTS)
    same = counterfactual(POLICIES, WORLDS[:2], 4, guardrails=DEFAULTS)

    assert found.gains_percent["hold"].method == "t over 2 seeds"
    assert alone.gains_percent["hold"].method == "t over 2 worlds"
    assert (same.gains_percent["hold"].low, same.gains_percent["hold"].method) == (None, "one seed, no interval")
