"""Errors are for people."""

from __future__ import annotations

import pytest

from agents.errors import AgentError, DiscoveryError, ObservationError, SpecError, did_you_mean


def test_a_near_miss_is_answered_with_the_nearest_name() -> None:
    assert did_you_mean("curve_tompson", ["curve_thompson", "hold"]) == "did you mean 'curve_thompson'?"


def test_something_else_altogether_is_answered_with_all_names_in_order() -> None:
    assert did_you_mean("zzz", ["hold", "equal_split"]) == "known: equal_split, hold"


@pytest.mark.parametrize("kind", [ObservationError, SpecError, DiscoveryError])
def test_everything_raised_on_purpose_has_one_base(kind: type[Exception]) -> None:
    assert issubclass(kind, AgentError)
