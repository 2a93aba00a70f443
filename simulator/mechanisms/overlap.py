"""Overlap: ad sets of one account share people, and take auctions from each other.

Of several ads of one page that could enter an auction, Meta enters only the one of the highest total value; the others
lose their chance and so find fewer and dearer impressions ("Understanding auction overlap", Business Help Centre). Each
impression of a sibling to the people of an ad set takes one chance there: of 1 + x chances one is left after x of them.
In the landscape of `simulator.auction`, whose far end is I ~ q^(1-e) s^e with a share q of chances, that is a price
factor of (1 + x)^((1-e)/e): a strength of 0.54 at the calibrated exponent e = 0.65.

No distribution of audience overlaps is published; the default share is an assumption. Audiences are drawn on a circle:
`spread` of an ad set's people live on an arc around its own place, the others anywhere, so overlaps are those of real
sets, and their mean over pairs is exactly `share`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.mechanism import Mechanism, Morning, Setting, param

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class SharedPeople:
    """Who shares people with whom, (W, A, A), zero on the diagonal."""

    overlap: NDArray[np.float64]
    """Shared people as a share of the smaller of the two audiences; symmetric."""
    of_own: NDArray[np.float64]
    """[w, a, b]: share of the people of a who are people of b as well."""


def share_of_own(overlap: NDArray[np.float64], audience: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share (W, A, A) of the people of each ad set who belong to each other one too.

    Args:
        overlap: (W, A, A) shared people as a share of the smaller audience.
        audience: (W, A) people.
    """
    own = audience[..., :, None]
    shared: NDArray[np.float64] = overlap * np.minimum(own, audience[..., None, :]) / own
    return shared


@dataclass(frozen=True, slots=True)
class Overlap(Mechanism):
    """What siblings show to the same people makes an ad set's impressions dearer."""

    share: float = param(0.1, "mean overlap of two ad sets, as a share of the smaller audience", low=0.0, high=1.0)
    spread: float = param(0.5, "share of people who live near their ad set: uneven overlap", low=0.0, high=1.0)
    strength: float = param(0.54, "power of prices in siblings' impressions per person: 1 + x", low=0.0, high=10.0)

    def begin(self, setting: Setting) -> SharedPeople:
        """Draw where audiences lie."""
        place = setting.streams.uniforms("overlap", 0, 1, setting.shape[1])[0]
        gap = np.abs(place[..., :, None] - place[..., None, :])
        arcs = np.maximum(self.share - gap, 0.0) + np.maximum(self.share - 1.0 + gap, 0.0)
        near = arcs / self.share if self.share > 0 else arcs
        overlap = self.spread * near + (1.0 - self.spread) * self.share
        overlap *= 1.0 - np.eye(setting.shape[1])
        return SharedPeople(overlap, share_of_own(overlap, setting.population.audience))

    def pressure(
        self,
        state: SharedPeople,
        morning: Morning,  # noqa: ARG002 - the hook's signature
        exposures: NDArray[np.float64],
        worlds: NDArray[np.intp] | None = None,
    ) -> NDArray[np.float64]:
        """Price factor (..., W, A): 1 where siblings show nothing to the ad set's people."""
        of_own = state.of_own if worlds is None else state.of_own[worlds]
        siblings = np.matmul(of_own, exposures[..., None])[..., 0]
        factor: NDArray[np.float64] = (1.0 + siblings) ** self.strength
        return factor


MECHANISM: type[Mechanism] = Overlap
