"""History for the population model is settled and swung."""

import numpy as np
import pytest

from experiments.errors import FitRefused
from experiments.settled_history import simulated_panel
from simulator.scenarios import load_scenario


def test_conversions_of_the_panel_are_final() -> None:
    """The same days, seen a week later, show the same counts: nothing was still on its way."""
    early = simulated_panel(load_scenario("small"), [1, 2], days=20, swing=0.4)
    late = simulated_panel(load_scenario("small"), [1, 2], days=27, swing=0.4)

    assert early.conversions.shape == (2, 5, 20)
    np.testing.assert_array_equal(early.conversions, late.conversions[..., :20])


def test_conversions_are_counted_by_the_day_they_were_first_seen_on() -> None:
    panel = simulated_panel(load_scenario("small"), [1, 2], days=20, swing=0.4)

    assert panel.arrivals is not None
    assert panel.arrivals.sum() == panel.conversions.sum()
    assert 0.4 < panel.arrivals[0] / panel.arrivals.sum() < 0.65


def test_spend_swings_from_day_to_day() -> None:
    panel = simulated_panel(load_scenario("small"), [1], days=30, swing=0.4)

    assert np.log(panel.spend_minor).std(axis=-1).min() > 0.2


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(FitRefused, match="swing 0"):
        simulated_panel(load_scenario("small"), [1], days=30, swing=0)
