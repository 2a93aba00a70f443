"""What bids, hours, segments and audiences gain over being left alone, and what they cost where nothing is to gain."""

from __future__ import annotations

from experiments.bench import Figure
from experiments.benches._levers import lever_figures


def bench(seed: int) -> tuple[Figure, ...]:
    """One figure a case; see `experiments.benches._levers`."""
    return lever_figures(seed)


BENCH = bench
