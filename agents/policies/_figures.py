"""Figures of the past that several policies judge by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, History


def recent(history: History, days: int) -> tuple[FloatArray, FloatArray]:
    """Spend and value of the last `days` days, each (..., A), in minor units."""
    spend = np.ascontiguousarray(history.spend_minor[..., -days:]).sum(axis=-1)
    value = np.ascontiguousarray(history.value_minor[..., -days:]).sum(axis=-1)
    return spend.astype(np.float64), value.astype(np.float64)


def roas(spend: FloatArray, value: FloatArray, otherwise: FloatArray | float) -> FloatArray:
    """Value per unit spent, same shape as `spend`; `otherwise` where nothing was spent."""
    ratio: FloatArray = np.where(spend > 0, value / np.maximum(spend, 1.0), otherwise)
    return ratio


def account_roas(spend: FloatArray, value: FloatArray) -> FloatArray:
    """Value per unit spent of the whole account, (..., 1); zero where nothing was spent."""
    return roas(spend.sum(axis=-1, keepdims=True), value.sum(axis=-1, keepdims=True), 0.0)
