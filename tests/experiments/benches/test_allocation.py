"""The bench of single decisions: what it measures, and that random decisions stay sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agents.allocation import leeway
from experiments.benches import _allocation, _solvers


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_allocation, "LARGE", 60)
    monkeypatch.setattr(_allocation, "LARGEST", 90)
    monkeypatch.setattr(_allocation, "SMALL", 12)
    monkeypatch.setattr(_allocation, "REPEATS", 2)


def test_a_decision_is_timed_and_its_gap_certified() -> None:
    figures = {figure.name: figure for figure in _allocation.times(1)}

    assert figures["decision_ms_60_ad_sets"].value > 0
    assert figures["decision_ms_90_ad_sets"].goal == 15.0
    assert 0 <= figures["certified_gap_60_ad_sets"].value < 2e-6


@pytest.mark.slow
def test_ten_thousand_random_decisions_break_nothing() -> None:
    broken, unsound = _allocation.unbroken(11, 10_000)

    assert (broken.value, unsound.value) == (0, 0)
    assert "of 10000 random decisions" in broken.how


def test_a_broken_decision_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = _allocation.verify

    def unsound(*given: Any) -> Any:
        return {name: bad | (name == "money") for name, bad in sound(*given).items()}

    monkeypatch.setattr(_allocation, "verify", unsound)

    assert _allocation.unbroken(1, 50)[0].value == 50


def test_a_solver_that_is_installed_is_compared_on_the_same_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_solvers, "SOLVERS", {"slsqp": _solvers.slsqp, "clarabel": _absent, "pymc_marketing": _absent})

    figures = {figure.name: figure for figure in _allocation.against_solvers(1)}

    assert set(figures) == {"times_faster_than_slsqp_12", "behind_slsqp_12"}
    assert figures["times_faster_than_slsqp_12"].value > 1
    assert figures["behind_slsqp_12"].value < 1e-6


def test_what_a_rival_finds_is_made_feasible_before_it_is_valued() -> None:
    observation, returns, limits = _allocation.problem(3, 8, curvature=0.0)
    now = observation.ad_sets.budgets_minor
    room = leeway(observation, limits.max_change)
    rival = _solvers.slsqp(returns, room, now)

    _, found = _solvers.Rival("greedy", rival.task, lambda: np.asarray(now * 1.5)).solved()

    assert found.sum() == pytest.approx(now.sum())
    assert (found <= room.hi_minor * (1 + 1e-9)).all()


def _absent(*_: Any) -> Any:
    raise ImportError


@pytest.mark.parametrize("solver", [_solvers.clarabel, _solvers.pymc_marketing])
def test_a_solver_that_is_not_installed_says_so(solver: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(_solvers, "import_module", nothing)
    observation, returns, limits = _allocation.problem(3, 4, curvature=0.0)

    with pytest.raises(ImportError):
        solver(returns, leeway(observation, limits.max_change), observation.ad_sets.budgets_minor)
