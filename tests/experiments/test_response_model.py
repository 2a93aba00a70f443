"""The population model finds what was planted, and refuses what it cannot know."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.registry import build_policy
from experiments.errors import FitRefused
from experiments.response_model import Panel, Priors, _insist_on_convergence, fit, read_priors

SOUND = Priors(0.55, 0.1, 0.1, 12.0, 36, 42, 1.01, 400.0, 0)


def planted_panel(elasticity: float, spread: float, seed: int) -> Panel:
    """Counts from the model's own world: 3 groups of 12 ad sets, 42 days, budgets swung by 50 %."""
    rng = np.random.default_rng(seed)
    shape = (3, 12, 42)
    swings = np.exp(rng.normal(0, 0.5, shape))
    spend = (swings * rng.lognormal(9, 0.6, (3, 12, 1))).astype(np.int64)
    x = np.log(spend / spend.mean(axis=-1, keepdims=True))
    slope = rng.normal(elasticity, spread, (3, 12, 1))
    day = rng.normal(0, 0.1, (3, 1, 42))
    mean = rng.lognormal(3, 0.4, (3, 12, 1)) * np.exp(slope * x - 0.06 * x**2 + day)
    return Panel(spend, rng.poisson(mean * rng.gamma(12, 1 / 12, shape)))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the sampler's own dependencies
@pytest.mark.timeout(900)
def test_planted_elasticity_and_spread_are_found() -> None:
    priors = fit(planted_panel(0.55, 0.15, seed=3), draws=300, tune=300, seed=1)

    assert priors.elasticity_mean == pytest.approx(0.55, abs=0.08)
    assert priors.elasticity_sd == pytest.approx(0.15, abs=0.07)
    assert priors.day_sd == pytest.approx(0.1, abs=0.05)
    assert priors.ad_sets == 36


@pytest.mark.slow
def test_too_little_history_is_refused_with_the_number_of_days() -> None:
    empty = np.zeros((1, 2, 30), dtype=np.int64)

    with pytest.raises(FitRefused, match="only 0 days with spend"):
        fit(Panel(empty, empty))


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        ({"worst_r_hat": 1.2}, "chains disagree"),
        ({"smallest_effective_samples": 20.0}, "too few effective samples"),
        ({"divergences": 50}, "50 of 600 draws diverged"),
    ],
)
def test_a_fit_that_has_not_converged_is_refused_with_the_reason(spoilt: dict[str, float], reason: str) -> None:
    with pytest.raises(FitRefused, match=reason):
        _insist_on_convergence(replace(SOUND, **spoilt), 600)


def test_priors_travel_by_file_into_a_policy_that_can_be_built(tmp_path: Path) -> None:
    path = tmp_path / "priors.json"
    path.write_text(SOUND.to_json())

    spec = read_priors(path).spec()

    assert spec.priors_digest == SOUND.digest
    assert build_policy(spec).elasticity == 0.55


def test_a_file_without_priors_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "priors.json"
    path.write_text("{}")

    with pytest.raises(FitRefused, match="caudal fit --out"):
        read_priors(path)
