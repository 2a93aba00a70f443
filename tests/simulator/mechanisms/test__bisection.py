from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.mechanisms._bisection import largest_kept


@given(st.floats(0.0, 1e6), st.floats(1e-3, 1e6))
def test_it_finds_where_a_rule_ends_and_never_goes_past_it(end: float, most: float) -> None:
    found = largest_kept(lambda amounts: amounts <= end, np.array([most]))[0]

    assert found <= end
    assert found == pytest.approx(min(end, most), abs=2e-9 * most)


def test_amounts_that_make_each_other_harder_all_keep_the_rule_in_the_end() -> None:
    found = largest_kept(lambda amounts: amounts * (1.0 + amounts[::-1]) <= [1.0, 3.0], np.array([5.0, 5.0]))

    assert (found * (1.0 + found[::-1]) <= np.array([1.0, 3.0])).all()
    assert (found > 0).all()
