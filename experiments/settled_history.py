"""Settled history of simulated worlds, with budgets swung on purpose: people's small edits say little about curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.errors import FitRefused
from experiments.response_model import Panel
from simulator.scenario import Scenario
from simulator.world import World

SETTLING_DAYS = 8
"""Conversions arrive for a week: younger days look weaker than they were."""


def simulated_panel(scenario: Scenario, seeds: Sequence[int], *, days: int, swing: float, seed: int = 0) -> Panel:
    """`days` settled days of each world, budgets drawn anew each morning around where people left them.

    Args:
        scenario: the market; `seeds` name its worlds, the groups of the panel.
        seeds: G worlds.
        days: D settled days to keep.
        swing: standard deviation of log budget from day to day.
        seed: of the swings.

    Raises:
        FitRefused: no days, no worlds, or no swing to learn from.
    """
    if days < 1 or not seeds or swing <= 0:
        raise FitRefused(f"nothing to learn from: {len(seeds)} worlds, {days} days, swing {swing}")
    world = World(scenario, seeds=list(seeds))
    usual = world.budgets_minor.astype(np.float64)
    rng = np.random.default_rng(seed)
    known = np.zeros(SETTLING_DAYS, dtype=np.int64)
    for day in range(days + SETTLING_DAYS):
        factor = np.exp(swing * rng.standard_normal(usual.shape))
        world.set_budgets(np.rint(usual * factor).astype(np.int64))
        world.step()
        by_age = world.report(SETTLING_DAYS)["conversions"].sum((0, 1))[::-1]
        kept = (day - np.arange(SETTLING_DAYS) >= 0) & (day - np.arange(SETTLING_DAYS) < days)
        known += by_age * kept
    report = world.report(days + SETTLING_DAYS)
    spend, clicks, conversions = (report[name][..., :days] for name in ("spend_minor", "clicks", "conversions"))
    return Panel(spend, clicks, conversions, arrivals=np.maximum(np.diff(known, prepend=0), 0))
