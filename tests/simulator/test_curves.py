"""Curves that are stated: their values, their slopes, and where an S-curve is worth starting."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.curves import EXPONENTIAL, LOGARITHM, POWER, Curves

SCALE, SHOWN = 10_000.0, 800.0
FAMILIES = {
    "hill": (POWER, 0.9, 1.2**-0.9, 1.0),
    "power": (POWER, 0.6, 0.0, 1.0),
    "s": (POWER, 1.8, 1.2**-1.8, 1.0),
    "logarithm": (LOGARITHM, 1.0, 0.0, 2.5),
    "exponential": (EXPONENTIAL, 1.0, 0.0, 1.1),
}
FORMULAS = {
    "hill": lambda x: x**0.9 / (x**0.9 + 1.2**0.9),
    "power": lambda x: x**0.6,
    "s": lambda x: x**1.8 / (x**1.8 + 1.2**1.8),
    "logarithm": lambda x: np.log1p(2.5 * x),
    "exponential": lambda x: 1.0 - np.exp(-1.1 * x),
}


def curves(*names: str, gap: float = 0.1) -> Curves:
    """One world with an ad set of each family."""
    kind, power, limit, rate = (np.array([column]) for column in zip(*(FAMILIES[name] for name in names), strict=True))
    ones = np.ones(kind.shape)
    return Curves(SCALE * ones, SHOWN * ones, kind, power, limit, rate, gap * ones)


@pytest.mark.parametrize("name", FAMILIES)
def test_impressions_follow_the_formula_and_are_what_was_stated_at_the_scale(name: str) -> None:
    x = np.array([0.0, 0.01, 0.3, 1.0, 2.0, 20.0])
    spend = (x * SCALE)[:, None, None]
    f = FORMULAS[name]

    assert curves(name).impressions(spend)[:, 0, 0] == pytest.approx(SHOWN * f(x) / f(1.0), rel=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_slopes_are_those_of_the_curve(name: str) -> None:
    spend = (np.array([0.05, 0.5, 1.0, 4.0]) * SCALE)[:, None, None]
    rise = curves(name).impressions(spend * 1.0001) - curves(name).impressions(spend * 0.9999)

    assert curves(name).marginal_impressions(spend) == pytest.approx(rise / (spend * 0.0002), rel=1e-5)


def test_ad_sets_of_several_families_get_each_their_own() -> None:
    spend = np.array([[3_000.0, 4_000.0, 5_000.0, 6_000.0, 7_000.0]])
    together = curves(*FAMILIES)

    for i, name in enumerate(FAMILIES):
        alone = curves(name)
        assert together.impressions(spend)[0, i] == alone.impressions(spend[:, i : i + 1])[0, 0]
        assert together.marginal_impressions(spend)[0, i] == alone.marginal_impressions(spend[:, i : i + 1])[0, 0]
        some = together.take(np.array([i]))
        assert all(getattr(some, e.name)[0] == getattr(alone, e.name)[0, 0] for e in fields(Curves))


def test_only_curves_that_begin_slowly_are_not_concave() -> None:
    assert [curves(name).concave for name in FAMILIES] == [True, True, False, True, True]


def test_orders_per_click_move_with_spend_by_their_power_and_stand_at_the_scale() -> None:
    factor = curves("hill", "power", gap=-0.2).orders_per_click(np.array([[SCALE, 3.0 * SCALE]]))

    assert factor[0] == pytest.approx([1.0, 3.0**-0.2])


def test_no_money_brings_nothing_and_breaks_nothing() -> None:
    none = np.zeros((1, len(FAMILIES)))

    assert (curves(*FAMILIES).impressions(none) == 0.0).all()
    assert np.isfinite(curves(*FAMILIES).orders_per_click(none)).all()


@pytest.mark.slow
@given(low=st.floats(0.0, 1.5), power=st.floats(1.01, 3.0), half=st.floats(0.2, 5.0))
def test_from_where_it_is_worth_starting_the_mean_return_falls(low: float, power: float, half: float) -> None:
    one = np.ones((1, 1))
    curve = Curves(
        SCALE * one, SHOWN * one, np.array([[POWER]]), power * one, half**-power * one, one, np.zeros((1, 1))
    )
    begin = low * SCALE * one

    turn = curve.worth_starting_at(begin)

    def mean_return(spend: np.ndarray) -> np.ndarray:
        return (curve.impressions(spend) - curve.impressions(begin)) / (spend - begin)

    assert (turn >= begin).all()
    if turn > begin:
        best = mean_return(turn)
        for times in (0.2, 0.6, 0.9, 1.1, 1.5, 4.0):
            assert mean_return(begin + times * (turn - begin)) <= best * (1.0 + 1e-6)
    else:
        near, far = (curve.marginal_impressions(begin + step) for step in (0.01 * SCALE, 0.02 * SCALE))
        assert near >= far
