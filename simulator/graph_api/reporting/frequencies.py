"""How often people saw the ads: reach by number of impressions per person.

The world knows reach and impressions; how often is spread geometrically around their ratio (assumption), whole numbers
that sum to the row that is broken down.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from simulator.breakdown import apportioned
from simulator.graph_api.reporting.families import Labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

BUCKETS = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6-10": 6, "11-15": 11, "16-20": 16, "21+": 21}
"""Meta's values of frequency_value, with the least number of times each stands for."""


def by_frequency(summed: Mapping[str, Ints]) -> tuple[tuple[Labels, ...], dict[str, Ints]]:
    """Figures (G, 1, P) by how often people saw the ads, (G, 9, P), and labels; all but people go by impressions."""
    reach, shown = summed["reach"][:, 0], summed["impressions"][:, 0]
    once = np.clip(reach / np.maximum(shown, 1), 1e-9, 1.0)[:, None]
    least = np.array(list(BUCKETS.values()))[None, :, None]
    people = _between((1.0 - once) ** (least - 1))
    times = _between((1.0 - once) ** (least - 1) * (least * once + 1.0 - once))
    found = {
        name: apportioned(summed[name][None, :, 0], (people if name == "reach" else times)[None])[0]
        for name in ("spend_minor", "impressions", "reach", "clicks", "conversions")
    }
    orders = found["conversions"].astype(np.float64)
    for name in summed.keys() - found.keys():
        found[name] = apportioned(summed[name][None, :, 0], orders[None])[0]
    return tuple({"frequency_value": name} for name in BUCKETS), found


def _between(at_least: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of buckets from the weight of everything at or above their lower ends, (G, 9, P)."""
    weights = at_least.copy()
    weights[:, :-1] -= at_least[:, 1:]
    return weights
