"""What a budget teaches, and whether trying it is paid for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from agents.exploration import earned_share, learning_bonus
from agents.filtering import Followed, State
from agents.population import Population
from agents.response import Curves, Response, fit_response
from agents.vocabulary import Baseline, Observation

ONE = np.ones(1)


def response(*, elasticity_var: float = 0.02, covariance: float = 0.0, clicks_a_day: float = 200.0) -> Response:
    """One ad set that is known at its usual spend of 100.00, its elasticity more or less."""
    state = State(np.log(clicks_a_day) * ONE, 0.6 * ONE, 0.01 * ONE, covariance * ONE, elasticity_var * ONE)
    clicks = Followed(state, 0.014 * ONE, 0 * ONE, 0 * ONE, 0 * ONE)
    curves = Curves(10_000 * ONE, replace(state, level=np.log(30_000) * ONE), 0.12)
    return Response(curves, clicks, clicks, 6_000 * ONE, 0.001 * ONE)


def bonus(at: float, **known: float) -> float:
    return float(learning_bonus(response(**known), at * ONE, 15.0)[0])


def test_a_spend_away_from_the_usual_teaches_on_either_side() -> None:
    assert bonus(14_000) > 0 > bonus(7_000)
    assert bonus(10_000) == pytest.approx(0)


def test_the_less_is_known_of_an_elasticity_the_more_there_is_to_learn() -> None:
    assert bonus(12_000, elasticity_var=0.02) > bonus(12_000, elasticity_var=0.005) > 0


def test_few_clicks_teach_little() -> None:
    assert bonus(12_000, clicks_a_day=200.0) > bonus(12_000, clicks_a_day=2.0) > 0


def test_the_bonus_is_the_slope_of_what_a_day_saves_over_the_marginal_return() -> None:
    known = response(covariance=-0.004, elasticity_var=0.004)
    horizon = 2.0

    def saved(x: float) -> float:
        """Days of value that a day of clicks at log spend x saves, at the elasticity and steepness of 110.00."""
        s = known.clicks.state
        spread = (s.level_var + 2 * x * s.covariance + x * x * s.elasticity_var)[0]
        mean = np.exp(s.level + 0.6 * x - 0.06 * x * x)[0]
        weight = mean / (1 + 0.014 * mean)
        return float((s.covariance + x * s.elasticity_var)[0] ** 2 * weight / (1 + weight * spread))

    x = np.log(1.1)
    e = 0.6 - 0.12 * x
    q = 1 / (1 - e + 0.12 / e)
    slope = (saved(x + 1e-5) - saved(x - 1e-5)) / 2e-5

    expected = np.log1p(0.5 * horizon * q / e**2 * slope)
    assert learning_bonus(known, 11_000 * ONE, horizon)[0] == pytest.approx(expected, rel=1e-5)


def steered(make_account: Any, better: bool) -> Observation:
    """Two ad sets, the second of which returns six times as much; lately money went there, or to the first."""
    account = make_account(2, days=90)
    for array in account.metrics.values():
        array[..., :30] = 0
    spend = account.metrics["spend_minor"]
    spend[:, 30:] = 10_000
    spend[:, 60:] = [[6_000], [14_000]] if better else [[14_000], [6_000]]
    account.metrics["clicks"][...] = np.rint(100 * (spend / 10_000) ** 0.55)
    account.metrics["conversions"][...] = np.rint(account.metrics["clicks"] * np.array([[0.02], [0.12]]))
    account.metrics["value_minor"][...] = account.metrics["conversions"] * 6_000
    observation: Observation = account.observed()
    return observation


def share(observation: Observation) -> float:
    curves = fit_response(observation.history, observation.ad_sets.budgets_minor, Population()).curves
    return float(earned_share(observation, curves)[0])


def test_who_has_earned_may_try_and_who_has_lost_may_not(make_account: Any) -> None:
    assert share(steered(make_account, better=True)) == 1
    assert share(steered(make_account, better=False)) == 0


def test_what_was_earned_is_the_same_whether_or_not_anybody_tells_what_people_had_set(make_account: Any) -> None:
    good = steered(make_account, better=True)
    told = replace(good, baseline=Baseline(np.array([10_000, 10_000]), good.day - timedelta(days=30)))

    assert share(told) == share(good)


def test_while_money_is_where_people_had_put_it_nothing_is_earned(make_account: Any) -> None:
    account = make_account(2, days=28)
    account.metrics["spend_minor"][...] = 10_000

    assert share(account.observed()) == pytest.approx(0, abs=1e-9)
