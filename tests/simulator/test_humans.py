from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.world import World


def test_people_type_round_numbers(make_world: Callable[..., World]) -> None:
    world = make_world(range(20), "medium")

    assert (world.budgets_minor % world.scenario.minimum_budget_minor == 0).all()
    assert (world.budgets_minor >= world.scenario.minimum_budget_minor).all()


def test_edits_are_small_and_seldom(make_world: Callable[..., World]) -> None:
    spend = make_world(range(30), "medium", delivery_spread=0.0).report(28)["spend_minor"] / 0.98
    change = np.abs(np.diff(np.log(spend + 1), axis=-1))
    edited = change > 0.004

    assert 0.15 < edited.mean() < 0.3
    assert np.quantile(change, 0.99) < 0.35


def test_without_edits_budgets_stand_still(make_world: Callable[..., World]) -> None:
    spend = make_world((1, 2), edit_share=0.0, delivery_spread=0.0).report(28)["spend_minor"]

    assert (np.ptp(spend, axis=-1) == 0).all()


def test_full_pull_without_error_is_nearly_the_best(make_world: Callable[..., World]) -> None:
    right = make_world(range(30), human_pull=1.0, human_error=0.0, edit_share=0.0)
    wrong = make_world(range(30), human_pull=0.0, human_error=0.0, edit_share=0.0)
    gain = right.expected_value_minor(right.budgets_minor).sum(axis=1) / wrong.expected_value_minor(
        wrong.budgets_minor
    ).sum(axis=1)

    assert gain.mean() > 1.1
    assert (np.ptp(wrong.budgets_minor, axis=1) == 0).all()
