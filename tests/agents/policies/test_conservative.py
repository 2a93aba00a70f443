"""A promise around another policy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from agents.errors import SpecError
from agents.policies.conservative import Conservative
from agents.policies.curve_thompson import CurveThompson
from agents.randomness import decision_rng
from agents.registry import build_policy
from agents.reserve import ledger
from agents.vocabulary import Baseline, Observation, PolicySpec

EQUAL = {"name": "equal_split", "params": {"max_change": 0.5}}
BEST = {"name": "curve_thompson", "params": {"temperature": 0}}


@pytest.fixture(name="account")
def _account(make_account: Any) -> Any:
    """Six unequal ad sets under people's budgets for four weeks, with the returns that such budgets deserve."""
    account = make_account(6, seed=2)
    spend = account.budgets_minor[:, None] * np.ones(28)
    account.metrics["spend_minor"] = spend.astype(np.int64)
    account.metrics["clicks"] = account.metrics["spend_minor"] // 100
    account.metrics["conversions"] = np.round(account.metrics["clicks"] / 30).astype(np.int64)
    account.metrics["value_minor"] = account.metrics["conversions"] * 6_000
    account.extra["baseline"] = Baseline(account.budgets_minor.copy(), account.observed().day)
    return account


def decided(observation: Observation, **params: Any) -> np.ndarray:
    return Conservative(**params).decide(observation, decision_rng((1,))).budgets_minor


def distance(budgets: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(budgets - other).sum())


def test_a_harmful_split_goes_through_only_as_far_as_the_reserve_allows(account: Any) -> None:
    observation = account.observed()
    people, asked = account.budgets_minor, build_policy(PolicySpec(**EQUAL)).decide(observation, decision_rng((1,)))

    moved = [distance(decided(observation, policy=EQUAL, alpha=alpha), people) for alpha in (0.0, 0.005, 0.02, 0.5)]

    assert moved[0] < moved[1] < moved[2] < moved[3] == distance(asked.budgets_minor, people)


def test_what_goes_through_keeps_the_promise_and_no_more_would(account: Any) -> None:
    observation = account.observed()
    policy = Conservative(policy=EQUAL, alpha=0.01)
    curves = CurveThompson().curves(observation)
    book = ledger(observation, curves)
    mixed = policy.decide(observation, decision_rng((1,))).budgets_minor

    reserve = policy._bound(book, curves, mixed.astype(float))
    further = policy._bound(book, curves, mixed + 0.02 * (mixed - account.budgets_minor))

    day = float(book.baseline_minor.sum())
    assert float(further) < 0 < float(reserve) + 1e-4 * day


def test_the_surer_it_must_be_the_less_goes_through(account: Any) -> None:
    observation = account.observed()

    moved = [
        distance(decided(observation, policy=EQUAL, alpha=0.02, confidence=c), account.budgets_minor)
        for c in (0.5, 0.8, 0.99)
    ]

    assert moved[0] > moved[1] > moved[2] > 0


def test_an_improvement_that_is_sure_goes_through_bit_for_bit(make_account: Any) -> None:
    account = make_account(3)
    account.budgets_minor[...] = 10_000
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["clicks"][...] = np.array([[100], [1_000], [5_000]])
    account.metrics["conversions"] = account.metrics["clicks"] // 10
    account.metrics["value_minor"] = account.metrics["conversions"] * 6_000
    observation = account.observed()

    inner = build_policy(PolicySpec(**BEST)).decide(observation, decision_rng((1,)))
    outer = Conservative(policy=BEST).decide(observation, decision_rng((1,)))

    assert np.array_equal(outer.budgets_minor, inner.budgets_minor)
    assert not np.array_equal(outer.budgets_minor, account.budgets_minor)


def test_a_reserve_that_is_used_up_leads_back_to_peoples_budgets(account: Any) -> None:
    people = account.budgets_minor.copy()
    account.extra["baseline"] = Baseline(people, account.observed().day - timedelta(days=28))
    equal = np.full(6, people.sum() // 6)
    account.budgets_minor[...] = equal
    account.metrics["spend_minor"][...] = equal[:, None]
    # People's split was right: what they gave most to saturates least, so the same money brings as much as it had.
    account.metrics["clicks"] = np.round(np.sqrt(people[:, None] * equal[:, None]) / 100 * np.ones(28)).astype(np.int64)
    account.metrics["conversions"] = account.metrics["clicks"] // 3
    account.metrics["value_minor"] = account.metrics["conversions"] * 600
    observation = account.observed()
    policy = Conservative(policy={"name": "equal_split", "params": {}}, alpha=0.01)

    allocation = policy.decide(observation, decision_rng((1,)))

    assert distance(allocation.budgets_minor, people) < distance(equal, people)
    assert "so it leads back to people's budgets" in policy.explain(observation, allocation)[0]


def test_the_sentence_says_what_was_gained_and_what_is_left(account: Any) -> None:
    observation = account.observed()
    policy = Conservative()

    words = policy.explain(observation, policy.decide(observation, decision_rng((1,))))

    assert "; by estimate 0.00 USD above holding in 0 days, " in words[0]
    assert words[0].endswith("USD of the reserve are left")


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ({"name": "no_such"}, "there is no policy 'no_such'"),
        ({"name": "rules", "params": {"window": 7}}, "no parameter 'window'"),
        ({"name": "rules", "priors": {}}, "policy must be"),
        ({"params": {}}, "policy must be"),
    ],
)
def test_an_inner_policy_that_cannot_be_built_is_refused_with_the_reason(inner: Any, reason: str) -> None:
    with pytest.raises(SpecError, match=reason):
        build_policy(PolicySpec("conservative", {"policy": inner}))


def test_a_promise_may_be_put_around_a_promise(account: Any) -> None:
    inner = {"name": "conservative", "params": {"policy": EQUAL, "alpha": 0.005}}
    observation = account.observed()

    both = decided(observation, policy=inner, alpha=0.5)

    assert np.array_equal(both, decided(observation, policy=EQUAL, alpha=0.005))


def test_where_the_policy_inside_says_stop_it_stops(account: Any) -> None:
    account.metrics["value_minor"] = account.metrics["value_minor"] // 20
    hopeless = {"name": "curve_thompson", "params": {"temperature": 0, "spend_at_most": True}}

    budgets = decided(account.observed(), policy=hopeless)

    assert int(budgets.sum()) == pytest.approx(0.8 * account.budgets_minor.sum(), abs=6)


def test_holding_could_not_have_spent_what_change_caps_forbid(account: Any) -> None:
    account.budget_minor = account.budgets_minor.sum() * 2
    observation, policy = account.observed(), Conservative()

    words = policy.explain(observation, policy.decide(observation, decision_rng((1,))))

    assert words[0].endswith("USD of the reserve are left")


def test_what_may_not_be_moved_counts_on_both_sides_of_the_promise(account: Any) -> None:
    account.protected[:5] = True
    observation, policy = account.observed(), Conservative(policy=BEST, alpha=0.0)

    assert np.array_equal(decided(observation, policy=BEST, alpha=0.0), account.budgets_minor)
    assert (
        "0.00 USD of the reserve are left"
        in policy.explain(observation, policy.decide(observation, decision_rng((1,))))[5]
    )
