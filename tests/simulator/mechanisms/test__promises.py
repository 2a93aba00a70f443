from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.mechanisms import _promises

Slack = Callable[[np.ndarray], np.ndarray]


def largest_kept(slack: Slack, most: np.ndarray) -> np.ndarray:
    return _promises.largest_kept(lambda some: lambda amounts: slack(amounts)[some], most)


@given(st.floats(1e-2, 1e4), st.floats(1e4, 1e7), st.floats(0.4, 0.9))
def test_it_finds_how_much_a_promise_allows_and_never_goes_past_it(depth: float, most: float, exponent: float) -> None:
    """Average cost of a market of power-law supply, to half of the whole amount's."""

    def cost(spend: np.ndarray) -> np.ndarray:
        return spend / ((1.0 + spend / depth) ** exponent - 1.0)

    goal = 0.5 * (cost(np.array(most)) + cost(np.array(most * 1e-3)))
    found = largest_kept(lambda spend: np.log(goal / cost(np.maximum(spend, 1e-9))), np.array([most]))

    assert (cost(found) <= goal * (1.0 + 1e-12)).all()
    assert (cost(found) >= goal * (1.0 - 2e-6)).all()


@given(st.floats(0.02, 1e3), st.floats(0.1, 10.0))
def test_a_power_law_is_solved_within_the_slack(end: float, power: float) -> None:
    found = largest_kept(lambda amounts: power * np.log(end / np.maximum(amounts, 1e-12)), np.array([100.0]))

    assert found[0] <= min(end, 100.0)
    assert found[0] == pytest.approx(min(end, 100.0), rel=2e-6 / power)


def test_kinks_do_not_break_a_promise() -> None:
    ends = np.geomspace(0.02, 90.0, 200)

    def slack(amounts: np.ndarray) -> np.ndarray:
        ratio = np.log(ends / np.maximum(amounts, 1e-12))
        return np.where(ratio > 0, 0.01 * ratio, 50.0 * ratio)

    found = largest_kept(slack, np.full(200, 100.0))

    assert (found <= ends * (1.0 + 1e-12)).all()
    assert (found >= 0.9 * ends).all()


def test_what_is_kept_as_a_whole_stays_whole_and_what_cannot_be_kept_is_nothing() -> None:
    found = largest_kept(lambda amounts: np.array([1.0, -1.0, 0.0]), np.array([5.0, 5.0, 0.0]))

    assert found.tolist() == [5.0, 0.0, 0.0]


def test_amounts_that_make_each_other_harder_all_keep_the_promise_in_the_end() -> None:
    def slack(amounts: np.ndarray) -> np.ndarray:
        return np.log(np.array([1.0, 3.0]) / (np.maximum(amounts, 1e-9) * (1.0 + amounts[::-1])))

    found = largest_kept(slack, np.array([5.0, 5.0]))

    assert (slack(found) >= 0.0).all()
    assert (slack(found) <= 1e-6).all()
