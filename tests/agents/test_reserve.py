"""Money at risk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.policies.curve_thompson import CurveThompson
from agents.reserve import ledger, stake
from agents.response import Curves
from agents.vocabulary import Baseline, Observation


def steered(make_account: Any, days: int = 7) -> Observation:
    """Four ad sets steered away from people's equal budgets for `days` days."""
    account = make_account(4)
    since = account.observed().day - timedelta(days=days)
    account.extra["baseline"] = Baseline(np.full(4, 10_000), since)
    seen: Observation = account.observed()
    return seen


def curves_of(observation: Observation) -> Curves:
    return CurveThompson().curves(observation)


def test_only_days_since_steering_began_are_compared(make_account: Any) -> None:
    observation = steered(make_account, days=7)

    assert ledger(observation, curves_of(observation)).days == 7


def test_who_did_what_people_would_have_done_has_gained_nothing_for_certain(make_account: Any) -> None:
    account = make_account(4)
    people = account.metrics["spend_minor"][:, :1]
    account.metrics["spend_minor"][...] = people
    account.extra["baseline"] = Baseline(people[:, 0] * 3, account.observed().day - timedelta(days=5))
    observation = account.observed()
    curves = curves_of(observation)
    book = ledger(observation, curves)

    gained = book.done.plus(book.held, -1.0)

    assert gained.value_minor == pytest.approx(np.zeros(4), abs=1e-3)
    assert float(gained.lower(curves, 3.0)) == pytest.approx(0.0, abs=1e-3)


def test_without_knowing_what_people_had_set_it_begins_today(make_account: Any) -> None:
    observation = make_account(4).observed()
    book = ledger(observation, curves_of(observation))

    assert book.days == 0
    assert book.baseline_minor == pytest.approx(observation.ad_sets.budgets_minor)


def test_a_day_on_which_the_account_spent_nothing_counts_for_nobody(make_account: Any) -> None:
    account = make_account(3)
    account.extra["baseline"] = Baseline(np.full(3, 10_000), account.observed().day - timedelta(days=1))
    account.metrics["spend_minor"][:, -1] = 0
    observation = account.observed()
    book = ledger(observation, curves_of(observation))

    assert book.done.value_minor.tolist() == book.held.value_minor.tolist() == [0.0, 0.0, 0.0]


@settings(
    derandomize=True,
    deadline=None,
    max_examples=12,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # it hands out a function
)
@given(deviations=st.floats(0.0, 4.0), scale=st.floats(0.2, 5.0))
def test_the_lower_bound_scales_with_money_and_falls_with_confidence(
    make_account: Any, deviations: float, scale: float
) -> None:
    observation = make_account(5).observed()
    curves = curves_of(observation)
    one = stake(curves, observation.ad_sets.budgets_minor)
    scaled = one.plus(one, scale - 1.0)

    low = float(one.lower(curves, deviations))

    assert float(scaled.lower(curves, deviations)) == pytest.approx(scale * low, rel=1e-9, abs=1e-6)
    assert low <= float(one.value_minor.sum()) + 1e-9
    assert float(one.lower(curves, deviations + 0.5)) < low


def test_the_spread_is_that_of_draws_from_the_belief(make_account: Any) -> None:
    observation = make_account(6, days=90, seed=4).observed()
    curves = curves_of(observation)
    spend = observation.ad_sets.budgets_minor * 1.1
    rng, little = np.random.default_rng(2), 0.05

    drawn = [
        stake(curves.drawn(rng.standard_normal(6), rng.standard_normal(6), little), spend).value_minor.sum()
        for _ in range(1_500)
    ]
    at_stake = stake(curves, spend)

    claimed = float(at_stake.value_minor.sum() - at_stake.lower(curves, 1.0))
    assert float(np.std(drawn)) / little == pytest.approx(claimed, rel=0.08)
