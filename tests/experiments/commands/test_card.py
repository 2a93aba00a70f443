from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from experiments import sim_to_real as room
from experiments.sim_to_real import Target

pytestmark = pytest.mark.slow

Caudal = Callable[..., Any]


@pytest.fixture
def two_targets(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Target, ...]]:
    """One that is met and one that does not apply."""
    table = {
        "any": (
            Target("met", 1.0, 2.0, "Somebody 2020", lambda laboratory: 1.5, 0.25, "%"),
            Target("elsewhere", 1.0, 2.0, "Nobody", lambda laboratory: None),
        )
    }
    monkeypatch.setattr(room, "targets", lambda: table)
    return table


@pytest.mark.usefixtures("two_targets")
def test_the_card_is_one_object(caudal: Caudal) -> None:
    result = caudal("card", "--scenario", "small", "--seeds", "2", "--json")

    found = json.loads(result.stdout)
    assert (result.exit_code, found["scenario"], found["seeds"], found["out"]) == (0, "small", 2, 0)
    assert [line["verdict"] for line in found["targets"]] == ["in", "does not apply"]
    assert [fit["r_squared"] > 0.5 for fit in found["fits"]] == [True, True]


def test_a_target_out_of_range_is_exit_code_1(caudal: Caudal, two_targets: dict[str, tuple[Target, ...]]) -> None:
    two_targets["other"] = (Target("missed", 1.0, 2.0, "Somebody 2021", lambda laboratory: 3.0),)
    result = caudal("card", "--scenario", "small")

    assert result.exit_code == 1
    assert "OUT" in result.stdout
    assert "1 of 2 targets that apply are in range" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100


@pytest.mark.usefixtures("two_targets")
def test_the_table_of_the_documentation_is_printed(caudal: Caudal) -> None:
    result = caudal("card", "--scenario", "small", "--markdown")

    assert result.stdout.splitlines()[2:] == [
        "| met | 1.5 % | 1 to 2 ± 25 % | in | Somebody 2020 |",
        "| elsewhere | - | 1 to 2 | - | Nobody |",
    ]


def test_an_unknown_scenario_is_bad_usage(caudal: Caudal) -> None:
    result = caudal("card", "--scenario", "smal")

    assert result.exit_code == 2
    assert "did you mean 'small'" in result.stderr
