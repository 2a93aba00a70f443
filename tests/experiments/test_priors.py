"""Priors travel by file, whole and with their digest, and what no policy can start from is refused."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from agents.policies.curve_thompson import CurveThompson
from agents.population import Population
from agents.registry import build_policy
from experiments.errors import FitRefused
from experiments.priors import SMALLEST_SPREAD, Priors, insist_on_use, read_priors

POPULATION = Population(
    elasticity=0.45,
    elasticity_sd=0.12,
    per_click=-0.1,
    per_click_sd=0.07,
    drift=0.013,
    click_level_sd=0.6,
    conversion_level_sd=0.2,
    click_dispersion=50.0,
    conversion_dispersion=9.0,
    day_sd=0.11,
    delay=(0.4, 0.35, 0.25),
)
SOUND = Priors(POPULATION, {"elasticity": (0.4, 0.5)}, True, 3, 36, 42, 1.01, 400.0, 0)


def test_every_figure_of_the_population_travels_by_file_into_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "priors.json"
    path.write_text(SOUND.to_json())

    policy = build_policy(read_priors(path).spec())

    assert isinstance(policy, CurveThompson)
    assert policy.population == POPULATION


def test_the_spec_carries_the_digest_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "priors.json"
    path.write_text(SOUND.to_json())
    changed = replace(SOUND, population=replace(POPULATION, drift=0.014))

    assert read_priors(path) == SOUND
    assert read_priors(path).spec().priors_digest == SOUND.digest
    assert changed.spec().priors_digest != SOUND.digest


def test_the_text_is_canonical() -> None:
    text = SOUND.to_json()

    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


def test_a_spread_is_never_taken_for_narrower_than_can_be_known() -> None:
    narrow = replace(SOUND, population=replace(POPULATION, elasticity_sd=0.01))

    assert narrow.spec().params["elasticity_sd"] == SMALLEST_SPREAD


def test_an_earlier_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "priors.json"
    path.write_text('{"elasticity_mean": 0.55, "elasticity_sd": 0.1, "day_sd": 0.1, "dispersion": 12.0}')

    with pytest.raises(FitRefused, match=r"an earlier version.*caudal fit --out"):
        read_priors(path)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "no json",
        json.dumps({"schema": "caudal.priors.2"}),
        json.dumps({**json.loads(SOUND.to_json()), "population": {**asdict(POPULATION), "drift": -1}}),
        json.dumps({**json.loads(SOUND.to_json()), "surplus": 1}),
    ],
)
def test_a_file_without_priors_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "priors.json"
    path.write_text(text)

    with pytest.raises(FitRefused, match=r"holds no priors.*caudal fit --out"):
        read_priors(path)


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        ({"worst_r_hat": 1.2}, "chains disagree"),
        ({"smallest_effective_samples": 20.0}, "too few effective samples"),
        ({"divergences": 50}, "50 of 600 draws diverged"),
        ({"population": replace(POPULATION, elasticity=1.1)}, "none that a policy can start from: .*elasticity"),
    ],
)
def test_a_fit_that_cannot_be_used_is_refused_with_the_reason(spoilt: dict[str, float], reason: str) -> None:
    insist_on_use(SOUND, 600)

    with pytest.raises(FitRefused, match=reason):
        insist_on_use(replace(SOUND, **spoilt), 600)  # type: ignore[arg-type]
