from __future__ import annotations

import numpy as np
import pytest

from simulator.concentration import Lives, concentration_figures, lives


def test_figures_of_an_account_with_one_winner() -> None:
    spend = np.array([6000.0, 400.0, 300.0, 200.0, 100.0])
    days, ended = np.array([100, 100, 100, 10, 10]), np.array([False, False, True, True, False])
    found = concentration_figures([Lives(spend, days, ended)])

    assert (found.winners, found.losers) == pytest.approx((0.2, 0.2))
    assert (found.winners_spend, found.mid_spend, found.losers_spend) == pytest.approx((6 / 7, 0.8 / 7, 0.2 / 7))
    assert found.top_20 == pytest.approx(6 / 7)
    assert found.top_6 == pytest.approx(6 / 7 * 0.3)
    assert found.little == pytest.approx(0.2)


def test_a_life_is_one_creative_not_one_place() -> None:
    generation = [np.array([[0, 0]]), np.array([[0, 1]]), np.array([[0, 1]])]
    on = [np.array([[True, True]]), np.array([[True, True]]), np.array([[False, True]])]
    found = lives(generation, on, [np.array([[1.0, 10.0]]), np.array([[2.0, 20.0]]), np.array([[0.0, 40.0]])])

    assert sorted(found.spend.tolist()) == [3.0, 10.0, 60.0]
    assert found.days[np.argsort(found.spend)].tolist() == [2, 1, 2]
    assert found.ended[np.argsort(found.spend)].tolist() == [True, True, False]


def test_a_winner_must_have_spent_something() -> None:
    account = Lives(np.array([400.0, 10.0, 10.0]), np.array([90, 90, 90]), np.array([False, False, False]))

    assert concentration_figures([account]).winners == 0.0


def test_figures_are_means_over_accounts() -> None:
    even = Lives(np.full(10, 100.0), np.full(10, 60), np.full(10, False))
    top_heavy = Lives(np.array([9100.0, *[100.0] * 9]), np.full(10, 60), np.full(10, False))

    assert concentration_figures([even, top_heavy]).top_20 == pytest.approx((0.2 + 0.92) / 2)
