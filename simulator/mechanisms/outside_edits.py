"""People who edit the account while somebody else steers it: budgets typed anew, ad sets paused and resumed.

They come overnight, before the day's decision, and do not look at what was decided: whether somebody edits, and by
which factor, depends on the world's seed and the day alone. How often people do that is published nowhere; that each
ad set's budget is edited about once a month, by a third up or down, and paused now and then, is an assumption.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from simulator.mechanism import Mechanism, Morning, Setting, State, param

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_MINOR = 2**53


@dataclass(frozen=True, eq=False, slots=True)
class Edits:
    """What people would do on a day, (W, A)."""

    factor: NDArray[np.float64]
    """Times the budget; exactly one where nobody edits it."""
    pauses: NDArray[np.bool_]
    """Who is paused, if running."""
    resumes: NDArray[np.bool_]
    """Who is resumed, if paused, whoever paused it."""


@dataclass(frozen=True, slots=True)
class OutsideEdits(Mechanism):
    """Every morning a person may have changed an ad set's budget or status."""

    first_day: int = param(
        0, "earliest day of such edits, days after the start of the scenario", low=-3_650, high=3_650
    )
    budget_chance: float = param(0.03, "probability that an ad set's budget is edited on a day", low=0.0, high=1.0)
    budget_spread: float = param(0.3, "standard deviation of the log factor of such an edit", low=0.0, high=3.0)
    pause_chance: float = param(0.004, "probability that a running ad set is paused on a day", low=0.0, high=1.0)
    resume_chance: float = param(0.2, "probability that a paused ad set is resumed on a day", low=0.0, high=1.0)

    def edit(self, state: State, morning: Morning) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:  # noqa: ARG002 - people have no plan
        """Budgets and activity after people's edits; edited budgets are round and at least the smallest one."""
        edits = self.edits_on(morning.setting, morning.day)
        unit = morning.setting.scenario.minimum_budget_minor
        anew = np.maximum(np.rint(morning.budgets_minor * edits.factor / unit), 1.0) * unit
        edited = edits.factor != 1.0
        budgets = np.where(edited, np.minimum(anew, _MOST_MINOR), morning.budgets_minor).astype(np.int64)
        return budgets, np.where(morning.active, ~edits.pauses, edits.resumes)

    def edits_on(self, setting: Setting, day: date) -> Edits:
        """What people would do on that day, whatever the budgets."""
        ad_sets = setting.shape[1]
        come = (day - setting.scenario.start_day).days >= self.first_day
        chances = setting.streams.uniforms("outside_edits", day.toordinal(), 3, ad_sets)
        size = setting.streams.normals("outside_edits size", day.toordinal(), 1, ad_sets)[0]
        edited = come & (chances[0] < self.budget_chance)
        return Edits(
            factor=np.where(edited, np.exp(self.budget_spread * size), 1.0),
            pauses=come & (chances[1] < self.pause_chance),
            resumes=come & (chances[2] < self.resume_chance),
        )


MECHANISM: type[Mechanism] = OutsideEdits
