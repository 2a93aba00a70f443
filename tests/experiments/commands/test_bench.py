from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from experiments import bench as room
from experiments.bench import Figure


@pytest.fixture
def two_benches(monkeypatch: pytest.MonkeyPatch) -> None:
    """One bench that meets its goal and one that misses it."""
    good = Figure("fast", 2.0, "1/s", 1.0, "higher", "measured")
    bad = Figure("slow", 2.0, "s", 1.0, "lower", "measured")
    monkeypatch.setattr(room, "benches", lambda: {"good": lambda seed: (good,), "bad": lambda seed: (bad,)})


@pytest.mark.usefixtures("two_benches")
def test_one_bench_prints_one_object(caudal: Callable[..., Any]) -> None:
    result = caudal("bench", "good", "--seed", "3", "--json")

    found = json.loads(result.stdout)
    assert (result.exit_code, found["bench"], found["seed"]) == (0, "good", 3)
    assert found["figures"][0]["met"] is True
    assert found["machine"]["cores"] >= 1


@pytest.mark.usefixtures("two_benches")
def test_a_missed_goal_is_exit_code_1(caudal: Callable[..., Any]) -> None:
    every, told = caudal("bench", "--json"), caudal("bench", "bad")

    assert (every.exit_code, told.exit_code) == (1, 1)
    assert [b["bench"] for b in json.loads(every.stdout)["benches"]] == ["good", "bad"]
    assert "NO" in told.stdout


def test_an_unknown_bench_is_bad_usage(caudal: Callable[..., Any]) -> None:
    result = caudal("bench", "simulatr")

    assert result.exit_code == 2
    assert "did you mean 'simulator'" in result.stderr


def test_the_longest_bench_is_run_only_where_it_is_named() -> None:
    assert set(room.benches()) - set(room.short_benches()) == {"policies"}
