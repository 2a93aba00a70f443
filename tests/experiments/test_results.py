from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from experiments.metrics import NOTHING_TO_GAIN
from experiments.results import (
    arrays_npz,
    canonical,
    daily_metrics,
    files,
    report,
    row_metrics,
    summary_metrics,
    table_csv,
)
from experiments.study import Study, StudyResult, run_study
from simulator.scenarios import load_scenario


def test_equal_values_have_equal_bytes() -> None:
    assert canonical({"b": 1, "a": [1.5, None]}) == canonical({"a": [1.5, None], "b": 1}) == b'{"a":[1.5,null],"b":1}'


def test_the_report_survives_json(tiny_result: StudyResult) -> None:
    found = json.loads(canonical(report(tiny_result)))

    assert (found["study"], found["seeds"], found["days"]) == ("tiny", [1, 20], 28)
    assert len(found["rows"]) == len(tiny_result.rows)
    assert found["rows"][0]["figures"]["share_of_oracle_percent"]["value"] > 50


def test_the_table_has_a_line_for_every_figure_and_every_difference(tiny_result: StudyResult) -> None:
    lines = list(csv.DictReader(io.StringIO(table_csv(tiny_result))))

    expected = sum(len(row.figures) + sum(map(len, row.against.values())) for row in tiny_result.rows)
    assert len(lines) == expected
    assert {line["against"] for line in lines} == {"", "hold", "rules"}


def test_arrays_can_be_read_without_pickle(tiny_result: StudyResult) -> None:
    with np.load(io.BytesIO(arrays_npz(tiny_result)), allow_pickle=False) as arrays:
        assert arrays["seeds"].tolist() == list(tiny_result.study.seeds)
        assert np.array_equal(arrays["small/rules"], tiny_result.runs["small", "rules"].expected_value_minor)


def test_the_files_rebuild_the_scenario_and_the_specs(tiny_result: StudyResult) -> None:
    found = files(tiny_result)

    scenario = load_scenario("small")
    assert type(scenario).from_mapping(json.loads(found["scenarios/small.json"])).digest == scenario.digest
    assert json.loads(found["specs/rules.json"])["name"] == "rules"


def test_metrics_carry_their_intervals_and_differences(tiny_result: StudyResult) -> None:
    row = next(row for row in tiny_result.rows if row.policy == "curve_thompson")

    metrics = row_metrics(row)

    figure = row.figures["share_of_oracle_percent"]
    assert (metrics["share_of_oracle_percent.low"], metrics["share_of_oracle_percent"]) == (figure.low, figure.value)
    assert metrics["against_rules/share_of_oracle_percent"] == row.against["rules"]["share_of_oracle_percent"].value


def test_daily_metrics_have_one_point_a_day_and_end_where_the_figures_do(tiny_result: StudyResult) -> None:
    daily = daily_metrics(tiny_result, ("small", "rules"))

    figures = next(row.figures for row in tiny_result.rows if row.policy == "rules")
    assert {len(series) for series in daily.values()} == {28}
    assert np.isclose(daily["daily/cumulative_regret_oracle_days"][-1], figures["regret_oracle_days"].value)
    assert "daily/hits_max_daily_change_ad_sets" in daily


def test_the_summary_speaks_of_all_scenarios(tiny_result: StudyResult) -> None:
    assert summary_metrics(tiny_result)["share_of_oracle_percent/oracle"] == 100.0


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_where_all_ad_sets_are_equal_the_captured_gap_is_null_with_words(brief_study: Study) -> None:
    result = run_study(replace(brief_study, scenarios=("all_equal",)))

    rows = json.loads(canonical(report(result)))["rows"]
    lines = list(csv.DictReader(io.StringIO(table_csv(result))))

    gaps = [figures["gap_captured_percent"] for row in rows for figures in (row["figures"], *row["against"].values())]
    assert {(gap["value"], gap["low"], gap["high"], gap["method"]) for gap in gaps} == {
        (None, None, None, NOTHING_TO_GAIN)
    }
    assert {(n["value"], n["interval"]) for n in lines if n["figure"] == "gap_captured_percent"} == {
        ("", NOTHING_TO_GAIN)
    }
    assert not any("gap_captured" in name for row in result.rows for name in row_metrics(row))
    assert not any("gap_captured" in name for name in summary_metrics(result))
