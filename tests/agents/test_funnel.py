"""What is believed of ad sets whose platform does not report every count, or reports nothing yet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.explanation import account_of
from agents.explanation.moments import value
from agents.population import Population
from agents.randomness import decision_rng
from agents.registry import build_policy
from agents.response import Response, fit_response
from agents.vocabulary import PolicySpec
from tests.agents.conftest import Account, make_account

MISSING = [("clicks",), ("impressions",), ("impressions", "clicks")]
FIRST_HALF, LAST_HALF, ALL_DAYS = slice(None, 14), slice(14, None), slice(None)


def fitted(account: Account) -> Response:
    observation = account.observed()
    return fit_response(observation.history, observation.ad_sets.budgets_minor, Population())


def marginal(account: Account) -> tuple[np.ndarray, np.ndarray]:
    """Believed log return of the next unit of money, and its sd."""
    now = account.budgets_minor.astype(np.float64)
    curves = fitted(account).curves
    return curves.log_marginal(now), curves.log_marginal_sd(now)


def steady(orders: tuple[int, ...] = (3, 3, 6)) -> Account:
    """Every day the same: 100.00 spent, 100 clicks, so many orders of 60.00."""
    account = make_account(len(orders))
    account.budgets_minor[...] = 10_000
    for name, figure in (("spend_minor", 10_000), ("impressions", 6_000), ("reach", 4_000), ("clicks", 100)):
        account.metrics[name][...] = figure
    account.metrics["conversions"][...] = np.array(orders)[:, None]
    account.metrics["value_minor"][...] = account.metrics["conversions"] * 6_000
    return account


def silenced(account: Account, names: tuple[str, ...], ad_sets: Any, days: slice = ALL_DAYS) -> Account:
    for name in names:
        account.metrics[name][ad_sets, days] = 0
    return account


@pytest.mark.parametrize("days", [ALL_DAYS, FIRST_HALF, LAST_HALF])
@pytest.mark.parametrize("missing", MISSING)
def test_an_ad_set_with_a_count_unreported_keeps_its_rank_and_its_interval(
    missing: tuple[str, ...], days: slice
) -> None:
    whole, whole_sd = marginal(steady())

    found, sd = marginal(silenced(steady(), missing, 2, days))

    assert found[2] == pytest.approx(whole[2], abs=0.15)
    assert found[2] > found[:2].max() + 0.3
    assert sd[2] == pytest.approx(whole_sd[2], rel=0.3)


@pytest.mark.parametrize("days", [ALL_DAYS, FIRST_HALF, LAST_HALF])
@pytest.mark.parametrize("missing", MISSING)
def test_what_one_ad_set_does_not_report_says_nothing_of_its_siblings(missing: tuple[str, ...], days: slice) -> None:
    whole, whole_sd = marginal(steady())

    found, sd = marginal(silenced(steady(), missing, 2, days))

    assert found[:2] == pytest.approx(whole[:2], abs=0.08)
    assert sd[:2] == pytest.approx(whole_sd[:2], rel=0.15)


@pytest.mark.parametrize("missing", MISSING)
def test_a_new_ad_set_is_not_spoilt_by_one_with_a_count_unreported(missing: tuple[str, ...]) -> None:
    new = silenced(make_account(4), tuple(make_account(1).metrics), 3)
    whole, whole_sd = marginal(new)

    found, sd = marginal(silenced(new, missing, 0))

    assert found[3] == pytest.approx(whole[3], abs=0.4)
    assert sd[3] == pytest.approx(whole_sd[3], rel=0.3)


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("every", [1, 3])
def test_an_account_without_a_count_is_believed_to_return_what_it_does(missing: tuple[str, ...], every: int) -> None:
    def account() -> Account:
        some = steady()
        for name in ("conversions", "value_minor"):
            some.metrics[name][:, np.arange(28) % every > 0] = 0
        return some

    whole = fitted(account()).curves.state.level

    found = fitted(silenced(account(), missing, ALL_DAYS)).curves.state.level

    assert found == pytest.approx(whole, abs=0.15)


def test_a_few_days_of_orders_without_clicks_change_little() -> None:
    account = make_account(4, seed=3)
    whole, _ = marginal(account)

    found, _ = marginal(silenced(account, ("clicks",), 0, slice(5, 8)))

    assert found == pytest.approx(whole, abs=0.1)


def test_an_ad_set_that_gets_no_clicks_and_no_orders_is_a_bad_one() -> None:
    whole, _ = marginal(steady())

    found, _ = marginal(silenced(steady(), ("clicks", "conversions", "value_minor"), 2))

    assert found[2] < whole[2] - 3.0


def test_who_reports_what_in_an_account_keeps_no_other_account_from_its_bits() -> None:
    batch = make_account(5, worlds=6)
    batch.metrics["clicks"][1, 0] = batch.metrics["impressions"][2, 3] = 0
    batch.metrics["clicks"][3, 1, :14] = batch.metrics["impressions"][3, 4, 14:] = 0
    batch.metrics["impressions"][4] = batch.metrics["clicks"][4, 2] = 0
    for array in batch.metrics.values():
        array[5] = 0
    together = fitted(batch).curves.state

    for world in range(6):
        alone = fitted(batch.row(world)).curves.state
        for name in ("level", "elasticity", "level_var", "covariance", "elasticity_var"):
            assert np.array_equal(getattr(alone, name), getattr(together, name)[world])


def test_without_history_the_accounts_money_is_believed_to_return_itself() -> None:
    account = silenced(make_account(4), tuple(make_account(1).metrics), ALL_DAYS)
    state = fitted(account).curves.state

    assert np.exp(state.level) == pytest.approx(account.budgets_minor)
    assert (np.sqrt(state.level_var) > 0.5).all()


def test_without_history_figures_are_modest_and_money_that_would_not_return_is_held_back() -> None:
    observation = silenced(make_account(4), tuple(make_account(1).metrics), ALL_DAYS).observed()
    total = int(observation.budget_minor)
    policy = build_policy(PolicySpec("curve_thompson", {}))
    allocation = policy.decide(observation, decision_rng((1,)))
    sentences = policy.explain(observation, allocation)

    explained = account_of(policy, observation, allocation, decision_rng((1,)), sentences=sentences)

    for entry in explained.ad_sets:
        assert 0.1 < entry.marginal_roas.expected < 1
        assert entry.marginal_cpa_minor is None
        assert 0 < entry.value_now_minor.low < entry.value_now_minor.expected < entry.value_now_minor.high < 3 * total
    assert abs(explained.summary.gain_minor.expected) < 0.1 * total
    sparing = build_policy(PolicySpec("curve_thompson", {"spend_at_most": True}))
    assert sparing.decide(observation, decision_rng((1,))).budgets_minor.sum() < total


@pytest.mark.parametrize("silent", [("impressions", "clicks"), ()])
def test_before_the_first_order_about_one_is_taken_to_pay_back_all_that_was_spent(silent: tuple[str, ...]) -> None:
    account = silenced(make_account(4), ("conversions", "value_minor", *silent), ALL_DAYS)

    returned = np.exp(fitted(account).curves.state.level) / account.metrics["spend_minor"].mean(axis=-1)

    assert (returned > 0.2).all()
    assert (returned < 2.0).all()


def odd(seed: int) -> Account:
    """Ad sets and days without figures, in any count and for any reason."""
    rng = np.random.default_rng(seed)
    ad_sets, days = int(rng.integers(1, 7)), int(rng.integers(1, 60))
    account = make_account(ad_sets, days=days, seed=seed)
    for array in account.metrics.values():
        for row in array:
            kind, cut = rng.random(), int(rng.integers(0, days + 1))
            if kind < 0.12:
                row[...] = 0
            elif kind < 0.2:
                row[:cut] = 0
            elif kind < 0.28:
                row[cut:] = 0
            elif kind < 0.33:
                row[rng.random(days) < 0.5] = 0
        if rng.random() < 0.04:
            array[...] = 0
    return account


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_whatever_is_not_reported_beliefs_stay_finite_and_near_what_the_account_returns(first: int) -> None:
    for seed in range(first, first + 20):
        account = odd(seed)
        spent, won = (int(account.metrics[name].sum()) for name in ("spend_minor", "value_minor"))
        average = max(won / spent, 0.01) if spent and won else 1.0

        response = fitted(account)
        low, mean, high = value(response.curves, account.budgets_minor)

        for figures in (low, mean, high, response.clicks.state.level, response.conversions.state.level):
            assert np.isfinite(figures).all()
        assert (low < mean).all()
        assert (mean < high).all()
        assert (high < 1_000 * average * account.budgets_minor).all()
