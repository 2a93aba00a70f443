"""Off-policy evaluation: time as ratios to plain numpy and to obp where installed, and how often intervals hold."""

from __future__ import annotations

import sys
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

import numpy as np

from experiments.bench import Figure
from experiments.benches._ope_coverage import coverage_figures
from experiments.benches._ope_peers import obp_bootstrap, obp_estimates, obp_propensities
from experiments.ope.estimator import load_estimator
from experiments.ope.evidence import gather
from experiments.ope.intervals import bootstrap
from experiments.ope.log import BanditLog
from experiments.ope.propensities import best_arm_probabilities

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray

ROUNDS, ACTIONS, POSITIONS = 10_000, 80, 3
RESAMPLES, DRAWS = 1_000, 100_000
REPEATS = 7
ESTIMATORS = ("ips", "snips", "dm", "dr")
_SHAPE = f"{ROUNDS:,} rounds x {ACTIONS} actions x {POSITIONS} positions"

Work = Callable[[], object]


def bench(seed: int) -> tuple[Figure, ...]:
    """Point estimates, bootstraps and propensities: CPU time of others over ours, medians of repeats in turn."""
    log, target, model = _data(seed)
    rng = np.random.default_rng((seed, 2))
    alpha: FloatArray = 1.0 + rng.integers(0, 200, ACTIONS).astype(np.float64)
    beta: FloatArray = 1.0 + rng.integers(2_000, 20_000, ACTIONS).astype(np.float64)

    def ours() -> dict[str, float]:
        evidence = gather(log, target, model)
        return {name: load_estimator(name).contributions(evidence).value for name in ESTIMATORS}

    evidence = gather(log, target, model)
    parts = {name: load_estimator(name).contributions(evidence) for name in ESTIMATORS}

    def resampling() -> object:
        return bootstrap(parts, np.random.default_rng(seed), resamples=RESAMPLES)

    theirs = plain(log, target, model)
    difference = max(abs(found - expected) for found, expected in zip(ours().values(), theirs.values(), strict=True))
    columns = {name: _column(name, log, target, model) for name in ESTIMATORS}
    figures = [
        Figure(
            "point_estimates_over_numpy", _ratio(lambda: plain(log, target, model), ours), "x", 1.0, "higher", _SHAPE
        ),
        Figure("point_estimates_difference", difference, "", 1e-12, "lower", "largest, to plain numpy"),
        Figure(
            "bootstrap_over_numpy",
            _ratio(lambda: plain_bootstrap(columns, seed), resampling, repeats=3),
            "x",
            1.0,
            "higher",
            f"{RESAMPLES:,} resamples of {ROUNDS:,} rounds for four estimators; numpy draws and averages one at a time",
        ),
        *_propensity_figures(alpha, beta, seed),
        *coverage_figures(seed),
        *_peer_figures(log, target, model, alpha, beta, ours, resampling),
    ]
    return tuple(figures)


def plain(log: BanditLog, target: FloatArray, model: FloatArray) -> dict[str, float]:
    """The four estimates as one writes them down in numpy, with the shared parts worked out once."""
    every, places = np.arange(len(log)), log.places
    weights = target[every, log.actions, places] / log.propensities
    expected = (target[every, :, places] * model[every, :, places]).sum(axis=1)
    residuals = log.rewards - model[every, log.actions, places]
    return {
        "ips": float((weights * log.rewards).mean()),
        "snips": float((weights * log.rewards).sum() / weights.sum()),
        "dm": float(expected.mean()),
        "dr": float((expected + weights * residuals).mean()),
    }


def plain_bootstrap(columns: dict[str, FloatArray], seed: int) -> dict[str, FloatArray]:
    """Percentiles of resampled means, one resample at a time, drawn once for all estimators."""
    rng = np.random.default_rng(seed)
    values = np.empty((RESAMPLES, len(columns)))
    for row in range(RESAMPLES):
        drawn = rng.integers(ROUNDS, size=ROUNDS)
        values[row] = [column[drawn].mean() for column in columns.values()]
    return dict(zip(columns, np.quantile(values, [0.025, 0.975], axis=0).T, strict=True))


