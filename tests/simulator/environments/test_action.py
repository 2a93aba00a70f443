from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.environments import action
from simulator.environments.action import budgets_after

if TYPE_CHECKING:
    from numpy.typing import NDArray


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    budgets=st.lists(st.integers(0, 10**7), min_size=1, max_size=8),
    wishes=st.lists(st.floats(-3, 3), min_size=8, max_size=8),
    cap=st.sampled_from([0.05, 0.2, 1.0]),
)
def test_totals_are_kept_to_the_unit_and_the_cap_holds(budgets: list[int], wishes: list[float], cap: float) -> None:
    before = np.array([budgets], dtype=np.int64)
    after = budgets_after(before, np.array([wishes[: len(budgets)]]), cap)

    assert after.sum() == before.sum()
    assert (after <= np.floor(before * (1 + cap))).all()
    assert (after >= np.ceil(before / (1 + cap))).all()


@settings(derandomize=True, max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), ad_sets=st.integers(1, 30), cap=st.sampled_from([0.01, 0.2, 3.0]))
def test_the_factor_is_common_to_all_who_are_not_at_a_bound(seed: int, ad_sets: int, cap: float) -> None:
    """Up to whole units, budgets that are inside their bounds are all the same multiple of what was asked for."""
    rng = np.random.default_rng(seed)
    before = rng.integers(10**5, 10**8, (3, ad_sets))
    wishes = rng.uniform(-1, 1, (3, ad_sets))
    after = budgets_after(before, wishes, cap)
    asked = before * (1 + cap) ** wishes
    inside = (after < np.floor(before * (1 + cap))) & (after > np.ceil(before / (1 + cap)))

    assert np.array_equal(after.sum(axis=-1), before.sum(axis=-1))
    for world in range(3):
        factors = (after / asked)[world][inside[world]]
        if factors.size:
            assert np.ptp(factors) < 1e-4


@pytest.mark.slow
@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    ad_sets=st.integers(1, 40),
    cap=st.sampled_from([0.01, 0.2, 3.0]),
    most=st.sampled_from([3, 10**3, 10**8]),
    steps=st.sampled_from([0, 1, 2, 10]),
)
def test_sorting_all_bends_gives_the_same_budgets(seed: int, ad_sets: int, cap: float, most: int, steps: int) -> None:
    """Wherever the steps towards the factor end; a unit may fall elsewhere where two fractions are equal."""
    rng = np.random.default_rng(seed)
    before = rng.integers(0, most, (40, ad_sets))
    wishes = np.where(rng.random((40, 1)) < 0.3, rng.integers(-1, 2, (40, ad_sets)), rng.uniform(-1, 1, (40, ad_sets)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(action, "_STEPS", steps)
        after = budgets_after(before, wishes, cap)

    apart = np.abs(after - by_sorting(before, wishes, cap))
    assert apart.max() <= 1
    assert (apart > 0).mean() < 0.01


def by_sorting(budgets: NDArray[np.int64], wishes: NDArray[np.float64], cap: float) -> NDArray[np.int64]:
    """World by world: the first bend of the sum at which the total is reached, the piece before it, whole units."""
    found = [_one_by_sorting(*pair, cap) for pair in zip(budgets, wishes, strict=True)]
    return np.array(found, dtype=np.int64)


def _one_by_sorting(before: NDArray[np.int64], wishes: NDArray[np.float64], cap: float) -> NDArray[np.int64]:
    lo, hi = np.ceil(before / (1 + cap)), np.floor(before * (1 + cap))
    asked, total = before * (1 + cap) ** wishes, before.sum()
    some = asked > 0
    bends = np.sort(np.concatenate([lo[some] / asked[some], hi[some] / asked[some], [1.0]]))
    sums = np.array([np.clip(bend * asked, lo, hi).sum() for bend in bends])
    factor = float(np.interp(total, sums, bends))
    wanted = np.clip(asked * factor * (1 - 1e-12), lo, hi)
    given = np.floor(wanted)
    order = np.argsort(-np.where(given < hi, wanted - given, -1.0), kind="stable")
    given[order[: int(total - given.sum())]] += 1
    return given.astype(np.int64)


@pytest.mark.parametrize("ad_sets", [1, 2, 7, 8, 9, 33, 200])
def test_a_world_gets_the_same_alone(ad_sets: int) -> None:
    rng = np.random.default_rng(2)
    before, wishes = rng.integers(0, 10**6, (50, ad_sets)), rng.uniform(-1, 1, (50, ad_sets))
    together = budgets_after(before, wishes, 0.2)

    for world in range(50):
        assert np.array_equal(budgets_after(before[[world]], wishes[[world]], 0.2)[0], together[world])


def test_equal_fractions_are_served_in_order() -> None:
    before = np.array([[10, 10, 10, 10, 7], [9, 9, 9, 9, 9]])
    after = budgets_after(before, np.array([[0.5, 0.5, 0.5, 0.5, -1.0], [0.0] * 5]), 0.2)

    assert after.tolist() == [[11, 10, 10, 10, 6], [9] * 5]


def test_who_asks_for_nothing_changes_nothing() -> None:
    before = np.array([[100, 250, 4000]])

    assert np.array_equal(budgets_after(before, np.zeros((1, 3)), 0.2), before)
    assert np.array_equal(budgets_after(before, np.ones((1, 3)), 0.2), before)


def test_money_goes_from_who_asks_for_less_to_who_asks_for_more() -> None:
    before = np.array([[10_000, 10_000, 10_000]])
    after = budgets_after(before, np.array([[1.0, -1.0, 0.0]]), 0.2)

    assert after[0, 0] > 11_500
    assert after[0, 1] < 8_500


def test_a_wish_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        budgets_after(np.array([[1, 2]]), np.array([[np.nan, 0.0]]), 0.2)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), ad_sets=st.integers(1, 8), values=st.sampled_from([2, 5, 10**6]))
def test_few_fractions_are_ranked_as_many_are(seed: int, ad_sets: int, values: int) -> None:
    """Few different values: so that equal ones, of which the first come first, are there too."""
    rng = np.random.default_rng(seed)
    fractions, many = rng.integers(0, values, (40, ad_sets)) / values, rng.integers(0, ad_sets + 1, 40)

    chosen = action._largest_of_few(fractions, many)
    assert np.array_equal(chosen, action._largest(fractions, many))
    assert np.array_equal(chosen.sum(axis=1), many)
