"""Figures of days gone by: reports ask for the same ones again and again, and they change once a day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.world import World

    Ints: TypeAlias = NDArray[np.int64]

MOST_SPANS = 64


class PassedDays:
    """A world's past as known this morning, each span worked out once a morning.

    Args:
        world: lives on; what was known yesterday is then forgotten.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._today = world.today
        self._spans: dict[tuple[date, date], dict[str, Ints]] = {}

    def figures(self, since: date, until: date) -> dict[str, Ints]:
        """As `World.report_range`, of the first world: arrays (A, D) that must not be written to.

        Raises:
            ValueError: `until` lies before `since`.
        """
        if self._today != self._world.today:
            self._today, self._spans = self._world.today, {}
        if (since, until) not in self._spans:
            if len(self._spans) >= MOST_SPANS:
                self._spans.pop(next(iter(self._spans)))
            known = self._world.report_range(since, until)
            self._spans[since, until] = {name: array[0] for name, array in known.items()}
            for array in self._spans[since, until].values():
                array.setflags(write=False)
        return self._spans[since, until]
