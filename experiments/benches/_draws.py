"""What a day's random variates cost alone: the calls that turn names into them, recorded and made again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeAlias

import numpy as np

from simulator import delivery, luck
from simulator.streams import Streams

Call: TypeAlias = "tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]"

_SOURCES: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Streams, ("uniforms", "normals", "normals_at")),
    (luck, ("counts", "drawn_orders", "mean_one")),
    (delivery, ("mean_one",)),
)
"""Draws by name, and the sampling of factors, counts and order values from them."""


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """Every such call within the block, with copies of what it was given."""
    calls: list[Call] = []
    originals = [(place, name, getattr(place, name)) for place, names in _SOURCES for name in names]
    for place, name, original in originals:
        setattr(place, name, _noting(original, calls))
    try:
        yield calls
    finally:
        for place, name, original in originals:
            setattr(place, name, original)


def make_again(calls: list[Call]) -> None:
    """Make the calls with what they were given."""
    for function, args, kwargs in calls:
        function(*args, **kwargs)


def by_numpy(calls: list[Call], generator: np.random.Generator) -> list[Call]:
    """Calls of numpy's generator for as many variates: normals, Poisson counts and gamma values with the same means.

    Normals that only go into counts and order values are not asked for.
    """
    made: list[Call] = []
    normals = 0
    for function, args, _ in calls:
        if function.__name__ == "normals" and "order values" not in args[1]:
            normals += len(args[0]) * math.prod(args[3:])
        elif function.__name__ == "counts":
            normals -= args[1].size
            made.append((generator.poisson, (args[0],), {}))
        elif function.__name__ == "drawn_orders":
            expected, shares, mean_minor, variation, _ = args
            made.append((generator.poisson, (shares * expected,), {}))
            orders, _ = function(*args)
            some = orders > 0
            mean = np.broadcast_to(mean_minor, orders.shape)[some]
            if variation > 0.0:
                made.append((generator.gamma, (orders[some] / variation**2, mean * variation**2), {}))
    return [(generator.standard_normal, (normals,), {}), *made]


def _noting(original: Callable[..., Any], calls: list[Call]) -> Callable[..., Any]:
    @wraps(original)
    def noted(*args: Any, **kwargs: Any) -> Any:
        kept = tuple(value.copy() if isinstance(value, np.ndarray) else value for value in args)
        before = len(calls)
        result = original(*args, **kwargs)
        # What the call asked for itself is made again with it.
        calls[before:] = [(original, kept, kwargs)]
        return result

    return noted
