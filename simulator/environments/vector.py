"""Many accounts at once as a gymnasium vector environment: the same arithmetic on a longer first axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from simulator.environments.episode import Episode, Episodes
from simulator.environments.single import SEEDS
from simulator.scenario import Scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]
    Rewards: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]
    Step: TypeAlias = tuple[Floats, Rewards, Flags, Flags, dict[str, Any]]


class BudgetAllocationVectorEnv(VectorEnv["Floats", "Floats", "NDArray[Any]"]):
    """`num_envs` single environments in one: equal, step by step, to gymnasium's SyncVectorEnv of as many.

    Environment i has a generator of its own, seeded with seed + i. All episodes have one length, so they end together;
    on the step after their end the action is ignored and new worlds begin (autoreset on the next step).
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - gymnasium declares it so
        "render_modes": [],
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(
        self,
        num_envs: int = 1,
        scenario: str | Scenario = "small",
        days: int = 60,
        daily_cap: float = 0.2,
        reward: str = "expected",
    ) -> None:
        """Args: num_envs: W. The others: as `Episodes`.

        Raises:
            ValueError: `num_envs` is not positive.
        """
        if num_envs <= 0:
            raise ValueError(f"num_envs must be positive, got {num_envs}")
        self.num_envs = num_envs
        self._rules = Episodes(scenario, days, daily_cap, reward)
        self.single_action_space = self._rules.action_space
        self.single_observation_space = self._rules.observation_space
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._generators: list[np.random.Generator] = []
        self._episode: Episode | None = None

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Floats, dict[str, Any]]:
        """New worlds; `seed` may be one number (environment i gets seed + i) or one per environment. No options.

        Raises:
            ValueError: a sequence of seeds that is not one per environment.
        """
        super().reset(seed=seed if isinstance(seed, int) else None, options=options)
        self._reseed(seed)
        return self._begin().observe(), {}

    def step(self, actions: Floats) -> Step:
        """Decide one day in every world.

        Raises:
            RuntimeError: before the first `reset`.
            ValueError: actions that are not (num_envs, A).
        """
        if self._episode is None:
            raise RuntimeError("call reset first: there is no episode")
        never = np.zeros(self.num_envs, dtype=np.bool_)
        if self._episode.over:
            return self._begin().observe(), np.zeros(self.num_envs), never, never.copy(), {}
        actions = np.asarray(actions)
        if actions.shape != self.action_space.shape:
            raise ValueError(f"actions must have shape {self.action_space.shape}, got {actions.shape}")
        rewards, figures = self._episode.act(actions)
        infos = {**figures, **{f"_{name}": ~never for name in figures}}
        return self._episode.observe(), rewards, never, np.full(self.num_envs, self._episode.over), infos

    def _reseed(self, seed: int | Sequence[int | None] | None) -> None:
        each: Sequence[int | None]
        if seed is None:
            each = [None] * self.num_envs
        elif isinstance(seed, int):
            each = [seed + i for i in range(self.num_envs)]
        else:
            each = seed
        if len(each) != self.num_envs:
            raise ValueError(f"seeds must be one per environment ({self.num_envs}), got {len(each)}")
        fresh = not self._generators
        kept = [seeding.np_random()[0] for _ in each] if fresh else self._generators
        self._generators = [
            old if one is None else seeding.np_random(one)[0] for old, one in zip(kept, each, strict=True)
        ]

    def _begin(self) -> Episode:
        self._episode = self._rules.begin([int(generator.integers(SEEDS)) for generator in self._generators])
        return self._episode
