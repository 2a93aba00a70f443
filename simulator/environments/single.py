"""One account as a gymnasium environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import gymnasium
import numpy as np

from simulator.environments.episode import Episode, Episodes
from simulator.scenario import Scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

SEEDS = 2**32
"""Seeds of worlds are drawn below this."""


class BudgetAllocationEnv(gymnasium.Env["Floats", "Floats"]):
    """Budgets of one simulated account, set every morning. Observation and reward: see `episode`.

    The action is a wish for every ad set, from -1 (as much less as the cap allows) to 1; wishes are shifted so that the
    total stays what it was. An episode is truncated after `days`; it never terminates.

    >>> env = BudgetAllocationEnv("small", days=3)
    >>> observation, _ = env.reset(seed=1)
    >>> observation.shape
    (64,)
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - gymnasium declares it so

    def __init__(
        self,
        scenario: str | Scenario = "small",
        days: int = 60,
        daily_cap: float = 0.2,
        reward: str = "expected",
    ) -> None:
        """Args: as `Episodes`."""
        self._rules = Episodes(scenario, days, daily_cap, reward)
        self.action_space = self._rules.action_space
        self.observation_space = self._rules.observation_space
        self._episode: Episode | None = None

    def reset(
        self,
        *,
        seed: int | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Floats, dict[str, Any]]:
        """A new world, drawn from the environment's generator; there are no options."""
        super().reset(seed=seed, options=options)
        self._episode = self._rules.begin([int(self.np_random.integers(SEEDS))])
        return self._episode.observe()[0], {}

    def step(self, action: Floats) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        """Decide one day.

        Raises:
            RuntimeError: before the first `reset`, or after the episode's end.
        """
        if self._episode is None or self._episode.over:
            raise RuntimeError("call reset first: there is no episode, or it is over")
        rewards, infos = self._episode.act(np.asarray(action)[None])
        info = {name: values[0] for name, values in infos.items()}
        return self._episode.observe()[0], float(rewards[0]), False, self._episode.over, info
