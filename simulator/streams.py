"""Counter-based randomness: a draw is a function of (seed, purpose, day), not of what was drawn before it.

One Philox generator per world; its 256-bit counter is set to (0, 0, day, purpose) before each block of draws. So a
world draws the same numbers alone, in a batch of any size, and whatever budgets it was given.
Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Purpose(IntEnum):
    """What draws are for; each purpose has a counter space of its own."""

    POPULATION = 1
    DRIFT = 2
    DAY = 3
    HUMANS = 4


class Streams:
    """The random streams of W worlds."""

    def __init__(self, seeds: Sequence[int]) -> None:
        """Args: seeds: W seeds, non-negative and below 2**64.

        Raises:
            ValueError: a seed out of range; it is named.
        """
        for seed in seeds:
            if not 0 <= seed < 2**64:
                raise ValueError(f"seeds must be non-negative and below 2**64, got {seed}")
        self._bits = [np.random.Philox(key=np.array([seed, 0], dtype=np.uint64)) for seed in seeds]
        self._generators = [np.random.Generator(bits) for bits in self._bits]
        self._states: list[Any] = [bits.state for bits in self._bits]

    def normals(self, purpose: Purpose, ordinal: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """N(0, 1) draws (W, *shape) of a purpose on a day (`ordinal`: `date.toordinal()`, or 0 for what has no day)."""
        out = np.empty((len(self._bits), *shape))
        for row, bits, generator, state in zip(out, self._bits, self._generators, self._states, strict=True):
            state["state"]["counter"][:] = (0, 0, ordinal, purpose)
            bits.state = state
            generator.standard_normal(out=row)
        return out
