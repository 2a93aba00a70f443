"""Randomness comes in through the door, one stream for each account and day, or for each world."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from agents.randomness import WorldStreams, decision_rng, decision_seed


def test_a_decision_can_be_drawn_again_from_its_entropy() -> None:
    entropy = decision_seed(7, "act_1", date(2026, 3, 2))

    first, again = (decision_rng(entropy).standard_normal(5) for _ in range(2))

    assert (first == again).all()


def test_entropy_survives_being_stored_as_json_numbers() -> None:
    entropy = decision_seed(7, "act_1", date(2026, 3, 2))

    assert (decision_rng(list(entropy)).random(3) == decision_rng(entropy).random(3)).all()


@pytest.mark.parametrize(
    "other", [(8, "act_1", date(2026, 3, 2)), (7, "act_2", date(2026, 3, 2)), (7, "act_1", date(2026, 3, 3))]
)
def test_another_root_account_or_day_draws_something_else(other: tuple[int, str, date]) -> None:
    here = decision_rng(decision_seed(7, "act_1", date(2026, 3, 2))).random(4)

    assert (decision_rng(decision_seed(*other)).random(4) != here).all()


@pytest.mark.parametrize("method", ["standard_normal", "random"])
def test_a_batch_draws_what_each_world_would_draw_alone(method: str) -> None:
    streams = WorldStreams([np.random.default_rng(w) for w in range(3)])
    alone = [np.random.default_rng(w) for w in range(3)]

    for _ in range(2):
        together = getattr(streams, method)((3, 4))
        assert all((together[w] == getattr(alone[w], method)((4,))).all() for w in range(3))


def test_a_draw_for_another_number_of_worlds_is_refused() -> None:
    with pytest.raises(ValueError, match="asked for 2 worlds, there are 1 streams"):
        WorldStreams([np.random.default_rng(0)]).random((2, 5))
