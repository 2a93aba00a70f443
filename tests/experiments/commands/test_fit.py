"""`caudal fit` learns from the scenario that it is given; what it finds is the response model's own test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments import response_model
from experiments.errors import ExperimentError
from experiments.response_model import Panel


def test_it_learns_from_a_scenario_file(
    caudal: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text("extends: small\nad_sets: 3\n")
    given: list[Panel] = []

    def give_up(panel: Panel, **_: Any) -> None:
        given.append(panel)
        raise ExperimentError("no time to sample")

    monkeypatch.setattr(response_model, "fit", give_up)
    result = caudal("fit", "--scenario", str(tmp_path / "mine.yaml"), "--worlds", "2", "--days", "14")

    assert (result.exit_code, "no time to sample" in result.stderr) == (1, True)
    assert given[0].conversions.shape[:2] == (2, 3)


@pytest.mark.parametrize(("reference", "sentence"), [("nowhere.yaml", "there is no file"), ("fleet", "is a fleet of")])
def test_what_is_no_scenario_is_bad_usage(reference: str, sentence: str, caudal: Callable[..., Any]) -> None:
    result = caudal("fit", "--scenario", reference)

    assert (result.exit_code, sentence in result.stderr) == (2, True)
