"""The population behind the ad sets: a hierarchical response model, fitted with PyMC, that yields policies' priors.

Online policies run a filter over each account (`agents.response`); what one account cannot tell is how ad sets differ
in general. This model is the filter's own, seen from all accounts at once and with everything unknown that the filter
takes for given: clicks per unit of spend, conversions per click, both with levels that wander, log-quadratic in log
spend with elasticities partially pooled over ad sets and accounts (Gelman and Hill 2007, chapters 11-13), days and
weekdays that an account's ad sets share, negative binomial counts. Two differences: levels move from week to week
instead of from day to day, which is hundreds of parameters instead of thousands, and their steps have heavy tails, so
that a few ad sets that jump do not look like many that drift.

NUTS by nutpie, which compiles with numba and so needs no C compiler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.population import DELAY, Population
from agents.response import CURVATURE
from experiments.errors import FitRefused
from experiments.priors import SMALLEST_SPREAD, Priors, insist_on_use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LEAST_DAYS = 100
"""Days with spend, of all ad sets together, below which nothing is fitted."""
WEEK = 7
_WEEKDAY_SD, _LASTING_DRIFT = 0.12, 0.02
"""Of weekdays, and of an account's level from day to day: as in `agents.filtering`."""
_ACCOUNT_SD = 0.12
"""Of accounts' mean elasticities around the population's."""
_LEAST_SCATTER = 1e-4
_TAIL = 3.0
"""Degrees of freedom of the weekly steps of levels."""
_GAUSSIAN_SCALE = 0.84
"""Scale of the Student distribution with these degrees of freedom that is nearest to a standard normal one."""
_WEEKS_APART = np.sqrt((2.0 * WEEK**2 + 1.0) / (3.0 * WEEK))
"""Spread of the difference between the means of two adjacent weeks of a random walk with unit daily steps."""
_DELAY_TRUST = 20.0
"""Conversions that the usual delay counts for."""
_NAMES = (
    "elasticity",
    "elasticity_sd",
    "per_click",
    "per_click_sd",
    "drift",
    "click_level_sd",
    "conversion_level_sd",
    "click_dispersion",
    "conversion_dispersion",
    "day_sd",
)


@dataclass(frozen=True, eq=False, slots=True)
class Panel:
    """Settled history of many ad sets in G groups (worlds or accounts): arrays (G, A, D), days without gaps.

    Only days whose conversions have all arrived belong here; young days would look like weak ones. `arrivals` (L,)
    counts settled conversions by how many days after the click's they were first seen, where that was watched.
    """

    spend_minor: Ints
    clicks: Ints
    conversions: Ints
    arrivals: Ints | None = None


def fit(panel: Panel, *, draws: int = 800, tune: int = 400, chains: int = 2, seed: int = 0) -> Priors:
    """Fit the population; refuse, with the reason, what has not converged.

    Raises:
        FitRefused: too little data, or R-hat, effective sample size or divergences out of bounds.
    """
    _insist_on_data(panel)
    import nutpie  # noqa: PLC0415 - seconds of imports that only this command needs

    compiled = nutpie.compile_pymc_model(_model(panel))
    trace = nutpie.sample(
        compiled, draws=draws, tune=tune, chains=chains, cores=chains, seed=seed, progress_bar=False, target_accept=0.9
    )
    priors = _summarise(trace, panel)
    insist_on_use(priors, draws * chains)
    return priors


def delay_shares(arrivals: Ints | None) -> tuple[float, ...]:
    """Share of conversions by days since the click: the posterior mean of a multinomial with a Dirichlet prior.

    Conversions of one day arrive independently of the response, so this needs no sampling. The usual shares where
    nothing was watched.
    """
    if arrivals is None:
        return DELAY
    ages = max(len(arrivals), len(DELAY))
    seen, usual = (np.pad(np.asarray(a, dtype=np.float64), (0, ages - len(a))) for a in (arrivals, DELAY))
    shares = (seen + _DELAY_TRUST * usual) / (seen.sum() + _DELAY_TRUST * usual.sum())
    later = [round(float(share), 5) for share in shares[1:]]
    return (round(1.0 - sum(later), 5), *later)


