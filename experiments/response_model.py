"""The population behind the ad sets: a hierarchical response model, fitted with PyMC, that yields policies' priors.

Online policies use a conjugate-like filter per ad set; what they cannot learn alone is how elasticities are spread over
the population. This model learns that spread from many ad sets at once (Gelman and Hill 2007, chapters 11-13, for the
partial pooling; the response is the log-quadratic curve the policies use). NUTS by nutpie, which compiles with numba
and so needs no C compiler.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.vocabulary import PolicySpec
from experiments.errors import FitRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

CURVATURE = 0.12
"""Curvature of log response in log spend, fixed: it cannot be told from elasticity in a few weeks of data."""
SMALLEST_SPREAD = 0.05
"""A population estimated from a few dozen ad sets is never known to be narrower than this."""
MAX_R_HAT = 1.05
MIN_EFFECTIVE_SAMPLES = 100.0
MAX_DIVERGENCE_SHARE = 0.02


@dataclass(frozen=True, eq=False, slots=True)
class Panel:
    """Settled history of many ad sets in G groups (worlds or accounts): every array is (G, A, D).

    Only days whose conversions have all arrived belong here; young days would look like weak ones.
    """

    spend_minor: NDArray[np.int64]
    conversions: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Priors:
    """What the population says about one ad set that nobody has seen yet, with its convergence figures.

    `elasticity_mean` and `elasticity_sd` describe the ad sets' elasticities of results on spend at their usual spend;
    `day_sd` the common day effect in log units; `dispersion` the negative binomial's size.
    """

    elasticity_mean: float
    elasticity_sd: float
    day_sd: float
    dispersion: float
    ad_sets: int
    days: int
    worst_r_hat: float
    smallest_effective_samples: float
    divergences: int

    def to_json(self) -> str:
        """Canonical JSON."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON: a policy's spec carries it."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def figures(self) -> dict[str, float]:
        """Everything, by name."""
        return asdict(self)

    def spec(self) -> PolicySpec:
        """Curve-based Thompson sampling that starts from this population."""
        params = {"elasticity": self.elasticity_mean, "elasticity_sd": max(self.elasticity_sd, SMALLEST_SPREAD)}
        return PolicySpec("curve_thompson", params, priors_digest=self.digest)


def read_priors(path: Path) -> Priors:
    """Priors that `caudal fit` wrote.

    Raises:
        FitRefused: the file cannot be read, or is not one of those.
    """
    try:
        return Priors(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise FitRefused(f"{path} holds no priors ({error}); write them with: caudal fit --out {path}") from error


def fit(panel: Panel, *, draws: int = 400, tune: int = 400, chains: int = 2, seed: int = 0) -> Priors:
    """Fit the population; refuse, with the reason, what has not converged.

    Raises:
        FitRefused: too little data, or R-hat, effective sample size or divergences out of bounds.
    """
    import nutpie  # noqa: PLC0415 - seconds of imports that only this command needs

    compiled = nutpie.compile_pymc_model(_model(panel))
    trace = nutpie.sample(
        compiled, draws=draws, tune=tune, chains=chains, cores=chains, seed=seed, progress_bar=False, target_accept=0.9
    )
    priors = _summarise(trace, panel)
    _insist_on_convergence(priors, draws * chains)
    return priors


def _model(panel: Panel) -> Any:
    """Negative binomial counts around a log-quadratic curve, elasticities partially pooled, an effect per day."""
    import pymc as pm  # noqa: PLC0415 - ten seconds of imports

    group, ad_set, day = np.nonzero(panel.spend_minor > 0)
    if group.size < MIN_EFFECTIVE_SAMPLES:
        raise FitRefused(
            f"only {group.size} days with spend in the history; at least {MIN_EFFECTIVE_SAMPLES:.0f} are needed"
        )
    groups, ad_sets, days = panel.spend_minor.shape
    spend = panel.spend_minor[group, ad_set, day].astype(np.float64)
    usual = np.divide(panel.spend_minor.sum(-1), np.maximum((panel.spend_minor > 0).sum(-1), 1))
    x = np.log(spend / usual[group, ad_set])
    unit, cell = group * ad_sets + ad_set, group * days + day
    counted = panel.conversions[group, ad_set, day]
    level = np.log((panel.conversions.sum(-1).ravel() + 0.5) / np.maximum((panel.spend_minor > 0).sum(-1).ravel(), 1))
    with pm.Model() as model:
        elasticity_mean = pm.Normal("elasticity_mean", 0.6, 0.3)
        elasticity_sd = pm.HalfNormal("elasticity_sd", 0.25)
        day_sd = pm.HalfNormal("day_sd", 0.2)
        dispersion = pm.LogNormal("dispersion", np.log(12.0), 0.7)
        offset = pm.Normal("level_offset", 0.0, 0.5, shape=groups * ad_sets)
        beta = elasticity_mean + elasticity_sd * pm.Normal("elasticity_z", 0.0, 1.0, shape=groups * ad_sets)
        common = day_sd * pm.Normal("day_z", 0.0, 1.0, shape=groups * days)
        log_mean = level[unit] + offset[unit] + beta[unit] * x - 0.5 * CURVATURE * x**2 + common[cell]
        pm.NegativeBinomial("conversions", mu=pm.math.exp(log_mean), alpha=dispersion, observed=counted)
    return model


def _summarise(trace: Any, panel: Panel) -> Priors:
    import arviz as az  # noqa: PLC0415 - seconds of imports

    names = ["elasticity_mean", "elasticity_sd", "day_sd", "dispersion"]
    posterior = trace.posterior
    mean = {name: float(np.asarray(posterior[name]).mean()) for name in names}
    r_hat = az.rhat(trace, var_names=names)
    ess = az.ess(trace, var_names=names)
    _, ad_sets, days = panel.spend_minor.shape
    return Priors(
        **{name: round(mean[name], 4) for name in names},
        ad_sets=panel.spend_minor.shape[0] * ad_sets,
        days=days,
        worst_r_hat=round(max(float(np.asarray(r_hat[name])) for name in names), 4),
        smallest_effective_samples=round(min(float(np.asarray(ess[name])) for name in names), 1),
        divergences=int(np.asarray(trace.sample_stats["diverging"]).sum()),
    )


def _insist_on_convergence(priors: Priors, draws: int) -> None:
    reasons = []
    if priors.worst_r_hat > MAX_R_HAT:
        reasons.append(f"chains disagree (R-hat {priors.worst_r_hat} > {MAX_R_HAT})")
    if priors.smallest_effective_samples < MIN_EFFECTIVE_SAMPLES:
        reasons.append(f"too few effective samples ({priors.smallest_effective_samples} < {MIN_EFFECTIVE_SAMPLES:.0f})")
    if priors.divergences > MAX_DIVERGENCE_SHARE * draws:
        reasons.append(f"{priors.divergences} of {draws} draws diverged")
    if reasons:
        raise FitRefused(f"the fit has not converged: {'; '.join(reasons)}. Give it more draws or more history.")
