"""The rules that people could have set: what a policy must beat is the best of them, chosen on worlds of its own."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from agents.policies.rules import Rules
from agents.vocabulary import PolicySpec

if TYPE_CHECKING:
    from collections.abc import Iterator

WINDOWS = (7, 14, 28)
DEAD_BANDS = (0.1, 0.2, 0.3)
STEPS = (0.05, 0.1, 0.2)
EVERY = (1, 3, 7)
TYPICAL = "rules"


def tuned_rules() -> dict[str, PolicySpec]:
    """Settings of `rules` by a label that says them, more than fifty: the grid to look for the best rule in.

    Besides every combination of window, dead band, step and rhythm there are the habits of the trade on top of one good
    combination: quicker cuts than rises, a least number of conversions, a return that people type in.

    >>> len(tuned_rules())
    93
    """
    return {_label(params): PolicySpec("rules", params) for params in _settings()}


def _settings() -> Iterator[dict[str, Any]]:
    for window, band, step, every in product(WINDOWS, DEAD_BANDS, STEPS, EVERY):
        yield {
            "window_days": window,
            "dead_band": band,
            "step_up": step,
            "step_down": step,
            "every_days": every,
            "max_change": max(step, 0.1),
        }
    usual: dict[str, Any] = {"window_days": 14, "dead_band": 0.2, "max_change": 0.2}
    for up, down in ((0.05, 0.1), (0.1, 0.2), (0.1, 0.05), (0.2, 0.1)):
        yield usual | {"step_up": up, "step_down": down}
    for least in (5, 10, 20, 50):
        yield usual | {"step_up": 0.1, "step_down": 0.1, "minimum_conversions": least}
    for target in (1.5, 2.0, 2.5, 3.0):
        yield usual | {"step_up": 0.1, "step_down": 0.1, "target": target}


def _label(params: Mapping[str, Any]) -> str:
    """What is set otherwise than typical, in a few characters each.

    >>> _label({"window_days": 14, "step_up": 0.1})
    'rules_window14_up0.1'
    """
    short = {
        "window_days": "window",
        "dead_band": "band",
        "step_up": "up",
        "step_down": "down",
        "every_days": "every",
        "minimum_conversions": "least",
        "target": "target",
        "max_change": "cap",
    }
    usual = Rules()
    said = [f"{short[name]}{value:g}" for name, value in params.items() if value != getattr(usual, name)]
    return "_".join([TYPICAL, *said])
