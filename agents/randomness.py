"""Randomness comes in through the door: one generator per account and day, or one per simulated world."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray


def decision_seed(root_seed: int, account_id: str, day: date) -> tuple[int, int, int]:
    """The entropy of one decision: stored with it, so that any single morning can be decided again alone."""
    return root_seed, zlib.crc32(account_id.encode()), day.toordinal()


def decision_rng(entropy: Sequence[int]) -> np.random.Generator:
    """The generator of one decision."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(tuple(entropy))))


class WorldStreams:
    """One generator per world: a batch draws exactly what each world would draw alone.

    Sizes asked for must start with the number of worlds W.
    """

    def __init__(self, generators: Sequence[np.random.Generator]) -> None:
        """Args: generators: W generators, one per world."""
        self._generators = tuple(generators)

    def standard_normal(self, size: tuple[int, ...]) -> FloatArray:
        """N(0, 1) draws of shape `size`; row w comes from world w's own stream."""
        return self._stack("standard_normal", size)

    def random(self, size: tuple[int, ...]) -> FloatArray:
        """U[0, 1) draws of shape `size`; row w comes from world w's own stream."""
        return self._stack("random", size)

    def _stack(self, method: str, size: tuple[int, ...]) -> FloatArray:
        if size[0] != len(self._generators):
            raise ValueError(f"{method} was asked for {size[0]} worlds, there are {len(self._generators)} streams")
        return np.stack([getattr(g, method)(size[1:]) for g in self._generators])
