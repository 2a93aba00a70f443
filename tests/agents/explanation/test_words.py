"""What figures are called."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from agents.explanation import Cause, Direction, Estimate, Explanation, Flip
from agents.explanation.words import details, flip_words, hold_words, money, percent, spendable_words

FLIP = Flip(Direction.CUT, 1.42, 1.8, 1.8, 0.121)
TOLD = Explanation("a", Direction.RAISE, Cause.RETURNS_MORE, "because")
KNOWN = replace(
    TOLD,
    marginal_roas=Estimate(1, 2, 3),
    value_now_minor=Estimate(100, 200, 300),
    gain_minor=Estimate(1_000, 2_000, 3_000),
    spendable_minor=12_345,
    flip=FLIP,
)


@dataclass(frozen=True)
class Money:
    currency: str = "EUR"
    minor_per_major: int = 100


def test_a_flip_says_from_where_to_where_and_how_likely() -> None:
    assert flip_words(FLIP) == (
        "if its next unit were believed to return under 1.42 (now 1.80) it would be cut; the chance that it does is "
        "12 %"
    )


@pytest.mark.parametrize(
    ("turns", "words"), [(Direction.RAISE, "raised"), (Direction.CUT, "cut"), (Direction.HOLD, "left as it is")]
)
def test_a_flip_says_what_it_would_become(turns: Direction, words: str) -> None:
    assert f"it would be {words};" in flip_words(replace(FLIP, turns=turns, marginal_roas=1.9))
    assert "over 1.90" in flip_words(replace(FLIP, turns=turns, marginal_roas=1.9))


def test_what_it_was_taken_for_is_told_where_it_differs_from_the_belief() -> None:
    assert "(now 1.80, taken for 2.10 this morning, to learn)" in flip_words(replace(FLIP, taken_for=2.1))


def test_what_a_policy_takes_it_for_on_purpose_is_not_called_learning() -> None:
    flip = Flip(Direction.CUT, marginal_roas=1.1, believed=1.4, taken_for=1.2, probability=0.1)

    assert "(now 1.40, taken for 1.20 this morning)" in flip_words(flip, to_learn=False)
    assert "(now 1.40, taken for 1.20 this morning, to learn)" in flip_words(flip)


def test_holding_costs_where_the_move_gains_and_saves_where_it_loses() -> None:
    gains, loses = KNOWN, replace(KNOWN, gain_minor=Estimate(-3_000, -2_000, -1_000))

    assert hold_words(gains, Money()) == "holding it would return 20.00 EUR (80 %: 10.00 to 30.00) a day less here"
    assert hold_words(loses, Money()) == "holding it would return 20.00 EUR (80 %: 10.00 to 30.00) a day more here"
    assert hold_words(replace(KNOWN, gain_minor=Estimate(0, 0, 0)), Money()) == ""


def test_how_much_can_be_spent_is_told_where_it_is_known() -> None:
    assert spendable_words(KNOWN, Money()) == "worth up to 123.45 EUR a day"
    assert "up to all that it may spend" in spendable_words(replace(KNOWN, spendable_minor=None), Money())
    assert spendable_words(replace(KNOWN, spendable_minor=0), Money()) == "no unit of money returns the target here"
    assert spendable_words(replace(KNOWN, reason=Cause.PAUSED), Money()) == ""
    assert spendable_words(TOLD, Money()) == ""


def test_only_what_is_known_is_told() -> None:
    assert details(TOLD, Money()) == ()
    assert len(details(KNOWN, Money())) == 3


@pytest.mark.parametrize(("minor", "per", "words"), [(-4, 1000, "-0.004"), (-0.2, 100, "0.00"), (1200, 1, "1200")])
def test_amounts_have_the_decimals_of_their_currency_and_zero_has_no_sign(minor: float, per: int, words: str) -> None:
    assert money(minor, Money(minor_per_major=per)) == words


def test_nothing_is_told_as_certain() -> None:
    assert [percent(p) for p in (0.0, 0.004, 0.5, 0.996, 1.0)] == ["under 1 %"] * 2 + ["50 %"] + ["over 99 %"] * 2
