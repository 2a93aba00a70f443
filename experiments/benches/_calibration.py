"""How far the forecasts of the promoted policy cover more or less than they say, over all scenarios together."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agents.vocabulary import PolicySpec
from experiments.bench import Figure
from experiments.benches._policy_quality import ELSEWHERE, POLICY
from experiments.calibration import COUNTED, KINDS, LEVELS, Calibration, calibrate, pooled
from experiments.policy_table import DAYS
from simulator.scenarios import scenarios

if TYPE_CHECKING:
    from simulator.scenario import Scenario

WORLDS = 3
GOAL = 3.0
PRIORS: Mapping[str, Mapping[str, Any]] = {"": {}, "_wrong_prior": ELSEWHERE}
_USUAL_AD_SETS = 12
_COSTLY = {"everything": 2}


def figures(
    seed: int, worlds: int = WORLDS, *, days: int = DAYS, names: Sequence[str] | None = None
) -> Iterator[Figure]:
    """For each level how far coverage is from it, over the family and, without a goal, the worst of each scenario.

    Args:
        seed: of the worlds, which no study uses.
        worlds: of a scenario with a dozen ad sets; so many more or fewer that all scenarios have about as many
            forecasts.
        days: to live.
        names: of the scenarios; all where nothing is said.
    """
    family = {name: market for name, market in scenarios().items() if names is None or name in names}
    for label, params in PRIORS.items():
        found = {name: _of(market, params, seed, worlds, days) for name, market in family.items()}
        for kind in KINDS:
            yield from _together(f"{kind}{label}", [parts[kind] for parts in found.values()], len(family), days, kind)
        for name, parts in found.items():
            yield _alone(f"coverage_off{label}/{name}", parts)


def _of(market: Scenario, params: Mapping[str, Any], seed: int, worlds: int, days: int) -> Mapping[str, Calibration]:
    count = max(1, round(worlds * _USUAL_AD_SETS / market.ad_sets))
    count = min(count, _COSTLY.get(market.name, count))
    sys.stderr.write(f"calibration: {count} worlds of {market.name}\n")
    first = 100_000 + 1_000 * seed
    return calibrate(market, PolicySpec(POLICY, dict(params)), range(first, first + count), days)


def _together(label: str, parts: Sequence[Calibration], number: int, days: int, kind: str) -> Iterator[Figure]:
    """The family's figures of one kind; money has no goal of its own."""
    whole = pooled(parts)
    bins = ", ".join(f"{100.0 * share:.1f}" for share in whole.histogram())
    for level in LEVELS:
        covered = 100.0 * whole.coverage(level)
        how = f"{covered:.1f} % of {whole.transforms.size} forecasts for the day ahead, {number} scenarios, {days} days"
        goal = GOAL if kind in COUNTED else None
        yield Figure(f"coverage_off_{level:.0%}_{label}", abs(covered - 100.0 * level), "points", goal, "lower", how)
    how = f"continuous ranked probability score; tenths of the transforms, %: {bins}"
    yield Figure(f"crps_{label}", whole.relative_crps, "% of the mean", None, "lower", how)


def _alone(name: str, parts: Mapping[str, Calibration]) -> Figure:
    covered = {kind: [100.0 * parts[kind].coverage(level) for level in LEVELS] for kind in COUNTED}
    worst = max(abs(c - 100.0 * level) for shares in covered.values() for c, level in zip(shares, LEVELS, strict=True))
    words = "; ".join(f"{kind} " + ", ".join(f"{c:.1f}" for c in shares) for kind, shares in covered.items())
    levels = ", ".join(f"{level:.0%}" for level in LEVELS)
    return Figure(name, worst, "points", None, "lower", f"worst of clicks and conversions; at {levels}: {words}")
