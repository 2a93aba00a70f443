from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.population import Population
from experiments import study as room
from experiments.priors import Priors
from experiments.study import Study
from experiments.tracking import Store
from simulator.scenario import Scenario
from simulator.scenarios import load_scenario

pytestmark = pytest.mark.slow


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch, brief_study: Study) -> None:
    """The only study there is takes a moment."""
    monkeypatch.setattr(room, "studies", lambda: {"brief": brief_study})


def test_studies_are_listed(caudal: Callable[..., Any]) -> None:
    told, listed = caudal("study", "list"), caudal("study", "list", "--json")

    assert "foundation: " in told.stdout
    assert [s["name"] for s in json.loads(listed.stdout)["studies"]] == ["foundation"]


@pytest.mark.usefixtures("brief")
def test_a_run_prints_one_object_and_is_logged(caudal: Callable[..., Any], home: Store) -> None:
    result = caudal(
        "study", "run", "brief", "--replications", "2", "--days", "3", "--seed", "9", "--workers", "1", "--json"
    )

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["seeds"], found["days"], found["tracking_uri"]) == ([9, 10], 3, home.uri)
    report = json.loads(home.read_artifact(found["run_id"], "results.json"))
    assert report["rows"] == found["rows"]
    assert home.read_artifact(found["run_id"], "figures/share_of_oracle.png").startswith(b"\x89PNG")


@pytest.mark.usefixtures("brief", "home")
def test_priors_bring_a_policy_of_their_own(caudal: Callable[..., Any], tmp_path: Path) -> None:
    priors = Priors(Population(elasticity=0.61), {}, False, 3, 36, 42, 1.01, 400.0, 0)
    (tmp_path / "priors.json").write_text(priors.to_json())

    small = ("--replications", "2", "--days", "3", "--workers", "1")
    result = caudal("study", "run", "brief", *small, "--priors", str(tmp_path / "priors.json"), "--json")

    assert result.exit_code == 0, result.output
    spec = json.loads(result.stdout)["policies"]["fitted_prior"]
    assert (spec["params"]["elasticity"], spec["priors_digest"]) == (0.61, priors.digest)


@pytest.mark.usefixtures("brief", "home")
def test_a_file_without_priors_is_one_sentence(caudal: Callable[..., Any], tmp_path: Path) -> None:
    result = caudal("study", "run", "brief", "--priors", str(tmp_path / "none.json"))

    assert result.exit_code == 1
    assert "caudal fit --out" in result.stderr


@pytest.mark.usefixtures("brief", "home")
def test_a_run_prints_a_table_for_people(caudal: Callable[..., Any]) -> None:
    result = caudal("study", "run", "brief", "--replications", "2", "--workers", "1")

    assert result.exit_code == 0, result.output
    for words in ("curve_thompson", "capped_oracle", "% of oracle", "all"):
        assert words in result.stdout


def test_an_unknown_study_is_one_sentence_and_bad_usage(caudal: Callable[..., Any]) -> None:
    result = caudal("study", "run", "fundation", "--json")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "caudal: there is no study 'fundation': did you mean 'foundation'?\n"


@pytest.mark.usefixtures("brief")
def test_a_study_runs_on_a_scenario_file_and_keeps_what_it_said(
    caudal: Callable[..., Any], home: Store, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text("extends: small\nad_sets: 3\n")
    small = ("--replications", "2", "--days", "2", "--workers", "1", "--json")
    result = caudal("study", "run", "brief", "--scenario", str(tmp_path / "mine.yaml"), "--scenario", "small", *small)

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["scenarios"] == ["mine", "small"]
    kept = json.loads(home.read_artifact(found["run_id"], "scenarios/mine.json"))
    assert Scenario.from_mapping(kept) == load_scenario(str(tmp_path / "mine.yaml"))


@pytest.mark.usefixtures("brief")
def test_a_scenario_that_is_not_there_is_bad_usage(caudal: Callable[..., Any]) -> None:
    result = caudal("study", "run", "brief", "--scenario", "nowhere.yaml")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "nowhere.yaml" in result.stderr
