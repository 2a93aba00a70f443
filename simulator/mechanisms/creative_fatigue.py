"""Creative fatigue over days: people who saw an ad last week are slower to click on it today.

The stock of past exposures per person goes into the click likelihood of `simulator.fatigue`, (repeats + 1)^-0.43
(Meta's study of creative fatigue). How long an exposure is remembered is not published: the half-life is an assumption.
What Ads Manager says about it, "Creative limited" and "Creative fatigue", follows Meta's help page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator import auction, fatigue
from simulator.mechanism import Factors, Mechanism, Morning, Outcome, Setting, param

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.population import Population

CREATIVE_LIMITED = "Creative limited"
CREATIVE_FATIGUE = "Creative fatigue"
_TIRED = 2.0


@dataclass(frozen=True, eq=False, slots=True)
class Exposures:
    """What people remember, (W, A, C): exposures per person of the audience, of which creative of the ad's place."""

    stock: NDArray[np.float64]
    generation: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CreativeFatigue(Mechanism):
    """Ads wear out with the exposures of past days, and recover slowly when they rest."""

    half_life_days: float = param(
        3.0, "days after which half of an exposure is forgotten (assumption)", above=0.0, high=365.0
    )

    @property
    def memory(self) -> float:
        """Share of the stock of exposures that is left a day later."""
        return float(0.5 ** (1.0 / self.half_life_days))

    def settle(self, setting: Setting) -> Population:
        """Click rates for first exposures, such that ads long in use at the usual spend click as the scenario says."""
        people = setting.population
        shown = auction.impressions(people.scale_minor, people.rate, people.depth, people.exponent)
        concentration = setting.scenario.concentration
        plain = fatigue.effective_impressions(shown, people.audience, concentration) / shown
        shown = shown / setting.scenario.ads
        stock = shown / people.audience * self.memory / (1.0 - self.memory)
        tired = fatigue.effective_impressions(shown, people.audience, concentration, stock) / shown
        return replace(people, click_rate=people.click_rate * plain / tired)

    def begin(self, setting: Setting) -> Exposures:
        """Nobody has seen anything."""
        shape = (*setting.shape, setting.scenario.ads)
        return Exposures(np.zeros(shape), np.zeros(shape, dtype=np.int64))

    def morning(self, state: Exposures, morning: Morning) -> Factors:
        """What still tires of the creatives that are in place today."""
        return Factors(stock=_of_today(state, morning))

    def evening(self, state: Exposures, morning: Morning, outcome: Outcome) -> Exposures:
        """Today's exposures are added, and everything is forgotten a little."""
        audience = morning.setting.population.audience[..., None]
        stock = self.memory * (_of_today(state, morning) + outcome.impressions / audience)
        return Exposures(stock, np.broadcast_to(np.asarray(morning.generation, dtype=np.int64), stock.shape))


def fatigue_state(cost_minor: NDArray[np.float64], past_cost_minor: NDArray[np.float64]) -> NDArray[np.str_]:
    """What Ads Manager says of ads, by cost per result against that of past ads; nothing ("") where all is well.

    "Creative limited" where it costs more but less than twice as much, "Creative fatigue" from twice as much on;
    nothing where one of the costs is not known (NaN).

    Args:
        cost_minor: cost per result now, minor units, (...).
        past_cost_minor: cost per result of ads in the past, minor units, (...).
    """
    told: NDArray[np.str_] = np.select(
        [cost_minor >= _TIRED * past_cost_minor, cost_minor > past_cost_minor],
        [CREATIVE_FATIGUE, CREATIVE_LIMITED],
        default="",
    )
    return told


def _of_today(state: Exposures, morning: Morning) -> NDArray[np.float64]:
    """The stock, where the same creative is still in place; nobody has seen a new one."""
    return np.where(morning.generation == state.generation, state.stock, 0.0)


MECHANISM: type[Mechanism] = CreativeFatigue
