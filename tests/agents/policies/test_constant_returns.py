"""Returns that do not fall with spend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.policies._constant_returns import constant_returns


def test_with_many_orders_the_return_is_the_one_observed(make_account: Any) -> None:
    account = make_account(3)
    account.metrics["conversions"] = account.metrics["conversions"] * 1_000
    account.metrics["value_minor"] = account.metrics["conversions"] * 6_000
    spend, value = (account.metrics[name].sum(axis=-1) for name in ("spend_minor", "value_minor"))

    returns = constant_returns(account.observed().history, 28, 2.0)

    assert returns.quantile(0.5) == pytest.approx(value / spend, rel=1e-3)


def test_an_ad_set_without_orders_is_drawn_towards_the_account_by_its_prior(make_account: Any) -> None:
    account = make_account(4)
    for name in ("conversions", "value_minor"):
        account.metrics[name][0] = 0
    history = account.observed().history

    weak, strong = (constant_returns(history, 28, prior).quantile(0.5)[0] for prior in (0.5, 50.0))
    account_return = account.metrics["value_minor"].sum() / account.metrics["spend_minor"].sum()

    assert weak < strong < account_return


def test_a_quantile_is_exceeded_as_often_as_it_says(make_account: Any) -> None:
    returns = constant_returns(make_account(2).observed().history, 28, 2.0)
    draws = np.random.default_rng(1).gamma(returns.shape, returns.scale, size=(20_000, 2))

    assert (draws > returns.quantile(0.9)).mean(axis=0) == pytest.approx([0.1, 0.1], abs=0.01)
