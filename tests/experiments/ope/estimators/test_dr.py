"""What doubly robust estimators become at their limits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.errors import LogRefused
from experiments.ope.estimator import Contributions, load_estimator
from experiments.ope.evidence import Evidence, gather, gather_logged
from experiments.ope.log import BanditLog


@pytest.fixture
def log(make_log: Callable[..., BanditLog]) -> BanditLog:
    return make_log(1)


def ask(name: str, evidence: Evidence, **params: float) -> Contributions:
    return load_estimator(name, **params).contributions(evidence)


def random_evidence(seed: int) -> Evidence:
    """Any log and any model."""
    rng = np.random.default_rng(seed)
    log = BanditLog(rng.integers(3, size=40), rng.normal(size=40), rng.uniform(0.05, 1.0, 40), 3)
    return gather(log, rng.dirichlet(np.ones(3), size=40), rng.normal(size=(40, 3)))


def test_with_a_perfect_model_dr_is_dm(log: BanditLog, target: np.ndarray, means: np.ndarray) -> None:
    exact = BanditLog(log.actions, means[log.actions, log.places], log.propensities, 4, log.positions)
    evidence = gather(exact, target, means)

    for name in ("dr", "sndr", "switch_dr", "dros"):
        assert ask(name, evidence).value == pytest.approx(ask("dm", evidence).value)


def test_with_a_model_of_zeros_dr_is_ips(log: BanditLog, target: np.ndarray) -> None:
    evidence = gather(log, target, np.zeros(4))

    assert ask("dr", evidence).value == pytest.approx(ask("ips", evidence).value)
    assert ask("sndr", evidence).value == pytest.approx(ask("snips", evidence).value)


@given(st.integers(0, 10_000))
def test_switch_goes_from_dm_to_dr_as_its_threshold_grows(seed: int) -> None:
    evidence = random_evidence(seed)

    assert ask("switch_dr", evidence, threshold=np.inf).value == pytest.approx(ask("dr", evidence).value)
    assert ask("switch_dr", evidence, threshold=0.0).value == pytest.approx(ask("dm", evidence).value)


@given(st.integers(0, 10_000))
def test_shrinkage_goes_from_dm_to_dr_as_it_grows(seed: int) -> None:
    evidence = random_evidence(seed)
    dr, dm = ask("dr", evidence).value, ask("dm", evidence).value

    assert ask("dros", evidence, shrinkage=np.inf).value == pytest.approx(dr)
    assert ask("dros", evidence, shrinkage=1e12).value == pytest.approx(dr, abs=1e-6)
    assert ask("dros", evidence, shrinkage=0.0).value == pytest.approx(dm)


@given(st.integers(0, 10_000), st.floats(0.01, 1e4))
def test_shrunk_weights_are_below_the_weights_and_half_the_root(seed: int, shrinkage: float) -> None:
    evidence = random_evidence(seed)
    zero = Evidence(evidence.log, evidence.weights, None, evidence.log.rewards - 1.0, np.zeros(40))
    shrunk = ask("dros", zero, shrinkage=shrinkage).numerator

    assert (shrunk <= evidence.weights * (1 + 1e-12)).all()
    assert (shrunk <= 0.5 * np.sqrt(shrinkage) * (1 + 1e-12)).all()


def test_a_good_model_makes_dr_surer_than_ips(log: BanditLog, target: np.ndarray, means: np.ndarray) -> None:
    evidence = gather(log, target, means)

    assert ask("dr", evidence).standard_error < 0.8 * ask("ips", evidence).standard_error


@pytest.mark.parametrize("name", ["dm", "dr", "sndr", "switch_dr", "dros"])
def test_without_a_model_it_says_what_it_needs(name: str, log: BanditLog) -> None:
    with pytest.raises(LogRefused, match=r"needs a reward model: give expected rewards \(N, A\)"):
        ask(name, gather_logged(log, log.propensities))


@pytest.mark.parametrize(("name", "param"), [("switch_dr", "threshold"), ("dros", "shrinkage")])
def test_limits_of_parameters_are_said(name: str, param: str) -> None:
    with pytest.raises(ValueError, match=f"{param} is -1"):
        load_estimator(name, **{param: -1.0})
