from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_regret_is_taken_apart_for_every_policy(caudal: Callable[..., Any]) -> None:
    policies = ("--policy", "hold", "--policy", '{"name": "curve_thompson", "params": {"temperature": 0}}')
    result = caudal("regret", *policies, "--seeds", "3", "--days", "2", "--json")

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["scenario"] == "small"
    held, curved = found["policies"].values()
    assert (held["believes"], curved["believes"]) == (False, True)
    assert curved["percent_of_best"]["exploration"]["value"] == 0
    assert held["percent_of_best"]["total"]["low"] is not None


def test_people_get_a_table_of_causes(caudal: Callable[..., Any]) -> None:
    result = caudal("regret", "--seeds", "2", "--days", "1", "--policy", "rules", "--scenario", "overlapping")

    assert result.exit_code == 0, result.output
    assert "budgets move only so far a day" in result.stdout
    assert "intervals over worlds" in result.stdout


def test_no_figure_of_the_table_is_cut_short(caudal: Callable[..., Any]) -> None:
    result = caudal("regret", "--seeds", "3", "--days", "1")

    assert result.exit_code == 0, result.output
    assert "…" not in result.stdout
    assert all(name in result.stdout for name in ("curve_thompson", "linear_thompson", "rules", "hold"))


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--scenario", "smoll"), "small"), (("--policy", "hald"), "hold"), (("--policy", "{}"), "needs a name")],
)
def test_what_does_not_exist_is_bad_usage(caudal: Callable[..., Any], options: tuple[str, str], words: str) -> None:
    result = caudal("regret", *options, "--seeds", "1", "--days", "1")

    assert result.exit_code == 2
    assert words in result.output
