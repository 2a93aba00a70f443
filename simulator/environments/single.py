"""One account as a gymnasium environment, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import gymnasium
import numpy as np

from simulator.environments import render
from simulator.environments.episode import Episode, Rules
from simulator.environments.kind import Kind
from simulator.scenario import Scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

SEEDS = 2**32
"""Seeds of worlds are drawn below this."""


class AccountEnv(gymnasium.Env["Floats", "Floats"]):
    """One simulated account, one decision a day. Observation and reward: see `episode`; action: see the kind's module.

    An episode is truncated after `days`; it never terminates.
    """

    kind: ClassVar[Kind]
    metadata: dict[str, Any] = {"render_modes": list(render.MODES), "render_fps": render.FRAMES_PER_SECOND}  # noqa: RUF012 - gymnasium declares it so

    def __init__(
        self,
        scenario: str | Scenario = "small",
        days: int = 60,
        daily_cap: float = 0.2,
        reward: str = "expected",
        *,
        render_mode: str | None = None,
    ) -> None:
        """Args: render_mode: `rgb_array` (a picture), `ansi` (a table) or None. The others: as `Rules`."""
        self._rules = Rules(self.kind, scenario, days, daily_cap, reward)
        self.action_space = self._rules.action_space
        self.observation_space = self._rules.observation_space
        self.render_mode = render.known_mode(render_mode)
        self._episode: Episode | None = None

    def reset(
        self,
        *,
        seed: int | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Floats, dict[str, Any]]:
        """A new world, whose seed is drawn from the environment's generator and told in the info as `world_seed`.

        There are no options.
        """
        super().reset(seed=seed, options=options)
        world_seed = int(self.np_random.integers(SEEDS))
        self._episode = self._rules.begin([world_seed])
        return self._episode.observe()[0], {"world_seed": world_seed}

    def step(self, action: Floats) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        """Decide one day.

        Raises:
            RuntimeError: before the first `reset`, or after the episode's end.
            ValueError: an action of another shape, or one that is not finite.
        """
        if self._episode is None or self._episode.over:
            raise RuntimeError("call reset first: there is no episode, or it is over")
        action = np.asarray(action)
        if action.shape != self.action_space.shape:
            raise ValueError(f"the action must have shape {self.action_space.shape}, got {action.shape}")
        rewards, figures = self._episode.act(action[None])
        info = {name: values[0] for name, values in figures.items()}
        return self._episode.observe()[0], float(rewards[0]), False, self._episode.over, info

    def render(self) -> Any:
        """The episode so far: an image (500, 800, 3) of uint8, a table as text, or None without a render mode.

        Raises:
            RuntimeError: before the first `reset`.
        """
        if self.render_mode is None:
            return None
        if self._episode is None:
            raise RuntimeError("call reset first: there is nothing to show yet")
        return render.frame(self.render_mode, self._episode, 0)
