from __future__ import annotations

import pytest

from simulator.fleet import Fleet, Member, told_apart
from simulator.scenarios import load_scenario

SMALL = load_scenario("small")


def test_a_fleet_knows_its_scenarios_and_how_many_seeds_it_takes() -> None:
    fleet = Fleet("ours", "", (Member(SMALL, 0), Member(load_scenario("sparse"), 7), Member(SMALL, 3)))

    assert list(fleet.scenarios) == ["small", "sparse"]
    assert fleet.span == 8


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ((), "at least one account"),
        ((Member(SMALL, -1),), "must not be negative, got -1"),
        ((Member(SMALL, 2), Member(SMALL, 2)), "two of them have seed 2"),
        ((Member(SMALL, 0), Member(SMALL.having(price=1.0), 1)), "two different scenarios are called 'small'"),
    ],
)
def test_accounts_that_cannot_be_told_apart_are_refused(members: tuple[Member, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Fleet("ours", "", members)


def test_equal_scenarios_are_one() -> None:
    assert told_apart([SMALL, SMALL.having(), load_scenario("medium")]).keys() == {"small", "medium"}
