from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

Caudal = Callable[..., Any]


@pytest.fixture
def history(caudal: Caudal, tmp_path: Path) -> Path:
    file = tmp_path / "history.csv"
    result = caudal("export-world", "small", "--days", "49", "--out", str(file))
    assert result.exit_code == 0, result.output
    return file


def test_a_world_is_exported_fitted_and_lived_in(caudal: Caudal, history: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.yaml"
    fitted = caudal(
        "fit-world", str(history), "--time-zone", "Europe/Madrid", "--worlds", "100", "--out", str(out), "--json"
    )
    assert fitted.exit_code == 0, fitted.output

    found = json.loads(fitted.stdout)
    assert (found["file"], found["days"], found["young_days"], len(found["ad_sets"])) == (str(out), 49, 7, 5)
    assert found["scenario"]["name"] == "mine"
    assert {finding["verdict"] for finding in found["findings"]} <= {"ok", "doubtful", "poor"}
    lived = caudal("compare", "--scenario", str(out), "--days", "2", "--policy", "rules", "--json")
    assert lived.exit_code == 0, lived.output


def test_people_get_tables_and_what_to_try_next(caudal: Caudal, history: Path, tmp_path: Path) -> None:
    result = caudal("fit-world", str(history), "--worlds", "100", "--out", str(tmp_path / "mine.yaml"))

    assert result.exit_code == 0, result.output
    assert "kept: " in result.stdout
    assert "the 7 youngest still grow" in result.stdout
    assert "caudal compare --scenario" in result.stdout
    assert max(map(len, result.stdout.splitlines()[:60])) <= 100


def test_a_world_goes_to_standard_output_unless_told(caudal: Caudal) -> None:
    result = caudal("export-world", "volatile", "--days", "3")

    assert result.stdout.startswith("Day,Ad set name,Ad set ID,Amount spent (JPY)")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--exported", "yesterday"), 2, "write a day as 2026-03-31"),
        (("--time-zone", "Madrid"), 2, "there is no time zone 'Madrid'"),
        (("--currency", "USD"), 2, "amounts are in EUR, not in USD"),
        (("--out", "world.txt"), 2, "ends in .yaml"),
        (("--out", "no/such/folder/world.yaml"), 2, "there is no folder"),
    ],
)
def test_bad_usage_is_one_sentence(
    caudal: Caudal, history: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = caudal("fit-world", str(history), "--worlds", "100", *arguments)

    assert (result.exit_code, len(result.stderr.strip().splitlines()[-1:])) == (code, 1)
    assert words in result.stderr


def test_text_that_is_not_utf8_is_met_with_how_to_save_it(caudal: Caudal, tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_bytes("Day,Ad set name\n2026-01-01,prospección\n".encode("latin-1"))
    result = caudal("fit-world", str(tmp_path / "history.csv"))

    assert result.exit_code == 2
    assert "save it as CSV in UTF-8" in result.stderr


def test_a_missing_file_and_an_unknown_scenario_are_bad_usage(caudal: Caudal) -> None:
    missing, unknown = caudal("fit-world", "none.csv"), caudal("export-world", "smal")

    assert (missing.exit_code, unknown.exit_code) == (2, 2)
    assert "cannot read none.csv" in missing.stderr
    assert "did you mean 'small'" in unknown.stderr


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        ("", (), "the file is empty"),
        ("Day," + "x" * 200_000 + "\n", (), "no CSV"),
        (None, ("--exported", "9999-12-31"), "9999-12-31"),
        (None, ("--exported", "2050-01-01"), "right year"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence_and_bad_usage(
    caudal: Caudal, history: Path, tmp_path: Path, content: str | None, arguments: tuple[str, ...], words: str
) -> None:
    if content is not None:
        history.write_text(content, encoding="utf-8")
    out = tmp_path / "mine.yaml"

    result = caudal("fit-world", str(history), "--worlds", "100", "--out", str(out), *arguments)

    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert not out.exists()


@pytest.mark.parametrize("command", [("export-world", "small"), ("compare", "--policy", "rules"), ("emulate",)])
def test_a_seed_beyond_the_streams_is_bad_usage(caudal: Caudal, command: tuple[str, ...]) -> None:
    result = caudal(*command, "--seed", "99999999999999999999999")

    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
