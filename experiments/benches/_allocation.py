"""What one decision costs, how far from the best it is, and whether it ever breaks a constraint.

Problems are drawn like the accounts of the literature on response curves: budgets and returns are lognormal, the
elasticity of each ad set is near a half, budgets move by a fifth a day and stay between a twentieth and eightfold their
mean. Times are the best of several runs: others use the machine too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from agents.allocation import Limits, Returns, allocate, leeway, solve, verify
from agents.filtering import State
from agents.observation import observe, window
from agents.response import Curves
from agents.vocabulary import HISTORY_METRICS, NO_CEILING_MINOR, AdSets, Observation
from experiments.bench import Figure
from experiments.benches import _solvers

if TYPE_CHECKING:
    from agents.vocabulary import Allocation, BoolArray

Problem: TypeAlias = tuple[Observation, Returns, Limits]

DAY = date(2026, 3, 2)
HISTORY_DAYS = 28
LARGE, LARGEST, SMALL = 10_000, 100_000, 100
DECISION_MS, LARGEST_MS = 1.0, 15.0
GAP, OVER_CONIC, OVER_GENERAL = 2e-6, 300.0, 1_000.0
REPEATS = 300
DECISIONS, BATCH = 1_000_000, 2_000


def figures(seed: int) -> tuple[Figure, ...]:
    """All of it: times, gap and speed against other solvers where they are installed, and the random decisions."""
    return (*times(seed), *against_solvers(seed), *unbroken(seed, DECISIONS))


def problem(seed: int, ad_sets: int, curvature: float = 0.12) -> Problem:
    """One account with curves, floors and ceilings, wishes about ad sets' ROAS, and a ROAS floor of the account."""
    rng = np.random.default_rng(seed)
    budgets = np.exp(rng.normal(np.log(15_000), 0.8, ad_sets)).astype(np.int64)
    mean = int(budgets.mean())
    observation = observed(
        budgets,
        days=HISTORY_DAYS,
        floors_minor=np.minimum(budgets, mean // 20),
        ceilings_minor=np.maximum(budgets, 8 * mean),
        roas_floors=np.full(ad_sets, 0.8),
    )
    log_now = np.log(budgets)
    anchor = log_now + rng.normal(0, 0.2, ad_sets)
    returns = Returns(
        anchor, anchor + rng.normal(np.log(2.3), 0.45, ad_sets), rng.normal(0.55, 0.13, ad_sets), curvature
    )
    return observation, returns, Limits(max_change=0.2, roas_floor=1.0)


def observed(budgets_minor: Any, days: int = 1, **arrays: Any) -> Observation:
    """An account, or a batch of them, of which nothing but its budgets matters; `arrays` are those of `AdSets`."""
    shape = budgets_minor.shape
    nothing = np.zeros((*shape, days), dtype=np.int64)
    usual = {
        "floors_minor": np.zeros(shape, dtype=np.int64),
        "ceilings_minor": np.full(shape, NO_CEILING_MINOR),
        "active": np.ones(shape, dtype=np.bool_),
        "protected": np.zeros(shape, dtype=np.bool_),
        "learning_stages": np.zeros(shape, dtype=np.int64),
    }
    total = arrays.pop("budget_minor", budgets_minor.sum(axis=-1))
    names = tuple(f"{i:06d}" for i in range(shape[-1]))
    return observe(
        account_id="act_1",
        day=DAY,
        currency="USD",
        minor_per_major=100,
        budget_minor=total,
        ad_sets=AdSets(ids=names, names=names, budgets_minor=budgets_minor, **{**usual, **arrays}),
        metrics=dict.fromkeys(HISTORY_METRICS, nothing),
        days=window(DAY, days),
        collected_through=DAY,
    )


def times(seed: int) -> Iterator[Figure]:
    """One decision from a posterior on: draw, bounds, exact split, whole cents, certificate."""
    for ad_sets, goal in ((LARGE, DECISION_MS), (LARGEST, LARGEST_MS)):
        observation, returns, limits = problem(seed, ad_sets)
        decide = partial(_decision, observation, _posterior(returns), limits, np.random.default_rng(seed))
        certificate = decide().certificate
        how = (
            f"posterior draw, floors, ceilings, {100 * (limits.max_change or 0):.0f} % change cap, ROAS floors of ad "
            f"sets and account, exact split, cents, certificate; one core, best of {REPEATS}"
        )
        yield Figure(f"decision_ms_{ad_sets}_ad_sets", 1e3 * _best_seconds(decide), "ms", goal, "lower", how)
        gap = np.nan if certificate is None else float(certificate.relative_gap)
        how = "what any other split could add at most, by the dual function, cents included, over the gain on holding"
        yield Figure(f"certified_gap_{ad_sets}_ad_sets", gap, "of the gain", GAP, "lower", how)


def _decision(observation: Observation, posterior: Curves, limits: Limits, rng: np.random.Generator) -> Allocation:
    shape = posterior.anchor_minor.shape
    drawn = posterior.drawn(rng.standard_normal(shape), rng.standard_normal(shape), 0.25)
    return allocate(observation, drawn.returns, limits)


def _posterior(returns: Returns) -> Curves:
    """A Gaussian posterior around curves, as wide as a month of history leaves it."""
    level, like = returns.level, np.ones_like(returns.level)
    state = State(level, returns.elasticity, 0.01 * like, 0.002 * like, 0.012 * like)
    return Curves(np.exp(returns.log_anchor), state, float(np.max(returns.curvature)))


def against_solvers(seed: int) -> Iterator[Figure]:
    """Our solver and theirs on the same problem in the same run; theirs want power laws."""
    for name, ad_sets, goal in (
        ("clarabel", LARGE, OVER_CONIC),
        ("slsqp", SMALL, OVER_GENERAL),
        ("pymc_marketing", SMALL, OVER_GENERAL),
    ):
        observation, returns, limits = problem(seed, ad_sets, curvature=0.0)
        plain = replace(limits, roas_floor=None)
        try:
            rival = _solvers.SOLVERS[name](returns, leeway(observation, plain), observation.ad_sets.budgets_minor)
        except ImportError:
            sys.stderr.write(f"{name} is not installed: its figures are left out\n")
            continue
        yield from _compared(name, goal, (observation, returns, plain), rival)


def _compared(name: str, goal: float, given: Problem, rival: _solvers.Rival) -> Iterator[Figure]:
    observation, returns, limits = given
    now = observation.ad_sets.budgets_minor
    theirs_seconds, theirs = rival.solved()
    seconds = _best_seconds(partial(solve, returns, leeway(observation, limits), limits, now))
    ad_sets = len(observation.ad_sets)
    how = f"{rival.what}: {theirs_seconds:.3g} s; ours {1e3 * seconds:.3g} ms, same {ad_sets} ad sets, same run"
    yield Figure(f"times_faster_than_{name}_{ad_sets}", theirs_seconds / seconds, "x", goal, "higher", how)
    decided = allocate(observation, returns, limits).budgets_minor
    gain = returns.value(decided).sum() - returns.value(now).sum()
    behind = (rival.value(theirs) - rival.value(decided.astype(np.float64))) / gain
    how = (
        f"value of its split, made feasible, above that of ours in whole cents, over our gain on holding; {rival.what}"
    )
    yield Figure(f"behind_{name}_{ad_sets}", max(float(behind), 0.0), "of the gain", GAP, "lower", how)


def unbroken(seed: int, decisions: int) -> tuple[Figure, ...]:
    """Random decisions under random demands, each verified from the outside with its certificate."""
    made = broken = missed = 0
    rng = np.random.default_rng(seed)
    start = perf_counter()
    while made < decisions:
        given = random_problem(rng, min(BATCH, decisions - made))
        allocation = allocate(*given)
        if allocation.certificate is None:
            raise RuntimeError("an allocation came without a certificate")
        found = verify(given[0], allocation, given[1], given[2])
        broken += int(np.any([found[name] for name in ("money", "bounds", "reasons")], axis=0).sum())
        missed += int(np.any([found[name] for name in ("price", "gap", "averages")], axis=0).sum())
        made += len(allocation.budgets_minor)
    how = (
        f"of {made} random decisions of 1 to 60 ad sets under random demands, verified from the outside "
        f"in {perf_counter() - start:.0f} s"
    )
    return (
        Figure("broken_constraints", broken, "decisions", 0.0, "lower", f"money, bounds and reasons, {how}"),
        Figure("unsound_certificates", missed, "decisions", 0.0, "lower", f"price, gap and averages, {how}"),
    )


def random_problem(rng: np.random.Generator, accounts: int) -> Problem:
    """A batch of accounts with odd ad sets, odd totals and contradictory demands."""
    ad_sets = int(rng.choice([1, 2, 5, 20, 60]))
    shape = accounts, ad_sets
    scale = rng.choice([3, 100, 10**4, 10**7], (accounts, 1))
    budgets = (scale * np.exp(rng.normal(0, 1, shape)) * ~_happens(rng, 0.05, shape)).astype(np.int64)
    active = ~(_happens(rng, 0.1, shape) & _happens(rng, 0.5, (accounts, 1)))
    total = np.where(active, budgets, 0).sum(axis=-1) * rng.choice([1, 1, 1, 0.5, 0.93, 1.1, 2, 0], accounts)
    bounded = _happens(rng, 0.4, (accounts, 1))
    observation = observed(
        budgets,
        budget_minor=total.astype(np.int64),
        active=active,
        protected=_happens(rng, 0.15, shape) & _happens(rng, 0.5, (accounts, 1)),
        floors_minor=(budgets * rng.uniform(0, 1.3, shape) * bounded).astype(np.int64),
        ceilings_minor=np.where(bounded, (budgets * rng.uniform(0.7, 3, shape)).astype(np.int64), NO_CEILING_MINOR),
        learning_stages=rng.integers(0, 4, shape),
        roas_floors=np.exp(rng.normal(0.3, 0.6, shape)) * _happens(rng, 0.3, shape),
    )
    log_now = np.log(np.maximum(budgets, 1)) + rng.normal(0, 0.5, shape)
    curvature = [0.0, 0.05, 0.12, 0.4][rng.integers(4)] if _happens(rng, 0.7) else rng.gamma(1.0, 0.2, shape)
    order_value = 6_000.0 if _happens(rng, 0.5) else np.exp(rng.normal(8.7, 0.3, shape))
    returns = Returns(
        log_now,
        log_now + rng.normal(0.8, 0.6, shape),
        rng.normal(0.55, 0.2, shape),
        curvature,
        conversions_each=1 / order_value,
    )
    return observation, returns, _random_limits(rng)


def _happens(rng: np.random.Generator, share: float, shape: tuple[int, ...] = ()) -> BoolArray:
    """True with this probability, independently."""
    return np.asarray(rng.random(shape) < share)


def _random_limits(rng: np.random.Generator) -> Limits:
    return Limits(
        max_change=[0.2, None, 0.5][rng.integers(3)],
        learning_max_change=[None, 0.0, 0.1][rng.integers(3)],
        minimum_minor=int(rng.choice([0, 0, 50])),
        spend_at_most=bool(_happens(rng, 0.3)),
        least_return=[None, 0.5, 2.0][rng.integers(3)],
        roas_floor=float(rng.uniform(0.8, 4)) if _happens(rng, 0.3) else None,
        cpa_ceiling_minor=int(6_000 / rng.uniform(0.8, 4)) if _happens(rng, 0.2) else None,
    )


def _best_seconds(work: Callable[[], object]) -> float:
    work()
    best = np.inf
    for _ in range(REPEATS):
        start = perf_counter()
        work()
        best = min(best, perf_counter() - start)
    return float(best)
