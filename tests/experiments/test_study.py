from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.errors import SpecError
from agents.vocabulary import PolicySpec
from experiments.errors import ExperimentError, UnknownName
from experiments.metrics import mean_interval
from experiments.results import row_tags
from experiments.study import ALL, CAPPED_ORACLE, ORACLE, Study, StudyResult, load_study, run_study, shrink, studies
from simulator.scenarios import load_fleet, load_scenario


def assert_same(one: StudyResult, other: StudyResult) -> None:
    assert one.rows == other.rows
    for key, run in one.runs.items():
        assert np.array_equal(run.budgets_minor, other.runs[key].budgets_minor)
        assert np.array_equal(run.expected_value_minor, other.runs[key].expected_value_minor)


@pytest.mark.slow
def test_the_size_of_chunks_changes_no_bit(brief_study: Study) -> None:
    assert_same(run_study(brief_study), run_study(replace(brief_study, chunk=5)))


@pytest.mark.slow
def test_the_number_of_processes_changes_no_bit(brief_study: Study) -> None:
    assert_same(run_study(brief_study, workers=1), run_study(brief_study, workers=2))


def test_every_policy_lives_in_the_same_worlds(tiny_result: StudyResult) -> None:
    starts = [run.starting_minor for run in tiny_result.runs.values()]

    assert {run.seeds for run in tiny_result.runs.values()} == {tiny_result.study.seeds}
    assert all(np.array_equal(starts[0], start) for start in starts)


def test_the_table_has_every_policy_and_both_oracles_on_every_scenario_and_on_all(tiny_result: StudyResult) -> None:
    labels = (*tiny_result.study.policies, CAPPED_ORACLE, ORACLE)

    assert [(row.scenario, row.policy) for row in tiny_result.rows] == [(s, p) for s in ("small", ALL) for p in labels]
    assert all(set(row.against) == {"hold", "rules"} - {row.policy} for row in tiny_result.rows)


def test_the_oracle_has_all_of_itself_and_hold_gains_nothing(tiny_result: StudyResult) -> None:
    figures = {row.policy: row.figures for row in tiny_result.rows}

    assert figures[ORACLE]["share_of_oracle_percent"].value == 100.0
    assert figures[ORACLE]["regret_oracle_days"].value == 0.0
    assert figures["hold"]["gain_over_hold_percent"].value == 0.0
    assert figures[CAPPED_ORACLE]["gap_captured_percent"].value == 100.0


def test_sampling_curves_beats_the_rules_and_the_rules_beat_leaving_budgets_alone(tiny_result: StudyResult) -> None:
    rows = {(row.scenario, row.policy): row for row in tiny_result.rows}

    for label, baseline in (("curve_thompson", "rules"), ("rules", "hold")):
        lead = rows["small", label].against[baseline]["share_of_oracle_percent"]
        assert lead.low is not None
        assert lead.low > 0, label


@pytest.mark.slow
def test_progress_ends_with_everything_done(brief_study: Study) -> None:
    seen: list[tuple[int, int]] = []

    run_study(brief_study, on_progress=lambda done, total: seen.append((done, total)))

    total = 5 * 4 * (len(brief_study.policies) + 2)
    assert seen[-1] == (total, total)
    assert seen == sorted(seen)


def test_shrinking_keeps_what_is_not_named(tiny_study: Study) -> None:
    assert shrink(tiny_study) == tiny_study
    small = shrink(tiny_study, replications=2, days=3, seed=50)
    assert (small.seeds, small.days, small.policies) == ((50, 51), 3, tiny_study.policies)


def test_an_unknown_study_is_named_with_the_nearest_one() -> None:
    with pytest.raises(UnknownName, match="did you mean 'foundation'"):
        load_study("fundation")


@pytest.mark.parametrize("change", [{"candidates": ("rulse",)}, {"baselines": ("hold", "rulse")}])
def test_a_label_that_is_no_policy_is_refused_before_anything_runs(
    tiny_study: Study, change: dict[str, object]
) -> None:
    with pytest.raises(UnknownName, match="did you mean 'rules'"):
        replace(tiny_study, **change)


