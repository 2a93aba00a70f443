from __future__ import annotations

import pytest

from experiments.bench import Figure, benches, load_bench, machine
from experiments.benches import policies, simulator
from experiments.errors import UnknownName


@pytest.mark.parametrize(
    ("value", "better", "met"),
    [(10.0, "higher", True), (9.9, "higher", False), (10.0, "lower", True), (10.1, "lower", False)],
)
def test_a_goal_is_met_on_its_better_side(value: float, better: str, met: bool) -> None:
    assert Figure("f", value, "s", 10.0, better, "so").met is met  # type: ignore[arg-type]  # a literal by construction


def test_a_figure_without_a_goal_is_met() -> None:
    assert Figure("f", 1.0, "s", None, "lower", "so").to_json() == {
        "name": "f",
        "value": 1.0,
        "unit": "s",
        "goal": None,
        "better": "lower",
        "met": True,
        "how": "so",
    }


def test_benches_are_found_by_their_files() -> None:
    assert {"simulator", "policies"} <= set(benches())
    with pytest.raises(UnknownName, match="did you mean 'policies'"):
        load_bench("polices")


def test_the_machine_is_described_but_not_named() -> None:
    assert set(machine()) == {"processor", "cores", "system", "python", "numpy"}


def test_the_policy_bench_measures_quality_on_worlds_no_study_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "WORLDS", 4)
    monkeypatch.setattr(policies, "DAYS", 14)

    figures = {figure.name: figure for figure in policies.quality(seed=1)}

    assert 90 < figures["share_of_oracle"].value < 100
    assert figures["gap_captured"].value > 0


def test_the_cost_of_a_decision_is_a_ratio_from_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "LARGE", 50)

    assert policies.decision_cost(seed=1).value > 1


def test_the_simulator_bench_counts_days_and_ad_set_days(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WORLDS": 4, "STEPS": 3, "ENVIRONMENTS": 8, "ACTIONS": 3, "REPEATS": 1}.items():
        monkeypatch.setattr(simulator, name, value)

    days, ad_set_days, gain = simulator.bench(seed=1)

    assert ad_set_days.value == pytest.approx(20 * days.value)
    assert gain.value > 1
