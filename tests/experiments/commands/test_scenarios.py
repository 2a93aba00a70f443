"""`caudal scenarios`: the list, a file to edit, and the check of one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.scenarios import fleets, load_scenario, scenarios
from simulator.scenarios.writing import as_markdown


def test_everything_there_is_gets_listed(caudal: Callable[..., Any]) -> None:
    told, listed = caudal("scenarios"), json.loads(caudal("scenarios", "--json").stdout)

    assert [line["name"] for line in listed["scenarios"]] == [*scenarios(), *fleets()]
    small = next(line for line in listed["scenarios"] if line["name"] == "small")
    assert (small["ad_sets"], small["currencies"], small["accounts"]) == (5, ["EUR"], 1)
    assert all(name in told.stdout for name in (*scenarios(), *fleets()))
    assert caudal("scenarios", "--markdown").stdout == as_markdown()


def test_what_is_shown_can_be_edited_and_run(caudal: Callable[..., Any], tmp_path: Path) -> None:
    shown = caudal("scenarios", "show", "volatile")
    (tmp_path / "mine.yaml").write_text(shown.stdout.replace("\nad_sets: 12\n", "\nad_sets: 3\n"))
    compared = caudal(
        "compare", "--scenario", str(tmp_path / "mine.yaml"), "--days", "1", "--policy", "rules", "--json"
    )

    assert json.loads(compared.stdout)["worlds"][0]["world"] == {"scenario": "mine", "seed": 1}
    assert load_scenario(str(tmp_path / "mine.yaml")) == load_scenario("volatile").having(name="mine", ad_sets=3)


def test_a_fleet_is_shown_as_its_file(caudal: Callable[..., Any]) -> None:
    assert "accounts:\n" in caudal("scenarios", "show", "fleet").stdout


def test_a_valid_file_is_said_to_be_valid(caudal: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: small\nad_sets: 3\n")
    told = caudal("scenarios", "check", str(tmp_path / "mine.yaml"))
    found = json.loads(caudal("scenarios", "check", str(tmp_path / "mine.yaml"), "--json").stdout)

    assert (told.exit_code, "mine is valid: 3 ad sets, EUR" in told.stdout) == (0, True)
    assert (found["valid"], found["accounts"][0]["scenario"]) == (True, "mine")
    assert found["accounts"][0]["digest"] == load_scenario(str(tmp_path / "mine.yaml")).digest


def test_the_check_takes_a_file_and_never_a_name(
    caudal: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = caudal("scenarios", "check", "small")

    assert result.exit_code == 2
    assert str(tmp_path / "small") in result.stderr


def test_a_currency_with_minor_units_that_meta_does_not_count_is_refused(
    caudal: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text("extends: small\ncurrency: JPY\n")
    result = caudal("scenarios", "check", str(tmp_path / "mine.yaml"))

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Meta counts JPY in 1, say minor_per_major: 1" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("check", "nowhere.yaml"), "there is no file"),
        (("check", "mine.yaml"), "mine.yaml, line 2: a scenario has no 'ad_set': did you mean 'ad_sets'?"),
        (("show", "smal"), "did you mean 'small'"),
        (("show", "mine.yaml"), "line 2"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...],
    sentence: str,
    caudal: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("extends: small\nad_set: 3\n")
    result = caudal("scenarios", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_help_reads_no_yaml() -> None:
    code = "import sys; from service.cli import build; build(); print('yaml' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "False"
