"""Budgets in whole minor units: what may be moved, the split that brings most, rounding that sums exactly, and proof.

Every function is batch first: arrays are (..., A), totals (...). Sums run over the last axis only, and each row stops
iterating on its own, so a batch gives the bits that each of its rows gives alone.
"""

from __future__ import annotations

from agents.allocation.averages import Solution, solve
from agents.allocation.concluding import allocate, conclude
from agents.allocation.filling import best_first, proportional, water_fill
from agents.allocation.limits import NOTHING, Leeway, Limits, bounds, leeway
from agents.allocation.returns import Returns
from agents.allocation.rounding import to_cents
from agents.allocation.verifying import verify

__all__ = [
    "NOTHING",
    "Leeway",
    "Limits",
    "Returns",
    "Solution",
    "allocate",
    "best_first",
    "bounds",
    "conclude",
    "leeway",
    "proportional",
    "solve",
    "to_cents",
    "verify",
    "water_fill",
]
