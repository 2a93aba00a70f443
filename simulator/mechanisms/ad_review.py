"""Ad review: new ads wait for it, and ads that run may still be rejected, for some days or for good.

Meta reviews most ads within 24 hours, may review any ad again while it runs, and lets advertisers ask for another
review of a rejected ad (Meta Business Help Centre, "About ads in review"). Meta publishes no shares of rejected or
restored ads: those defaults are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.mechanism import Factors, Mechanism, Morning, Outcome, Setting, param

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORDS = ("ACTIVE", "PENDING_REVIEW", "DISAPPROVED")
"""Effective status of an ad, as the Marketing API spells it."""

_ACTIVE, _PENDING, _APPEALED, _OFF = range(4)
_DRAWS = 2


@dataclass(frozen=True, eq=False, slots=True)
class Reviews:
    """Where each ad stands (W, A, C): approved, waiting, rejected and looked at again, off; of which creative."""

    stage: NDArray[np.int64]
    generation: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AdReview(Mechanism):
    """Ads are reviewed before they run, and sometimes again."""

    first_days: float = param(
        1.0, "mean days until a new ad is reviewed, whole days are waited (Meta)", low=1.0, high=365.0
    )
    first_rejected: float = param(0.05, "share of new ads that are rejected (assumption)", low=0.0, high=1.0)
    rejected: float = param(0.002, "chance that a running ad is rejected on a day (assumption)", low=0.0, high=1.0)
    review_days: float = param(2.0, "mean days until a rejected ad is reviewed again (assumption)", low=1.0, high=365.0)
    restored: float = param(0.6, "share of ads reviewed again that may run again (assumption)", low=0.0, high=1.0)

    def begin(self, setting: Setting) -> Reviews:
        """Everything that is there at the beginning has been approved."""
        shape = (*setting.shape, setting.scenario.ads)
        return Reviews(np.full(shape, _ACTIVE), np.zeros(shape, dtype=np.int64))

    def morning(self, state: Reviews, morning: Morning) -> Factors:
        """Only approved ads run."""
        return Factors(delivers=_stage_today(state, morning.generation) == _ACTIVE)

    def evening(self, state: Reviews, morning: Morning, outcome: Outcome) -> Reviews:
        """What the day's reviews decided. Waiting has no memory: an ad that waited long is no nearer to its review."""
        stage = _stage_today(state, morning.generation)
        _, ad_sets, ads = stage.shape
        event, verdict = morning.setting.streams.uniforms("ad_review", morning.day.toordinal(), _DRAWS, ad_sets, ads)
        caught = (stage == _ACTIVE) & (outcome.impressions > 0) & (event < self.rejected)
        first = (stage == _PENDING) & (event * self.first_days < 1.0)
        again = (stage == _APPEALED) & (event * self.review_days < 1.0)
        decided = np.select(
            [caught, first, again],
            [
                np.full(stage.shape, _APPEALED),
                np.where(verdict < self.first_rejected, _APPEALED, _ACTIVE),
                np.where(verdict < self.restored, _ACTIVE, _OFF),
            ],
            default=stage,
        )
        return Reviews(decided, np.broadcast_to(np.asarray(morning.generation, dtype=np.int64), stage.shape))


def status(state: Reviews, generation: NDArray[np.int64] | int | None = None) -> NDArray[np.str_]:
    """The effective status of every ad as the Marketing API words it, (W, A, C), one of `WORDS`.

    Whether people paused it is not in it.

    Args:
        state: where ads stood last evening.
        generation: which creative stands in each place this morning, as in `Morning`; None: the same as last evening.
            A creative that is new there waits for its review.
    """
    stage = state.stage if generation is None else _stage_today(state, generation)
    words: NDArray[np.str_] = np.array(WORDS)[np.minimum(stage, len(WORDS) - 1)]
    return words


def _stage_today(state: Reviews, generation: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Stages, with creatives that are new in their place waiting for their first review."""
    return np.where(generation == state.generation, state.stage, _PENDING)


MECHANISM: type[Mechanism] = AdReview
