"""What a fit says of a population of ad sets, as a file: where `caudal fit` leaves it and policies start from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from agents.population import Population
from agents.registry import build_policy
from agents.vocabulary import PolicySpec
from experiments.errors import FitRefused

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = "caudal.priors.2"
SMALLEST_SPREAD = 0.05
"""A population estimated from a few dozen ad sets is never known to be narrower than this in its elasticities."""
MAX_R_HAT = 1.05
MIN_EFFECTIVE_SAMPLES = 100.0
MAX_DIVERGENCE_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Priors:
    """A population with how well it is known: what the filter of `agents.response` starts from.

    Attributes:
        population: posterior means, in the terms of `agents.population`.
        intervals: by name of a figure of the population, its central 95 % posterior interval. `delay` has none.
        delay_seen: whether the panel showed when conversions arrive; otherwise `delay` is the usual one.
        groups: accounts that were learnt from, `ad_sets` in all of them, `days` of each.
        worst_r_hat: of the figures of the population, as are `smallest_effective_samples`.
        divergences: draws at which the sampler lost its way.
    """

    population: Population
    intervals: Mapping[str, tuple[float, float]]
    delay_seen: bool
    groups: int
    ad_sets: int
    days: int
    worst_r_hat: float
    smallest_effective_samples: float
    divergences: int

    def to_json(self) -> str:
        """Canonical JSON."""
        body = {"schema": SCHEMA, **asdict(self)}
        return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON: a policy's spec carries it."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def spec(self) -> PolicySpec:
        """Curve-based Thompson sampling that starts from this population, with the digest of these priors."""
        params = asdict(self.population)
        params["elasticity_sd"] = max(self.population.elasticity_sd, SMALLEST_SPREAD)
        params["delay"] = list(self.population.delay)
        return PolicySpec("curve_thompson", params, priors_digest=self.digest)


def read_priors(path: Path) -> Priors:
    """Priors that `caudal fit` wrote.

    Raises:
        FitRefused: the file cannot be read, is not one of those, or is of an earlier version.
    """
    again = f"write them with: caudal fit --out {path}"
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(body, dict) and "elasticity_mean" in body:
            raise FitRefused(
                f"{path} is of an earlier version, which knew elasticities alone; the filter wants clicks, drift and "
                f"delays too: {again}"
            )
        priors = _from(body)
        build_policy(priors.spec())
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise FitRefused(f"{path} holds no priors ({error}); {again}") from error
    return priors


def _from(body: dict[str, Any]) -> Priors:
    if body.pop("schema", None) != SCHEMA:
        raise ValueError(f"its schema is not {SCHEMA}")
    population = dict(body.pop("population"))
    population["delay"] = tuple(population["delay"])
    intervals = {name: (float(low), float(high)) for name, (low, high) in body.pop("intervals").items()}
    return Priors(Population(**population), intervals, **body)


def insist_on_use(priors: Priors, draws: int) -> None:
    """Refuse what has not converged, or what no policy can start from.

    Raises:
        FitRefused: R-hat, effective sample size or divergences out of bounds; or a population without diminishing
            returns.
    """
    reasons = []
    if priors.worst_r_hat > MAX_R_HAT:
        reasons.append(f"chains disagree (R-hat {priors.worst_r_hat} > {MAX_R_HAT})")
    if priors.smallest_effective_samples < MIN_EFFECTIVE_SAMPLES:
        reasons.append(f"too few effective samples ({priors.smallest_effective_samples} < {MIN_EFFECTIVE_SAMPLES:.0f})")
    if priors.divergences > MAX_DIVERGENCE_SHARE * draws:
        reasons.append(f"{priors.divergences} of {draws} draws diverged")
    if reasons:
        raise FitRefused(f"the fit has not converged: {'; '.join(reasons)}. Give it more draws or more history.")
    try:
        build_policy(priors.spec())
    except ValueError as error:
        raise FitRefused(
            f"the population that was found is none that a policy can start from: {error}. Is this history of budgets "
            "that moved on their own, or did budgets follow demand?"
        ) from error
