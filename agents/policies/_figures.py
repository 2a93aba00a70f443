"""Figures of the past that several policies judge by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, History, IntArray


def recent(history: History, days: int) -> tuple[FloatArray, FloatArray]:
    """Spend and value of the last `days` days, each (..., A), in minor units."""
    return over_days(history.spend_minor, days), over_days(history.value_minor, days)


def over_days(array: IntArray, days: int) -> FloatArray:
    """Sums (..., A) of the last `days` days of (..., A, D)."""
    total: FloatArray = np.ascontiguousarray(array[..., -days:]).sum(axis=-1).astype(np.float64)
    return total


def roas(spend: FloatArray, value: FloatArray, otherwise: FloatArray | float) -> FloatArray:
    """Value per unit spent, same shape as `spend`; `otherwise` where nothing was spent."""
    ratio: FloatArray = np.where(spend > 0, value / np.maximum(spend, 1.0), otherwise)
    return ratio


def account_roas(spend: FloatArray, value: FloatArray) -> FloatArray:
    """Value per unit spent of the whole account, (..., 1); zero where nothing was spent."""
    return roas(spend.sum(axis=-1, keepdims=True), value.sum(axis=-1, keepdims=True), 0.0)


def shrunken_roas(history: History, window_days: int, prior_days: float) -> FloatArray:
    """Value per unit spent (..., A) in the window, `prior_days` of average spend at the account's return mixed in."""
    spend, value = recent(history, window_days)
    account = account_roas(spend, value)
    added = prior_days / window_days * spend.sum(axis=-1, keepdims=True) / max(spend.shape[-1], 1)
    return roas(spend + added, value + added * account, account)


def order_value(history: History, days: int, orders: float) -> FloatArray:
    """Value of an order (..., A) over the last `days` days, minor units, the account's counting as so many `orders`.

    Before the first order of an account, one is taken to pay back all that was spent so far.
    """
    value, count, spend = (over_days(a, days) for a in (history.value_minor, history.conversions, history.spend_minor))
    all_value, all_count, all_spend = (a.sum(axis=-1, keepdims=True) for a in (value, count, spend))
    typical = np.where(all_count > 0, all_value / np.maximum(all_count, 1.0), np.maximum(all_spend, 1.0))
    own: FloatArray = np.maximum((value + orders * typical) / (count + orders), 1e-6)
    return own


def daily_spend(history: History, days: int, otherwise: FloatArray) -> FloatArray:
    """Mean spend (..., A) of those of the last `days` days that saw any; `otherwise` where none did."""
    spent = over_days((history.spend_minor > 0).astype(np.int64), days)
    usual: FloatArray = np.where(spent > 0, over_days(history.spend_minor, days) / np.maximum(spent, 1.0), otherwise)
    return usual
