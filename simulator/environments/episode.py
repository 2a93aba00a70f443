"""The part that the single and the vector environment share: W worlds, one decision a day, for some days.

Observation, a float32 vector of 11 A + 9 numbers, all between -1 and 50:

| numbers | what |
| --- | --- |
| A | log(1 + budget in force, major units) |
| 5 A | log(1 + daily mean of the last 7 days) of spend, impressions, clicks, conversions, value; ad sets innermost |
| 5 A | the same of the 21 days before those |
| 7 | weekday of the day being decided, one-hot from Monday |
| 1 | share of the episode that has passed |
| 1 | log(1 + total budget, major units) |

Figures are as known this morning: recent conversions are still arriving. Money is in major units.

Reward: the order value of the day divided by the total budget, so a day's reward is the return on the money given
out. `expected` takes the truth without luck (for learning and for comparing); `realised` takes what was really caused,
including orders that are not yet known to anyone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from simulator.environments.action import budgets_after
from simulator.errors import did_you_mean
from simulator.scenario import Scenario
from simulator.scenarios import load_scenario
from simulator.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

REWARDS = ("expected", "realised")

_SEEN = ("spend_minor", "impressions", "clicks", "conversions", "value_minor")
_RECENT, _HISTORY = 7, 28
_WEEK = 7
_HIGHEST = 50.0


class Episodes:
    """Rules of an episode: scenario, length, cap, reward; and the spaces that follow from them."""

    def __init__(self, scenario: str | Scenario, days: int, daily_cap: float, reward: str) -> None:
        """Check the rules.

        Args:
            scenario: a scenario or its name.
            days: decisions in an episode.
            daily_cap: largest change of a budget in a day, as a share.
            reward: `expected` or `realised`.

        Raises:
            ValueError: an unknown name (with the nearest known one) or a number out of range.
        """
        if reward not in REWARDS:
            raise ValueError(f"there is no reward {reward!r}: {did_you_mean(reward, REWARDS)}")
        if days <= 0:
            raise ValueError(f"days must be positive, got {days}")
        if not 0.0 < daily_cap < np.inf:
            raise ValueError(f"daily_cap must be positive and finite, got {daily_cap}")
        self.scenario = load_scenario(scenario) if isinstance(scenario, str) else scenario
        self.days, self.daily_cap, self.reward = days, daily_cap, reward
        a = self.scenario.ad_sets
        self.action_space = spaces.Box(-1.0, 1.0, (a,), np.float32)
        size = a * (1 + 2 * len(_SEEN)) + _WEEK + 2
        self.observation_space = spaces.Box(-1.0, _HIGHEST, (size,), np.float32)

    def begin(self, seeds: Sequence[int]) -> Episode:
        """An episode in worlds of these seeds."""
        return Episode(self, World(self.scenario, seeds))


class Episode:
    """One episode in W worlds at once."""

    def __init__(self, rules: Episodes, world: World) -> None:
        """Args: rules: of the episode. world: on its first morning."""
        self._rules, self._world = rules, world
        self._total_minor = world.budgets_minor.sum(axis=-1)
        self._passed = 0

    @property
    def over(self) -> bool:
        """Whether all its days have passed."""
        return self._passed >= self._rules.days

    def observe(self) -> NDArray[np.float32]:
        """What is seen this morning, (W, 11 A + 9)."""
        scenario, budgets = self._rules.scenario, self._world.budgets_minor
        report = self._world.report(_HISTORY)
        parts = [np.log1p(budgets / scenario.minor_per_major)]
        for window in (slice(-_RECENT, None), slice(0, -_RECENT)):
            for name in _SEEN:
                unit = scenario.minor_per_major if name.endswith("_minor") else 1
                parts.append(np.log1p(report[name][..., window].mean(axis=-1) / unit))
        calendar = np.zeros((len(budgets), _WEEK + 2))
        calendar[:, self._world.today.weekday()] = 1.0
        calendar[:, _WEEK] = self._passed / self._rules.days
        calendar[:, _WEEK + 1] = np.log1p(self._total_minor / scenario.minor_per_major)
        return np.concatenate([*parts, calendar], axis=-1).astype(np.float32)

    def act(self, actions: NDArray[np.floating]) -> tuple[NDArray[np.float64], dict[str, Any]]:
        """Set the budgets that `actions` (W, A) ask for and let the day happen.

        Returns:
            rewards (W,), and figures by name: the expected value (W,) and the budgets (W, A) of the day.
        """
        budgets = budgets_after(self._world.budgets_minor, actions, self._rules.daily_cap)
        self._world.set_budgets(budgets)
        expected = self._world.expected_value_minor(budgets).sum(axis=-1)
        self._world.step()
        self._passed += 1
        value = expected
        if self._rules.reward == "realised":
            value = self._world.caused(days=1)["value_minor"][..., -1].sum(axis=-1).astype(np.float64)
        return value / self._total_minor, {"expected_value_minor": expected, "budgets_minor": budgets}