def _insist_on_data(panel: Panel) -> None:
    seen = int((panel.spend_minor > 0).sum())
    if seen < LEAST_DAYS:
        raise FitRefused(f"only {seen} days with spend in the history; at least {LEAST_DAYS} are needed")
    clicks, conversions = int(panel.clicks.sum()), int(panel.conversions.sum())
    if clicks < conversions:
        raise FitRefused(f"{clicks} clicks for {conversions} conversions: the history lacks clicks, which are needed")


def _model(panel: Panel) -> Any:
    """Both counting processes at once, clicks first: arrays are (2, G, A, weeks, 7), or broadcast to it."""
    import pymc as pm  # noqa: PLC0415 - ten seconds of imports

    spend, clicks, conversions = (_by_week(a) for a in (panel.spend_minor, panel.clicks, panel.conversions))
    seen = spend > 0
    usual = spend.sum((-2, -1), keepdims=True) / np.maximum(seen.sum((-2, -1), keepdims=True), 1)
    x = np.log(np.where(seen, spend / np.maximum(usual, 1.0), 1.0))
    counts = np.stack([clicks, conversions])
    exposure = np.stack(np.broadcast_arrays(np.maximum(usual, 1.0), clicks + 0.5))
    known = np.log(exposure) - np.stack([0.5 * CURVATURE * x**2, np.zeros_like(x)])
    with pm.Model() as model:
        rate = _levels(pm, counts, exposure, seen) + _shared(pm, spend.shape)
        _observe(pm, counts, known + rate + _elasticities(pm, spend.shape[:2]) * x, seen)
        for index, name in enumerate(("click", "conversion")):
            pm.Deterministic(f"{name}_level_sd", model["level_sd"][index])
            pm.Deterministic(f"{name}_dispersion", model["dispersion"][index])
        pm.Deterministic("day_sd", pm.math.sqrt((model["process_day_sd"] ** 2).sum()))
    return model


def _elasticities(pm: Any, shape: tuple[int, int]) -> Any:
    """Elasticities (2, G, A, 1, 1): of clicks on spend, and of conversions per click on it.

    Those of conversions on spend and per click are independent; clicks have the difference. Clicks are many, so theirs
    is what the data fix, and the other is drawn given it. Priors of spreads keep off zero, where a sampler gets stuck.
    """
    mean, sd = pm.Normal("elasticity", 0.6, 0.3), pm.LogNormal("elasticity_sd", np.log(0.12), 0.5)
    gap_mean, gap_sd = pm.Normal("per_click", 0.0, 0.15), pm.LogNormal("per_click_sd", np.log(0.08), 0.5)
    group_sd = pm.HalfNormal("group_sd", _ACCOUNT_SD)
    center = mean - gap_mean + group_sd * pm.Normal("group_z", 0.0, 1.0, shape=(shape[0], 1))
    both = pm.math.sqrt(sd**2 + gap_sd**2)
    of_clicks = pm.Normal("click_elasticity", center, both, shape=shape)
    toward = gap_mean - gap_sd**2 / both**2 * (of_clicks - center)
    gap = toward + gap_sd * sd / both * pm.Normal("per_click_z", 0.0, 1.0, shape=shape)
    return pm.math.stack([of_clicks, gap])[..., None, None]


def _levels(pm: Any, counts: Floats, exposure: Floats, seen: NDArray[np.bool_]) -> Any:
    """Log rates at usual spend (2, G, A, weeks, 1): levels of ad sets around their account's, wandering by the week."""
    events, exposed = ((a * seen).sum((-2, -1)) for a in (counts, exposure))
    rate = np.log((events.sum(-1, keepdims=True) + 0.5) / np.maximum(exposed.sum(-1, keepdims=True), 1.0))
    start = rate + np.log((events + 0.5) / (exposed * np.exp(rate) + 0.5))
    level_sd = pm.HalfNormal("level_sd", 0.8, shape=(2,))
    account = pm.Normal("account_level", rate, 1.0, shape=rate.shape)
    level = pm.Normal("level", account, level_sd[:, None, None], shape=start.shape, initval=start)
    steps = pm.StudentT("steps", nu=_TAIL, mu=0.0, sigma=1.0, shape=counts.shape[:-1])
    drift = pm.LogNormal("drift", np.log(0.02), 0.8)
    walk = _GAUSSIAN_SCALE * _WEEKS_APART / np.sqrt(2.0) * drift * pm.math.dot(steps, _walk(counts.shape[-2]))
    return (level[..., None] + walk)[..., None]


