"""Many accounts at once as a gymnasium vector environment: the same arithmetic on a longer first axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from simulator.environments import render
from simulator.environments.action import refuse_unless_finite
from simulator.environments.batch import Batch
from simulator.environments.episode import Rules
from simulator.environments.kind import Kind
from simulator.environments.seeding import Seeding
from simulator.environments.single import AccountEnv
from simulator.scenario import Scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]
    Rewards: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]
    Step: TypeAlias = tuple[Floats, Rewards, Flags, Flags, dict[str, Any]]


class AccountVectorEnv(VectorEnv["Floats", "Floats", "NDArray[Any]"]):
    """`num_envs` single environments in one: equal, step by step, to gymnasium's SyncVectorEnv of as many.

    Environment i has a generator of its own, seeded with seed + i. Environments that were reset together live in one
    batch of worlds; usually that is all of them. In a batch of which some were reset apart, those go on for nothing
    until the last of the others is reset.
    """

    kind: ClassVar[Kind]

    def __init__(
        self,
        num_envs: int = 1,
        scenario: str | Scenario = "small",
        days: int = 60,
        daily_cap: float = 0.2,
        reward: str = "expected",
        *,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
    ) -> None:
        """Set out, without worlds yet.

        Args:
            num_envs: W.
            scenario: as `Rules`, and so are `days`, `daily_cap` and `reward`.
            days: see there.
            daily_cap: see there.
            reward: see there.
            autoreset_mode: what follows the end of an episode: NEXT_STEP (the next step ignores its action and begins
                a new one), SAME_STEP (the same step does; the last observation is in the infos as `final_obs`), or
                DISABLED (the caller resets, with `options={"reset_mask": ...}` for some of the environments).
            render_mode: as `AccountEnv`; `render` gives one frame for each environment.

        Raises:
            ValueError: `num_envs` is not positive, or a mode is unknown.
        """
        if isinstance(num_envs, bool) or not isinstance(num_envs, int | np.integer) or num_envs <= 0:
            raise ValueError(f"num_envs must be positive, a whole number, got {num_envs!r}")
        self.num_envs = num_envs
        self._rules = Rules(self.kind, scenario, days, daily_cap, reward)
        self._mode = AutoresetMode(autoreset_mode)
        self.render_mode = render.known_mode(render_mode)
        self.metadata = {**AccountEnv.metadata, "autoreset_mode": self._mode}
        self.single_action_space = self._rules.action_space
        self.single_observation_space = self._rules.observation_space
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._seeding = Seeding(num_envs)
        self._batches: list[Batch] = []

    @property  # type: ignore[misc]
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """The generators of all environments, as SyncVectorEnv gives them."""
        return self._seeding.generators

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seeds they began with."""
        return self._seeding.seeds

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> tuple[Floats, dict[str, Any]]:
        """New worlds, in all environments or only where `options["reset_mask"]` (num_envs,) says so.

        The infos tell their seeds as `world_seed`.

        Args:
            seed: one number (environment i gets seed + i), or one (or None) for each environment.
            options: `reset_mask`; others are ignored.

        Raises:
            ValueError: not one seed per environment, or a mask of another shape or kind, or one without any True.
            RuntimeError: a mask before all environments were reset once.
        """
        places = self._masked((options or {}).get("reset_mask"))
        self._seeding.reseed(seed, places)
        infos: dict[str, Any] = {}
        self._begin(places, infos)
        return _placed([(batch.places, batch.observe()) for batch in self._batches], self.num_envs), infos

    def step(self, actions: Floats) -> Step:
        """Decide one day in every world.

        Raises:
            RuntimeError: before the first `reset`, or without autoreset where an episode is over.
            ValueError: actions of another shape, or some that are not finite.
        """
        actions = self._checked(actions)
        rewards, truncated = np.zeros(self.num_envs), np.zeros(self.num_envs, dtype=np.bool_)
        infos: dict[str, Any] = {}
        ended: list[NDArray[np.intp]] = []
        seen: list[tuple[NDArray[np.intp], Floats]] = []
        for batch in self._batches:
            if batch.over:
                ended.append(batch.places)
                continue
            all_of_them = batch.places.size == self.num_envs
            places = slice(None) if all_of_them else batch.places
            observations, rewards[places], figures = batch.act(actions[places])
            truncated[places] = batch.over
            if batch.over and self._mode is AutoresetMode.SAME_STEP:
                ended.append(batch.places)
                figures = {"final_obs": list(observations), "final_info": figures}
            else:
                seen.append((batch.places, observations))
            _note(infos, figures, batch.places, self.num_envs)
        if ended:
            begun = self._begin(np.sort(np.concatenate(ended)), infos)
            seen.append((begun.places, begun.observe()))
        return _placed(seen, self.num_envs), rewards, np.zeros_like(truncated), truncated, infos

    def render(self) -> tuple[Any, ...] | None:
        """One frame for each environment, as `AccountEnv.render`; None without a render mode.

        Raises:
            RuntimeError: before the first `reset`.
        """
        if self.render_mode is None:
            return None
        self._refuse_without_episodes()
        frames: list[Any] = [None] * self.num_envs
        for batch in self._batches:
            for place, row in zip(batch.places, batch.rows, strict=True):
                frames[place] = render.frame(self.render_mode, batch.episode, int(row))
        return tuple(frames)

    def _begin(self, places: NDArray[np.intp], infos: dict[str, Any]) -> Batch:
        """New worlds in these environments, in one batch; they leave those they were in."""
        left = [batch.without(places) for batch in self._batches]
        seeds = self._seeding.draw(places)
        new = Batch.of(self._rules.begin(seeds), places)
        _note(infos, {"world_seed": np.array(seeds, dtype=np.int64)}, places, self.num_envs)
        self._batches = [batch for batch in left if batch.places.size] + [new]
        return new

    def _masked(self, mask: Any) -> NDArray[np.intp]:
        """The environments that a reset is for."""
        if mask is None:
            return np.arange(self.num_envs)
        self._refuse_without_episodes()
        fits = isinstance(mask, np.ndarray) and mask.shape == (self.num_envs,) and mask.dtype == np.bool_
        if not (fits and mask.any()):
            raise ValueError(f"reset_mask must be a bool array ({self.num_envs},) with some True, got {mask!r}")
        return np.flatnonzero(mask)

    def _checked(self, actions: Floats) -> Floats:
        self._refuse_without_episodes()
        if self._mode is AutoresetMode.DISABLED:
            over = sorted(int(place) for batch in self._batches if batch.over for place in batch.places)
            if over:
                raise RuntimeError(f"call reset with a reset_mask first: environments {over} are over")
        actions = np.asarray(actions)
        if actions.shape != self.action_space.shape:
            raise ValueError(f"actions must have shape {self.action_space.shape}, got {actions.shape}")
        # Before any world moves: some must not live a day whose figures nobody gets.
        if actions.dtype.kind != "f" or not np.isfinite(actions).all():
            living = np.zeros((self.num_envs, 1), dtype=np.bool_)
            for batch in self._batches:
                living[batch.places] = not batch.over
            refuse_unless_finite(np.where(living, actions, np.zeros_like(actions)))
        return actions

    def _refuse_without_episodes(self) -> None:
        if not self._batches:
            raise RuntimeError("call reset first: there is no episode")


def _placed(parts: Sequence[tuple[NDArray[np.intp], Floats]], size: int) -> Floats:
    """Observations of some environments each, as one array (size, n)."""
    first = parts[0][1]
    if len(parts) == 1:
        return first
    together = np.empty((size, first.shape[1]), dtype=first.dtype)
    for places, part in parts:
        together[places] = part
    return together


def _note(infos: dict[str, Any], figures: Mapping[str, Any], places: NDArray[np.intp], size: int) -> None:
    """Write figures of some environments into infos: arrays (size, ...), each with a mask `_name` of who has it."""
    for name, values in figures.items():
        if len(places) == size:
            infos[f"_{name}"] = np.ones(size, dtype=np.bool_)
        else:
            infos.setdefault(f"_{name}", np.zeros(size, dtype=np.bool_))[places] = True
        if isinstance(values, Mapping):
            _note(infos.setdefault(name, {}), values, places, size)
        elif isinstance(values, list):
            row = infos.setdefault(name, np.full(size, None, dtype=object))
            for place, value in zip(places, values, strict=True):
                row[place] = value
        elif len(places) == size:
            infos[name] = values
        else:
            infos.setdefault(name, np.zeros((size, *values.shape[1:]), dtype=values.dtype))[places] = values