def counted(alpha: FloatArray, beta: FloatArray, seed: int) -> FloatArray:
    """Shares of wins in draws of all arms at once."""
    best = np.random.default_rng(seed).beta(alpha, beta, size=(DRAWS, len(alpha))).argmax(axis=1)
    shares: FloatArray = np.bincount(best, minlength=len(alpha)) / DRAWS
    return shares


def _propensity_figures(alpha: FloatArray, beta: FloatArray, seed: int) -> list[Figure]:
    found = []
    for arms in (10, len(alpha)):
        a, b = alpha[:arms], beta[:arms]
        gain = _ratio(lambda a=a, b=b: counted(a, b, seed), lambda a=a, b=b: best_arm_probabilities(a, b), repeats=3)  # type: ignore[misc]
        how = f"{arms} Beta arms; {DRAWS:,} draws counted by numpy"
        found.append(Figure(f"propensities_over_counting_{arms}_arms", gain, "x", 100.0, "higher", how))
    off = float(np.abs(counted(alpha, beta, seed) - best_arm_probabilities(alpha, beta)).max())
    how = f"largest, {len(alpha)} arms; counting has standard errors of up to {0.5 / np.sqrt(DRAWS):.1e}"
    return [*found, Figure("propensities_difference", off, "", 5e-3, "lower", how)]


def _peer_figures(
    log: BanditLog,
    target: FloatArray,
    model: FloatArray,
    alpha: FloatArray,
    beta: FloatArray,
    ours: Work,
    resampling: Work,
) -> list[Figure]:
    try:
        peers = {
            "point_estimates_over_obp": (obp_estimates(log, target, model), ours, 10.0),
            "bootstrap_over_obp": (obp_bootstrap(log, target, model, RESAMPLES), resampling, 7.0),
            "propensities_over_obp": (
                obp_propensities(alpha, beta, DRAWS),
                lambda: best_arm_probabilities(alpha, beta),
                100.0,
            ),
        }
    except (ImportError, AttributeError) as error:  # today's libraries lack what it was written for
        sys.stderr.write(f"obp is not installed, or not usable ({error}): its figures are left out\n")
        return []
    values = zip(peers["point_estimates_over_obp"][0]().values(), plain(log, target, model).values(), strict=True)
    off = max(abs(theirs - mine) for theirs, mine in values)
    return [
        Figure("point_estimates_difference_to_obp", off, "", 1e-12, "lower", "largest of the four, same arrays"),
        *(
            Figure(name, _ratio(theirs, mine, repeats=3), "x", goal, "higher", f"obp on the same arrays, {_SHAPE}")
            for name, (theirs, mine, goal) in peers.items()
        ),
    ]


def _data(seed: int) -> tuple[BanditLog, FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    actions, places = rng.integers(ACTIONS, size=ROUNDS), rng.integers(POSITIONS, size=ROUNDS)
    rewards = rng.binomial(1, 0.05, ROUNDS).astype(np.float64)
    log = BanditLog(actions, rewards, np.full(ROUNDS, 1.0 / ACTIONS), ACTIONS, places)
    target = rng.random((ROUNDS, ACTIONS, POSITIONS))
    target /= target.sum(axis=1, keepdims=True)
    return log, target, 0.1 * rng.random((ROUNDS, ACTIONS, POSITIONS))


def _column(name: str, log: BanditLog, target: FloatArray, model: FloatArray) -> FloatArray:
    part = load_estimator(name).contributions(gather(log, target, model))
    return part.numerator if part.base is None else part.numerator + part.base


def _ratio(theirs: Work, ours: Work, repeats: int = REPEATS) -> float:
    """CPU time of theirs over ours: both run once unmeasured, then in turn; the median of ratios."""
    theirs()
    ours()
    return median(_seconds(theirs) / _seconds(ours) for _ in range(repeats))


def _seconds(work: Work) -> float:
    """CPU seconds of one run, averaged over as many as take 20 ms."""
    runs, start = 0, process_time()
    while (spent := process_time() - start) < 0.02:  # noqa: PLR2004 - well above the clock's grain
        work()
        runs += 1
    return spent / runs


BENCH = bench
