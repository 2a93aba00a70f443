"""How large an audience is said to be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.graph_api.audiences.sizes import bounds, population


@given(st.integers(1000, 10**9))
def test_the_bounds_hold_the_count_and_do_not_tell_it(people: int) -> None:
    lower, upper = bounds(people)

    assert 1000 <= lower <= people <= upper
    assert upper <= 1.3 * people
    assert lower % 10 ** (len(str(people)) - 2) == upper % 10 ** (len(str(people)) - 2) == 0


@given(st.integers(0, 999))
def test_small_audiences_all_look_alike(people: int) -> None:
    assert bounds(people) == (1000, 1000)


def test_a_country_that_nobody_counted_has_people_too() -> None:
    assert population(("DE", "XX")) > population(("DE",)) > 10**7
