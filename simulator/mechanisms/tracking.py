"""Privacy: orders of people who cannot be followed are caused and never reported.

About 75 % of iOS users opted out of tracking after iOS 14.5 (Flurry Analytics); opt-in has stayed near a quarter since
(Business of Apps, 2024). With two fifths of orders on iOS, and server-side events and modelling winning back more than
half of them, about 12 % stay unseen: an assumption within the usual 5-20 %. Accounts with nothing but a browser pixel
are said to miss 30-60 % of orders on iOS. That ad sets differ, because their people hold different phones, is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import special

from simulator.mechanism import Factors, Mechanism, Morning, Setting, param

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tracking(Mechanism):
    """A share of orders cannot be reported, by ad set."""

    untracked: float = param(0.12, "median share of orders that are never reported", low=0.0, high=1.0)
    spread: float = param(0.35, "standard deviation between ad sets of that share's log odds", low=0.0, high=10.0)

    def begin(self, setting: Setting) -> NDArray[np.float64]:
        """Share of orders that can be reported, (W, A)."""
        draws = setting.streams.normals("tracking", 0, 1, setting.shape[1])[0]
        tracked: NDArray[np.float64] = special.expit(-special.logit(self.untracked) - self.spread * draws)
        return tracked

    def morning(self, state: NDArray[np.float64], morning: Morning) -> Factors:  # noqa: ARG002 - every day is alike
        """The share that can be reported, (1, W, A, 1): the same for orders of every delay."""
        return Factors(tracked=state[None, ..., None])


MECHANISM: type[Mechanism] = Tracking
