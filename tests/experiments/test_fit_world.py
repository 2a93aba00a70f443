from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments import fit_report
from experiments.account_history import AccountHistory, Figures, read_history
from experiments.errors import HistoryRefused
from experiments.export_history import exported_history
from experiments.fit_report import CHECKS, Finding, compare
from experiments.fit_world import Fit, as_yaml, fit_world
from experiments.fitted_parameters import FITTED, KEPT
from simulator.scenario import Scenario
from simulator.scenarios import load_scenario
from simulator.world import World

pytestmark = pytest.mark.slow

TRUTH = load_scenario("medium").having(
    history_days=70, ad_sets=24, click_spread=0.35, conversion_noise=0.45, weekday_strength=1.5, drift_spread=0.02
)
DAYS_IN_WEEK = 7


@pytest.fixture(scope="module")
def history() -> AccountHistory:
    return read_history(exported_history(World(TRUTH, [12])), time_zone="America/New_York")


@pytest.fixture(scope="module")
def fit(history: AccountHistory) -> Fit:
    return fit_world(history, name="known")


@pytest.fixture(scope="module")
def findings(history: AccountHistory, fit: Fit) -> tuple[Finding, ...]:
    return compare(history, fit, worlds=200)


@pytest.mark.parametrize("parameter", [entry.parameter for entry in FITTED])
def test_parameters_of_a_known_world_are_found_again(fit: Fit, parameter: str) -> None:
    """Within 3.5 standard errors: of 22 parameters, one world in a hundred has one further away."""
    found = next(entry for entry in fit.estimates if entry.parameter == parameter)

    assert not found.kept, found.how
    assert found.standard_error is not None
    assert abs(found.value - getattr(TRUTH, parameter)) < 3.5 * found.standard_error


def test_what_differs_from_the_usual_market_is_told_from_it(fit: Fit) -> None:
    for parameter in ("click_spread", "conversion_noise", "weekday_strength"):
        found = next(entry for entry in fit.estimates if entry.parameter == parameter)
        assert abs(found.value - getattr(TRUTH, parameter)) < abs(found.value - found.default)


def test_worlds_of_the_fit_look_like_the_history(findings: tuple[Finding, ...]) -> None:
    """Of 29 checks about three lie outside their 90 % by chance; none should be poor."""
    assert [found.name for found in findings if found.verdict == "poor"] == []
    assert sum(found.verdict == "ok" for found in findings) >= 22
    assert len(findings) == len(CHECKS)


def test_weekdays_turned_around_are_named_as_poor(history: AccountHistory) -> None:
    """Conversions of each day move to where the pattern says they should not be."""
    pattern = np.array([0.0, 0.09, 0.14, 0.11, 0.04, -0.17, -0.21])
    turned = np.exp(-4.0 * pattern[history.figures.weekdays])
    conversions = np.rint(history.figures.conversions * turned)
    value = history.figures.value * turned
    other = replace(history, figures=replace(history.figures, conversions=conversions, value=value))

    assert "weekday pattern of CVR" in _poor(other)


def test_an_account_that_falls_as_a_whole_is_named_as_poor(history: AccountHistory) -> None:
    falling = np.exp(-0.015 * np.arange(history.days))
    figures = history.figures
    clicks = np.rint(figures.clicks * falling)
    other = replace(
        history, figures=replace(figures, clicks=clicks, conversions=np.rint(figures.conversions * falling))
    )

    assert "trend of log CTR, 28 days" in _poor(other)


def test_one_ad_set_that_jumps_is_named_as_poor(history: AccountHistory) -> None:
    jump = np.ones((len(history.ad_sets), history.days))
    jump[0, history.days // 2 :] = 3.0
    figures = history.figures
    other = replace(
        history, figures=replace(figures, clicks=figures.clicks * jump, conversions=figures.conversions * jump)
    )

    assert "largest change of one ad set's CTR" in _poor(other)


def test_the_file_makes_the_same_scenario(fit: Fit, tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text(as_yaml(fit), encoding="utf-8")

    assert load_scenario(str(file)).to_mapping() == fit.scenario.to_mapping()
    assert "exponent_spread" not in file.read_text()


def test_the_fit_is_the_same_when_made_again(history: AccountHistory, fit: Fit) -> None:
    assert fit_world(history, name="known").scenario == fit.scenario


def test_every_parameter_that_stays_says_why(fit: Fit) -> None:
    kept = {found.parameter: found.how for found in fit.estimates if found.kept}

    assert kept == KEPT


def test_without_reach_frequency_stays_as_calibrated(history: AccountHistory) -> None:
    fit = fit_world(replace(history, figures=replace(history.figures, reach=None)), name="known")
    found = next(entry for entry in fit.estimates if entry.parameter == "frequency")

    assert (found.kept, found.value, found.how) == (True, 0.4, "no column for reach")


def test_budgets_say_how_much_is_delivered(history: AccountHistory) -> None:
    spend = history.figures.spend[0]
    budgets = np.where(spend > 0, spend / 0.9, np.nan)
    found = {e.parameter: e for e in fit_world(replace(history, budgets=budgets), name="known").estimates}

    assert found["delivery_share"].value == pytest.approx(0.9)
    assert found["delivery_spread"].value == pytest.approx(0.0, abs=1e-9)


def test_a_history_without_conversions_is_refused(history: AccountHistory) -> None:
    none = replace(history.figures, conversions=np.zeros_like(history.figures.conversions))

    with pytest.raises(HistoryRefused, match="no conversion with a value"):
        fit_world(replace(history, figures=none), name="known")


def test_gaps_of_the_history_are_gaps_of_the_worlds(history: AccountHistory) -> None:
    """Ad sets that began late are not taken for ad sets that spend little."""
    there = np.ones((1, len(history.ad_sets), history.days))
    there[:, ::2, : history.days // 3] = 0.0
    figures = history.figures
    names = ("spend", "impressions", "clicks", "conversions", "value", "reach")
    gapped = replace(figures, **{name: getattr(figures, name) * there for name in names})
    found = next(
        e for e in fit_world(replace(history, figures=gapped), name="known").estimates if e.parameter == "scale"
    )

    assert found.standard_error is not None
    assert abs(found.value - TRUTH.scale) < 3.5 * found.standard_error


def test_large_accounts_are_compared_in_smaller_turns(
    history: AccountHistory, fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    simulated = fit_report.simulated_figures

    def seen(scenario: Scenario, seeds: range, like: AccountHistory) -> Figures:
        sizes.append(len(seeds))
        return simulated(scenario, seeds, like)

    monkeypatch.setattr(fit_report, "simulated_figures", seen)
    monkeypatch.setattr(fit_report, "_MOST_CELLS", 4 * len(history.ad_sets) * history.days)
    compare(history, fit, worlds=102)

    assert sizes == [4] * 25 + [2]


def test_what_is_not_known_well_is_not_held_against_the_fit(history: AccountHistory, fit: Fit) -> None:
    sure = replace(fit, estimates=tuple(replace(found, standard_error=None) for found in fit.estimates))
    wide, narrow = (
        next(
            found for found in compare(history, some, worlds=100) if found.name == "largest change of one ad set's CTR"
        )
        for some in (fit, sure)
    )

    assert wide.high - wide.low > narrow.high - narrow.low


def _poor(history: AccountHistory) -> set[str]:
    fit = fit_world(history, name="misfit")
    return {found.name for found in compare(history, fit, worlds=200) if found.verdict == "poor"}
