"""The part that all environments share: W worlds, one decision a day, for some days.

Observation, a float32 vector of 11 A + 9 numbers (and those of the kind after them), all between -1 and 50:

| numbers | what |
| --- | --- |
| A | log(1 + budget in force, major units) |
| 5 A | log(1 + daily mean of the last 7 days) of spend, impressions, clicks, conversions, value; ad sets innermost |
| 5 A | the same of the 21 days before those |
| 7 | weekday of the day being decided, one-hot from Monday |
| 1 | share of the episode that has passed |
| 1 | log(1 + total budget, major units) |
| 2 A | only where the scenario has learning: flags, 1 while an ad set is in learning; 1 where learning is limited |

Figures are as known this morning: recent conversions are still arriving. Money is in major units.

Reward: the order value of the day divided by the day's total budget, so a day's reward is the return on the money given
out. `expected` takes the truth without luck (for learning and for comparing); `realised` takes what was really caused,
including orders that are not yet known to anyone; it costs less, as the day is worked out once. The infos tell that
value as `expected_value_minor` or `caused_value_minor`. Some kinds count money that was not spent at par: see there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from simulator.environments.kind import Kind
from simulator.environments.stages import LIMITED_OR_NOT, in_learning, stages
from simulator.errors import did_you_mean
from simulator.scenario import Scenario
from simulator.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

REWARDS = ("expected", "realised")
_VALUES = {"expected": "expected_value_minor", "realised": "caused_value_minor"}
"""The value behind a reward, by its name in the infos."""

_SEEN = ("spend_minor", "impressions", "clicks", "conversions", "value_minor")
_RECENT, _HISTORY = 7, 28
_WEEK = 7
_LOWEST, _HIGHEST = -1.0, 50.0
_MOST_CAP = 1000.0


class Rules:
    """Rules of an episode: kind, scenario, length, cap, reward; and the spaces that follow from them."""

    def __init__(self, kind: Kind, scenario: str | Scenario, days: int, daily_cap: float, reward: str) -> None:
        """Check the rules.

        Args:
            kind: of the environment.
            scenario: a scenario or its name.
            days: decisions in an episode.
            daily_cap: largest change of a budget in a day, as a share.
            reward: `expected` or `realised`.

        Raises:
            ValueError: an unknown name (with the nearest known one) or a number out of range.
        """
        if reward not in REWARDS:
            raise ValueError(f"there is no reward {reward!r}: {did_you_mean(str(reward), REWARDS)}")
        if isinstance(days, bool) or not isinstance(days, int | np.integer):
            raise ValueError(f"days must be a whole number, got {days!r}")  # noqa: TRY004 - one refusal for all bad values
        if days <= 0:
            raise ValueError(f"days must be positive, got {days}")
        if isinstance(daily_cap, bool) or not isinstance(daily_cap, int | float | np.number):
            raise ValueError(f"daily_cap must be a number, got {daily_cap!r}")  # noqa: TRY004 - one refusal for all bad values
        if not 0.0 < daily_cap <= _MOST_CAP:
            raise ValueError(f"daily_cap must be positive and at most {_MOST_CAP:g}, got {daily_cap}")
        self.kind, self.scenario = kind, kind.scenario(scenario)
        self.days, self.daily_cap, self.reward = days, daily_cap, reward
        self.value = _VALUES[reward]
        size = self.scenario.ad_sets * (1 + 2 * len(_SEEN)) + _WEEK + 2 + kind.sights(self.scenario)
        if "learning" in self.scenario.mechanisms:
            size += len(LIMITED_OR_NOT) * self.scenario.ad_sets
        self.observation_space = spaces.Box(_LOWEST, _HIGHEST, (size,), np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (kind.actions(self.scenario),), np.float32)

    def begin(self, seeds: Sequence[int]) -> Episode:
        """An episode in worlds of these seeds."""
        return Episode(self, World(self.scenario, seeds))


@dataclass(frozen=True, eq=False, slots=True)
class Past:
    """What was decided and what it was worth, of one world: D days of A ad sets, minor units."""

    budgets_minor: NDArray[np.int64]
    """(D, A)."""
    value_minor: NDArray[np.float64]
    """(D,): expected or really caused, as the reward has it."""
    learning: NDArray[np.bool_]
    """(D, A): in learning on that day, limited or not; nowhere in scenarios without learning."""


class Episode:
    """One episode in W worlds at once."""

    def __init__(self, rules: Rules, world: World) -> None:
        """Args: rules: of the episode. world: on its first morning."""
        self.rules, self.world = rules, world
        self._days: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]] = []
        self._scale = _scale(rules.scenario.minor_per_major)
        self._scratch = np.empty((len(self._scale), *world.budgets_minor.shape), dtype=np.float32)

    @property
    def over(self) -> bool:
        """Whether all its days have passed."""
        return len(self._days) >= self.rules.days

    def observe(self) -> NDArray[np.float32]:
        """What is seen this morning, (W, n)."""
        budgets = self.world.budgets_minor
        worlds, ad_sets = budgets.shape
        seen = np.empty((worlds, *(self.rules.observation_space.shape or ())), dtype=np.float32)
        figures = self._figures(budgets)
        end = len(figures) * ad_sets
        seen[:, end:] = 0.0
        # Figures of one kind together are quickly worked out, and here they go to their worlds.
        seen[:, :end].reshape(worlds, len(figures), ad_sets)[...] = figures.transpose(1, 0, 2)
        seen[:, end + self.world.today.weekday()] = 1.0
        seen[:, end + _WEEK] = len(self._days) / self.rules.days
        seen[:, end + _WEEK + 1] = np.log1p(_sums(budgets) / self.rules.scenario.minor_per_major)
        end += _WEEK + 2
        learning = stages(self.world)
        flags = [] if learning is None else [learning == code for code in LIMITED_OR_NOT]
        for part in (*flags, *self.rules.kind.see(self.world)):
            start, end = end, end + part.shape[-1]
            seen[:, start:end] = part
        return seen

    def _figures(self, budgets: NDArray[np.int64]) -> NDArray[np.float32]:
        """log(1 + figure), (11, W, A): budgets (W, A), then daily means of the last days and of those before."""
        figures, recent = self._scratch, self.world.recent(_RECENT)
        earlier = self.world.recent(_HISTORY - _RECENT, since=_RECENT)
        figures[0] = budgets
        for i, name in enumerate(_SEEN, start=1):
            figures[i] = recent[name]
            figures[i + len(_SEEN)] = earlier[name]
        figures *= self._scale
        return np.log1p(figures, out=figures)

    def act(self, actions: NDArray[np.floating]) -> tuple[NDArray[np.float64], dict[str, Any]]:
        """Do what `actions` (W, n) ask for and let the day happen.

        Returns:
            rewards (W,), and figures by name: value (W,), expected or caused as the reward has it, and budgets (W, A)
            of the day, and those of the kind.

        Raises:
            ValueError: an action is not finite.
        """
        figures = self.rules.kind.act(self.world, actions, self.rules.daily_cap)
        budgets = self.world.budgets_minor
        total, learning = _sums(budgets), in_learning(self.world)
        keeps = self.rules.kind.keeps_unspent
        spend: NDArray[Any] | None
        if self.rules.reward == "realised":
            self.world.step()
            worth = _sums(self.world.caused_yesterday_minor()).astype(np.float64)
            spend = self.world.report(1)["spend_minor"][..., -1] if keeps else None
        else:
            worth = _sums(self.world.expected_value_minor(budgets))
            spend = self.world.expected_spend_minor(budgets) if keeps else None
            self.world.step()
        self._days.append((budgets, worth, learning))
        kept = 0.0 if spend is None else total - _sums(spend)
        rewards = (worth + kept) / np.maximum(total, 1)
        return rewards, {self.rules.value: worth.copy(), "budgets_minor": budgets.copy(), **figures}

    def past(self, world: int) -> Past:
        """What has been decided in one world."""
        shape = len(self._days), self.rules.scenario.ad_sets
        return Past(
            np.array([budgets[world] for budgets, _, _ in self._days], dtype=np.int64).reshape(shape),
            np.array([worth[world] for _, worth, _ in self._days], dtype=np.float64),
            np.array([learning[world] for _, _, learning in self._days], dtype=np.bool_).reshape(shape),
        )


def _scale(minor_per_major: int) -> NDArray[np.float32]:
    """What makes daily means in major units of sums, (11, 1, 1)."""
    units = np.array([minor_per_major if name.endswith("_minor") else 1 for name in _SEEN])
    days = _RECENT, _HISTORY - _RECENT
    each = np.concatenate([[1.0 / minor_per_major], *(1.0 / (length * units) for length in days)])
    return each.astype(np.float32)[:, None, None]


def _sums(values: NDArray[Any]) -> NDArray[Any]:
    """Sums (W,) of rows (W, A)."""
    sums: NDArray[Any] = np.einsum("wa->w", values)
    return sums
