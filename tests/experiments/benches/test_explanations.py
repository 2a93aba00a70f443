"""The bench of explanations: what was said each morning, held against the truth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.explanation import Estimate
from experiments.benches import explanations
from experiments.benches.explanations import bench


@pytest.fixture(name="short")
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SCENARIOS": ("small",), "WORLDS": 1, "MORNINGS": 3}.items():
        monkeypatch.setattr(explanations, name, value)


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_intervals_gains_and_cost_are_measured() -> None:
    figures = {figure.name: figure.value for figure in bench(seed=1)}

    assert all(0 <= figures[name] <= 100 for name in figures if name.endswith("_in_interval")), figures
    assert figures["explaining_over_deciding"] > 0


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_what_is_true_lies_inside_what_leaves_nothing_out_and_outside_what_leaves_all_out() -> None:
    (morning, *_) = explanations._mornings("small", 7)

    def said(low: float, high: float) -> explanations.Morning:
        summary = replace(morning.said.summary, gain_minor=Estimate(low, (low + high) / 2, high))
        return replace(morning, said=replace(morning.said, summary=summary))

    wide, missed = said(morning.gain - 1.0, morning.gain + 1.0), said(morning.gain + 1.0, morning.gain + 2.0)
    assert explanations._share([wide, wide, missed, wide], explanations._account_inside) == 75.0
