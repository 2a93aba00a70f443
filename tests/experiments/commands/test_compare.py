from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.promote import DIGEST_TAG
from experiments.results import canonical
from experiments.study import StudyResult
from experiments.tracking import Store

pytestmark = pytest.mark.slow


def test_worlds_are_compared_under_a_policy_and_its_baselines(caudal: Callable[..., Any]) -> None:
    result = caudal(
        "compare", "--account", "small:1", "--account", "volatile:2", "--days", "3", "--policy", "rules", "--json"
    )

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["policy"], found["version"], found["days"], found["sister_gains_percent"]) == ("rules", None, 3, None)
    assert [w["world"] for w in found["worlds"]] == [
        {"scenario": "small", "seed": 1},
        {"scenario": "volatile", "seed": 2},
    ]
    assert set(found["gains_percent"]) == {"hold"}
    assert set(found["worlds"][0]["expected_value_minor"]) == {"rules", "hold"}


def test_every_seed_is_lived_in_every_scenario(caudal: Callable[..., Any]) -> None:
    worlds = ("--scenario", "small", "--scenario", "sparse", "--seed", "4,5")
    result = caudal("compare", *worlds, "--days", "2", "--policy", '{"name": "hold"}', "--sisters", "3", "--json")

    found = json.loads(result.stdout)
    assert len(found["worlds"]) == 4
    assert found["sister_gains_percent"]["rules"]["method"] == "t over 3 seeds"
    assert found["sister_worlds"] == 6


def test_the_champion_comes_from_the_registry(
    caudal: Callable[..., Any], home: Store, tiny_result: StudyResult
) -> None:
    artifact = canonical({"schema": "caudal.policy.1", "spec": {"name": "proportional_roas", "params": {}}})
    tags = {DIGEST_TAG: hashlib.sha256(artifact).hexdigest()}
    home.move_alias("champion", home.register(home.record(tiny_result, {}, {}), "any", artifact, tags))

    result = caudal("compare", "--days", "2", "--json")

    found = json.loads(result.stdout)
    assert (found["policy"], found["version"], found["spec"]["name"]) == ("champion", "1", "proportional_roas")
    assert set(found["gains_percent"]) == {"rules", "hold"}


def test_people_get_a_table_with_currencies(caudal: Callable[..., Any]) -> None:
    result = caudal("compare", "--scenario", "volatile", "--days", "2", "--policy", "rules", "--sisters", "2")

    assert result.exit_code == 0, result.output
    assert "JPY" in result.stdout
    assert "these accounts: rules over hold" in result.stdout
    assert "accounts like these: rules over hold" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scenario", "smal", "--policy", "rules"), "did you mean 'small'"),
        (("--policy", "rulse"), "did you mean 'rules'"),
        (("--policy", "{"), "not JSON"),
        (("--policy", '{"name": "rules", "parms": {}}'), "needs a name"),
        (("--seed", "one", "--policy", "rules"), "'one' is no seed"),
        (("--account", "small", "--policy", "rules"), "'small' is no seed"),
        (("--scenario", "small", "--account", "small:1", "--policy", "rules"), "--account: not both"),
        (("--guardrails", "[]", "--policy", "rules"), "must be a JSON object"),
        (("--guardrails", '{"freze": {}}', "--policy", "rules"), "did you mean 'freeze'"),
    ],
)
def test_bad_usage_is_one_sentence(caudal: Callable[..., Any], arguments: tuple[str, ...], words: str) -> None:
    result = caudal("compare", "--days", "2", *arguments, "--json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


@pytest.mark.usefixtures("home")
def test_without_a_champion_it_says_what_to_do(caudal: Callable[..., Any]) -> None:
    result = caudal("compare", "--days", "2")

    assert result.exit_code == 1
    assert "caudal promote" in result.stderr


def test_a_scenario_file_is_lived_under_its_own_name(caudal: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: small\ncurrency: CHF\nad_sets: 3\n")
    mine, rest = str(tmp_path / "mine.yaml"), ("--days", "2", "--policy", "rules", "--sisters", "2", "--json")
    named = caudal("compare", "--scenario", mine, "--scenario", "small", "--seed", "3", *rest)
    counted = caudal("compare", "--account", f"{mine}:3", "--account", "small:3", *rest)

    assert named.exit_code == 0, named.output
    found = json.loads(named.stdout)
    assert found == json.loads(counted.stdout)
    assert [(w["world"], w["currency"]) for w in found["worlds"]] == [
        ({"scenario": "mine", "seed": 3}, "CHF"),
        ({"scenario": "small", "seed": 3}, "EUR"),
    ]
    assert found["sister_worlds"] == 4


def test_a_fleet_is_all_its_accounts(caudal: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("accounts:\n- scenario: small\n- {scenario: small, seed: 4}\n")
    result = caudal(
        "compare", "--account", f"{tmp_path / 'ours.yaml'}:10", "--days", "1", "--policy", "rules", "--json"
    )

    assert result.exit_code == 0, result.output
    assert [w["world"]["seed"] for w in json.loads(result.stdout)["worlds"]] == [10, 14]


def test_one_name_for_two_scenarios_is_bad_usage(caudal: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text("extends: small\nad_sets: 3\n")
    result = caudal("compare", "--scenario", "small", "--scenario", str(tmp_path / "small.yaml"), "--policy", "rules")

    assert result.exit_code == 2
    assert "two different scenarios are called 'small'" in result.stderr
