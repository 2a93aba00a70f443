"""The generators of a vector environment: one for each environment, so that each draws what it would draw alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from gymnasium.utils import seeding

from simulator.environments.single import SEEDS

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Seeding:
    """Generators of W environments, made when they are first needed."""

    def __init__(self, size: int) -> None:
        """Args: size: W."""
        self._made: list[tuple[np.random.Generator, int] | None] = [None] * size

    @property
    def generators(self) -> tuple[np.random.Generator, ...]:
        """All generators; those that nobody seeded are seeded by chance."""
        return tuple(self._made_at(place)[0] for place in range(len(self._made)))

    @property
    def seeds(self) -> tuple[int, ...]:
        """What they were seeded with."""
        return tuple(self._made_at(place)[1] for place in range(len(self._made)))

    def reseed(self, seed: int | Sequence[int | None] | None, places: NDArray[np.intp]) -> None:
        """Give the environments at `places` new generators, where there is a seed for them.

        Args:
            seed: one number (environment i gets seed + i), or one (or None) for each of the W environments.
            places: the environments it is for.

        Raises:
            ValueError: neither a whole number nor a sequence, or one that is not one per environment.
        """
        if seed is None:
            return
        size = len(self._made)
        if not isinstance(seed, int | np.integer | Sequence | np.ndarray) or isinstance(seed, str):
            raise ValueError(f"seed must be a whole number, or one per environment, got {seed!r}")  # noqa: TRY004 - one refusal for all bad values
        each = [int(seed) + i for i in range(size)] if isinstance(seed, int | np.integer) else list(seed)
        if len(each) != size:
            raise ValueError(f"seeds must be one per environment ({size}), got {len(each)}")
        made = {place: seeding.np_random(each[place]) for place in places if each[place] is not None}
        for place, generator in made.items():
            self._made[place] = generator

    def draw(self, places: NDArray[np.intp]) -> list[int]:
        """A seed of a world for each of these environments."""
        return [int(self._made_at(place)[0].integers(SEEDS)) for place in places]

    def _made_at(self, place: int) -> tuple[np.random.Generator, int]:
        made = self._made[place] or seeding.np_random()
        self._made[place] = made
        return made