@pytest.mark.parametrize("quantity", ["replications", "days", "chunk"])
def test_a_study_of_nothing_is_refused(tiny_study: Study, quantity: str) -> None:
    with pytest.raises(ExperimentError, match=f"{quantity} must be at least 1"):
        replace(tiny_study, **{quantity: 0})


def test_a_policy_that_does_not_exist_is_refused_before_anything_runs(brief_study: Study) -> None:
    study = replace(brief_study, policies={**brief_study.policies, "new": PolicySpec("rulez")})

    with pytest.raises(SpecError, match="did you mean 'rules'"):
        run_study(study)


@pytest.mark.slow
@pytest.mark.parametrize("name", studies())
def test_every_study_runs(name: str) -> None:
    study = load_study(name)
    result = run_study(shrink(study, replications=2, days=2))

    assert study.name == name
    assert len(result.rows) == (len(study.scenarios) + 1) * (len(study.policies) + 2)


@pytest.mark.slow
def test_intervals_over_all_scenarios_are_over_seeds_and_those_of_one_over_its_worlds(brief_study: Study) -> None:
    study = replace(brief_study, scenarios=("small", "volatile"))

    result, alone = run_study(study), run_study(brief_study)

    figures = {(row.scenario, row.policy): row.figures for row in result.rows}
    against = {(row.scenario, row.policy): row.against["hold"] for row in result.rows if row.policy != "hold"}
    gains = [
        100 * (result.runs[s, "rules"].expected_value_minor.sum(1) / result.runs[s, "hold"].expected_value_minor.sum(1))
        for s in study.scenarios
    ]
    clustered = mean_interval(np.mean(gains, axis=0) - 100)
    pooled = figures[ALL, "rules"]["gain_over_hold_percent"]
    assert (pooled.value, pooled.low, pooled.high) == pytest.approx((clustered.value, clustered.low, clustered.high))
    assert {e.method for e in (*figures[ALL, "rules"].values(), *against[ALL, "rules"].values())} == {
        "t over 5 seeds",
        "bootstrap over 5 seeds",
    }
    assert [row for row in result.rows if row.scenario == "small"] == [
        row for row in alone.rows if row.scenario == "small"
    ]
    assert figures["volatile", "rules"]["share_of_oracle_percent"].method == "t over 5 worlds"


@pytest.mark.slow
def test_a_scenario_of_a_file_goes_by_its_own_name_and_is_read_once(brief_study: Study, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("extends: small\nad_sets: 3\n")
    study = replace(brief_study, scenarios=("small", str(path)))
    path.unlink()
    study = shrink(study, days=2, replications=2)
    result = run_study(study)

    assert study.scenarios == ("small", "mine")
    tags = row_tags(study, next(row for row in result.rows if row.scenario == "mine"))
    assert tags["caudal.scenario_digest"] == load_scenario("small").having(name="mine", ad_sets=3).digest
    assert result.runs["mine", "hold"].budgets_minor.shape == (2, 2, 3)
    assert [row.scenario for row in result.rows if row.policy == "hold"] == ["small", "mine", ALL]


def test_a_fleet_stands_for_its_scenarios(brief_study: Study) -> None:
    study = replace(brief_study, scenarios=("small", "fleet"))

    assert study.scenarios == tuple(dict.fromkeys(("small", *load_fleet("fleet").scenarios)))


def test_other_scenarios_take_the_place_of_the_studys_own(brief_study: Study) -> None:
    assert shrink(brief_study, scenarios=["sparse", "volatile"]).scenarios == ("sparse", "volatile")
    assert shrink(brief_study).scenarios == brief_study.scenarios


def test_scenarios_that_cannot_be_told_apart_are_refused(brief_study: Study, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text("extends: small\nad_sets: 3\n")
    (tmp_path / "all.yaml").write_text("extends: small\n")

    with pytest.raises(UnknownName, match="two different scenarios are called 'small'"):
        replace(brief_study, scenarios=("small", str(tmp_path / "small.yaml")))
    with pytest.raises(ExperimentError, match="no scenario can be called 'all'"):
        replace(brief_study, scenarios=(str(tmp_path / "all.yaml"),))
    with pytest.raises(UnknownName, match="study 'tiny': there is no scenario 'smalls': did you mean 'small'"):
        replace(brief_study, scenarios=("smalls",))