def _shared(pm: Any, shape: tuple[int, ...]) -> Any:
    """What moves all ad sets of an account together (2, G, 1, weeks, 7): lastingly, on weekdays, or for a day."""
    groups, _, weeks, _ = shape
    steps = pm.Normal("account_steps", 0.0, 1.0, shape=(2, groups, 1, weeks))
    lasting = _LASTING_DRIFT * _WEEKS_APART * pm.math.dot(steps, _walk(weeks))
    weekday = pm.Normal("weekday", 0.0, 1.0, shape=(2, groups, 1, 1, WEEK))
    day_sd = pm.LogNormal("process_day_sd", np.log(0.04), 0.8, shape=(2,))
    day = pm.Normal("day", 0.0, 1.0, shape=(2, groups, 1, weeks, WEEK))
    return lasting[..., None] + _WEEKDAY_SD * weekday + day_sd[:, None, None, None, None] * day


def _walk(weeks: int) -> Floats:
    """The matrix that turns steps into a walk about its mean, which belongs to the level."""
    walk: Floats = np.triu(np.ones((weeks, weeks)))
    walk -= walk.mean(-1, keepdims=True)
    return walk


def _observe(pm: Any, counts: Floats, log_mean: Any, seen: NDArray[np.bool_]) -> None:
    """Negative binomial counts of the days seen. Gamma functions of equal counts are taken once."""
    from pytensor.tensor import gammaln  # noqa: PLC0415 - with its neighbour

    size = pm.LogNormal("dispersion", np.log([40.0, 12.0]), 1.0, shape=(2,))
    distinct = [np.unique(of_process[seen], return_counts=True) for of_process in counts]
    which = np.repeat([0, 1], [len(values) for values, _ in distinct])
    values, times = (np.concatenate(parts) for parts in zip(*distinct, strict=True))
    counted = (gammaln(values + size[which]) * times).sum()
    counted += float(seen.sum()) * (size * pm.math.log(size) - gammaln(size)).sum()
    kept, size = seen.astype(np.float64), size[:, None, None, None, None]
    fitted = (counts * kept) * log_mean - (counts + size) * kept * pm.math.log(size + pm.math.exp(log_mean))
    pm.Potential("counts", counted + fitted.sum())


def _by_week(array: Ints) -> Floats:
    """(G, A, D) as (G, A, weeks, 7); days that fill the last week are zero, and so not seen."""
    groups, ad_sets, days = array.shape
    full = np.pad(array.astype(np.float64), ((0, 0), (0, 0), (0, -days % WEEK)))
    return full.reshape(groups, ad_sets, -1, WEEK)


def _summarise(trace: Any, panel: Panel) -> Priors:
    import arviz as az  # noqa: PLC0415 - seconds of imports

    draws = {name: np.asarray(trace.posterior[name]) for name in _NAMES}
    r_hat, samples = (of(trace, var_names=list(_NAMES)) for of in (az.rhat, az.ess))
    draws |= _per_impression(draws)
    found = {name: round(float(values.mean()), 4) for name, values in draws.items()}
    groups, ad_sets, days = panel.spend_minor.shape
    return Priors(
        population=Population(**found, delay=delay_shares(panel.arrivals)),
        intervals={name: _interval(values) for name, values in draws.items()},
        delay_seen=panel.arrivals is not None,
        groups=groups,
        ad_sets=groups * ad_sets,
        days=days,
        worst_r_hat=round(max(float(np.asarray(r_hat[name])) for name in _NAMES), 4),
        smallest_effective_samples=round(min(float(np.asarray(samples[name])) for name in _NAMES), 1),
        divergences=int(np.asarray(trace.sample_stats["diverging"]).sum()),
    )


def _per_impression(draws: Mapping[str, Floats]) -> dict[str, Floats]:
    """Spread and size of clicks per impression: the fit sees clicks per spend, and impressions have a part in it."""
    usual = Population()
    spread = draws["click_level_sd"] ** 2 - usual.impression_level_sd**2
    scatter = 1.0 / draws["click_dispersion"] - 1.0 / usual.impression_dispersion
    return {
        "click_level_sd": np.sqrt(np.maximum(spread, SMALLEST_SPREAD**2)),
        "click_dispersion": 1.0 / np.maximum(scatter, _LEAST_SCATTER),
    }


def _interval(draws: Floats) -> tuple[float, float]:
    low, high = np.quantile(draws, (0.025, 0.975))
    return round(float(low), 4), round(float(high), 4)
