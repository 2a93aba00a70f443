from __future__ import annotations

import numpy as np
import pytest

from experiments.benches import _ope_coverage, _ope_peers, ope
from experiments.ope.estimator import load_estimator
from experiments.ope.evidence import gather
from experiments.ope.intervals import bootstrap


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ROUNDS": 400, "ACTIONS": 12, "RESAMPLES": 200, "DRAWS": 2_000, "REPEATS": 1}.items():
        monkeypatch.setattr(ope, name, value)
    monkeypatch.setattr(_ope_coverage, "LOGS", 30)
    monkeypatch.setattr(_ope_coverage, "ROUNDS", 300)


def missing(*_: object) -> object:
    raise ImportError("no module named obp")


@pytest.mark.slow
def test_it_measures_estimates_bootstraps_and_propensities(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ope, "obp_estimates", missing)
    figures = {figure.name: figure for figure in ope.bench(seed=1)}

    assert set(figures) >= {
        "point_estimates_over_numpy",
        "point_estimates_difference",
        "bootstrap_over_numpy",
        "propensities_over_counting_10_arms",
        "propensities_over_counting_12_arms",
        "propensities_difference",
    }
    assert figures["point_estimates_difference"].met
    assert figures["bandit_logs_held_by_always_valid"].value > 90.0
    assert figures["adaptive_constant_error_over_ips"].value < 1.0
    assert all(figure.value > 0 for name, figure in figures.items() if name.endswith("numpy"))
    assert "its figures are left out" in capsys.readouterr().err


@pytest.mark.slow
def test_a_peer_that_is_there_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = ope.plain(*ope._data(1))
    for name in ("obp_estimates", "obp_bootstrap", "obp_propensities"):
        monkeypatch.setattr(ope, name, lambda log, target, *_: lambda: theirs)

    names = [figure.name for figure in ope.bench(seed=1)]

    assert names[-4:] == [
        "point_estimates_difference_to_obp",
        "point_estimates_over_obp",
        "bootstrap_over_obp",
        "propensities_over_obp",
    ]


def test_the_plain_version_computes_the_same() -> None:
    log, target, model = ope._data(1)
    evidence = gather(log, target, model)
    for name, value in ope.plain(log, target, model).items():
        assert load_estimator(name).contributions(evidence).value == pytest.approx(value, rel=1e-12)

    column = ope._column("dr", log, target, model)
    part = load_estimator("dr").contributions(evidence)
    ours = bootstrap({"dr": part}, np.random.default_rng(1), resamples=200)["dr"]
    assert ope.plain_bootstrap({"dr": column}, 1)["dr"] == pytest.approx((ours.low, ours.high), rel=0.1)


def test_the_peer_is_not_imported_where_it_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ope_peers, "import_module", missing)
    log, target, model = ope._data(1)
    with pytest.raises(ImportError):
        _ope_peers.obp_estimates(log, target, model)
