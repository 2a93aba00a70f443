"""Environments that were reset together: rows of one episode, and where each of them stands in the vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.environments.episode import Episode

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """k environments in an episode of W worlds, k <= W."""

    episode: Episode
    places: NDArray[np.intp]
    """(k,): which environments they are."""
    rows: NDArray[np.intp]
    """(k,): which world of the episode is whose."""

    @classmethod
    def of(cls, episode: Episode, places: NDArray[np.intp]) -> Batch:
        """All worlds of a new episode, in the order of `places`."""
        return cls(episode, places, np.arange(len(places)))

    @property
    def over(self) -> bool:
        """Whether the episode has ended."""
        return self.episode.over

    def without(self, places: NDArray[np.intp]) -> Batch:
        """The same batch where some environments have left; their worlds go on unseen."""
        stay = ~np.isin(self.places, places)
        return Batch(self.episode, self.places[stay], self.rows[stay])

    @property
    def whole(self) -> bool:
        """Whether every world is still somebody's, in order."""
        return len(self.rows) == len(self.episode.world.seeds)

    def observe(self) -> NDArray[np.float32]:
        """What is seen this morning, (k, n)."""
        seen = self.episode.observe()
        return seen if self.whole else seen[self.rows]

    def act(self, actions: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float64], dict[str, Any]]:
        """Decide the day with `actions` (k, n): the next observations (k, m), rewards (k,) and figures (k, ...)."""
        if self.whole:
            rewards, figures = self.episode.act(actions)
            return self.observe(), rewards, figures
        everyone = np.zeros((len(self.episode.world.seeds), actions.shape[1]), dtype=actions.dtype)
        everyone[self.rows] = actions
        rewards, figures = self.episode.act(everyone)
        return self.observe(), rewards[self.rows], {name: values[self.rows] for name, values in figures.items()}
