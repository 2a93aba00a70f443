from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from experiments import results
from experiments import study as room
from experiments.study import StudyResult
from experiments.tracking import Store

pytestmark = pytest.mark.slow


@pytest.fixture
def finished(home: Store, tiny_result: StudyResult, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(room, "studies", lambda: {"tiny": tiny_result.study})
    home.record(tiny_result, results.files(tiny_result), {})
    return home


def test_promotion_and_rollback_print_what_became_of_the_alias(caudal: Callable[..., Any], finished: Store) -> None:
    first = caudal("promote", "--study", "tiny", "--policy", "rules", "--json")
    second = caudal("promote", "--study", "tiny")
    back = caudal("promote", "--rollback", "--json")

    assert [r.exit_code for r in (first, second, back)] == [0, 0, 0], first.output + second.output + back.output
    assert json.loads(first.stdout)["policy"] == "rules"
    assert "passed: curve_thompson beats hold" in second.stdout
    assert "version 2, curve_thompson, is champion (before: version 1)" in second.stdout
    assert (json.loads(back.stdout)["version"], finished.alias("champion")) == ("1", "1")


@pytest.mark.usefixtures("finished")
def test_a_closed_gate_is_one_sentence_and_a_failure(caudal: Callable[..., Any]) -> None:
    result = caudal("promote", "--study", "tiny", "--policy", "equal_split", "--json")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("caudal: equal_split is not promoted: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.usefixtures("home")
def test_a_study_without_runs_says_what_to_do(caudal: Callable[..., Any]) -> None:
    result = caudal("promote", "--study", "foundation")

    assert result.exit_code == 1
    assert "run `caudal study run foundation` first" in result.stderr


@pytest.mark.parametrize("arguments", [("--study", "fundation"), ("--rollback", "--alias", "champignon")])
@pytest.mark.usefixtures("home")
def test_unknown_names_are_bad_usage(caudal: Callable[..., Any], arguments: tuple[str, ...]) -> None:
    result = caudal("promote", *arguments)

    assert result.exit_code == 2
    assert "did you mean" in result.stderr
