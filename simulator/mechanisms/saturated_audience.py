"""A finite audience: past some exposures per person a day there is nobody left to show the ad to, and money stays.

Platforms limit how often one person sees one advertiser: on Instagram at most four times a day, in the Facebook feed
not twice within two hours ("About frequency caps", Meta Business Help Centre). Most people open the app less often than
that would allow, so the default mean of two a day is an assumption.

The limit is on the impressions that are expected on the day itself, so dear days end at more money, cheap ones at less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator.mechanism import Mechanism, Morning, Outlook, Setting, param
from simulator.mechanisms._promises import largest_kept

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SaturatedAudience(Mechanism):
    """Ad sets whose budget is too large for their people deliver less than it."""

    order: ClassVar[int] = 70

    exposures_per_person: float = param(
        2.0, "most impressions a day per person of the audience, on average", above=0.0, high=1e6
    )
    spread: float = param(0.2, "standard deviation of the log of that limit between ad sets", low=0.0, high=3.0)

    def begin(self, setting: Setting) -> NDArray[np.float64]:
        """Most impressions a day, (W, A)."""
        draws = setting.streams.normals("saturated_audience", 0, 1, setting.shape[1])[0]
        most: NDArray[np.float64] = (
            self.exposures_per_person * np.exp(self.spread * draws) * setting.population.audience
        )
        return most

    def allot(
        self,
        state: NDArray[np.float64],
        morning: Morning,  # noqa: ARG002 - the hook's signature
        budgets: NDArray[np.float64],
        outlook: Outlook,
    ) -> NDArray[np.float64]:
        """The budget, or what shows the ads as often as there are people for."""

        def promise(some: NDArray[np.bool_]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
            figures, most = outlook.at(some), np.broadcast_to(state, some.shape)[some]

            def slack(spend: NDArray[np.float64]) -> NDArray[np.float64]:
                with np.errstate(divide="ignore"):  # without an ad nothing is shown
                    return np.log(most / figures.impressions(spend))

            return slack

        return largest_kept(promise, budgets)


MECHANISM: type[Mechanism] = SaturatedAudience
