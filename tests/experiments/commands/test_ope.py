from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.ope.estimator import estimators

Caudal = Callable[..., Any]
COLUMNS = ("--action", "ad", "--reward", "click", "--propensity", "chance", "--resamples", "100")
LOGGING = np.array([0.6, 0.3, 0.1])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """1,000 rounds of three ads that are clicked with 20, 40 and 60 %."""
    rng = np.random.default_rng(1)
    ads = rng.choice(3, size=1_000, p=LOGGING)
    clicks = rng.random(1_000) < 0.2 * (ads + 1)
    rows = [f"{'abc'[ad]},{int(click)},{LOGGING[ad]},{float(ad == 2)}" for ad, click in zip(ads, clicks, strict=True)]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["ad,click,chance,of_c", *rows]))
    return path


def test_a_uniform_policy_is_one_object(caudal: Caudal, log: Path) -> None:
    result = caudal("ope", str(log), *COLUMNS, "--target", "uniform", "--json")

    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found["support"]["verdict"] == "adequate"
    values = {each["name"]: each["value"] for each in found["estimates"]}
    assert set(values) == set(estimators()) - {"mips", "adaptive_constant", "adaptive_two_point"}
    assert values["dr"] == pytest.approx(0.4, abs=0.06)
    assert found["always_valid"]["low"] < 0.4 < found["always_valid"]["high"]
    assert [each["name"] for each in found["left_out"]] == ["adaptive_constant", "adaptive_two_point", "mips"]


def test_a_policy_comes_from_a_file_or_a_column(caudal: Caudal, log: Path, tmp_path: Path) -> None:
    (tmp_path / "target.csv").write_text("action,probability\nc,1\n")
    by_file, by_column = (
        json.loads(caudal("ope", str(log), *COLUMNS, "--target", target, "--estimator", "snips", "--json").stdout)
        for target in (str(tmp_path / "target.csv"), "of_c")
    )

    assert by_file["estimates"][0]["value"] == by_column["estimates"][0]["value"] == pytest.approx(0.6, abs=0.15)


def test_people_get_a_table(caudal: Caudal, log: Path) -> None:
    result = caudal("ope", str(log), *COLUMNS, "--target", "uniform")

    assert result.exit_code == 0
    assert "Support is adequate: 1,000 rounds are worth" in result.stdout
    assert "mips is left out: it needs action embeddings." in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_insufficient_support_is_said_and_exit_code_1(caudal: Caudal, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("ad,click,chance\n" + "a,0,0.9\n" * 500 + "b,1,0.0001\n")
    result = caudal("ope", str(path), *COLUMNS, "--target", "uniform")

    assert result.exit_code == 1
    assert "insufficient support" in result.stdout
    assert "Support is insufficient: 501 rounds are worth 1" in result.stdout


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--target", "of_d"), "has no column 'of_d': did you mean 'of_c'"),
        (("--target", "uniform", "--estimator", "snip"), "did you mean 'snips'"),
        (("--target", "of_c", "--estimator", "dr"), "needs a reward model"),
        (("--target", "uniform", "--reward-range", "0", "0.5"), "say the least and the largest reward"),
    ],
)
def test_what_cannot_be_asked_is_bad_usage(caudal: Caudal, log: Path, more: tuple[str, ...], message: str) -> None:
    result = caudal("ope", str(log), *COLUMNS, *more)

    assert result.exit_code == 2
    assert message in result.stderr


def test_a_file_that_is_not_there_is_bad_usage(caudal: Caudal, tmp_path: Path) -> None:
    result = caudal("ope", str(tmp_path / "none.csv"), *COLUMNS, "--target", "uniform")

    assert result.exit_code == 2
    assert result.stderr.startswith("caudal: cannot read")
