"""Money by age, gender or placement: more where it brings more, nothing where it surely brings little.

What money brings in each segment is followed by a hierarchical gamma-Poisson model (`agents.breakdown_response`):
segments of an ad set are drawn to the account's segments, and those to each other. Reports of segments show averages,
and platforms already move money to where the next result is cheapest (Meta, About the breakdown effect), so weights go
by what the next unit would bring: in proportion to results per money to the power 1 / (1 - elasticity).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.breakdown_response import Relative, best_weights, count, expected_gain, relative
from agents.policies._params import check_delay, check_number, check_whole, check_word
from agents.policies._weights import concluded, surely_below, unobserved, weight_sentences, worst_of, worth_it
from agents.population import DELAY
from agents.vocabulary import Decides, Lever, Observation, Rng, Weights

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray

_BREAKDOWNS = ("segment", "age", "gender", "placement", "country", "region", "device")
_LEAST_LEFT = 0.5
"""Share of an ad set's money that exclusions leave its place: beyond that another audience is needed, not weights."""


@dataclass(frozen=True, slots=True)
class SegmentWeights:
    """Weights of segments, the same money all in all.

    Attributes:
        breakdown: the name of the breakdown that is decided on.
        elasticity: d log results / d log money within a segment.
        floor, ceiling: least and highest weight of a segment that is not excluded.
        exclude_below: a segment is excluded where money brings less than this share of the ad set's average ...
        exclude_probability: ... with at least this probability.
        acts: "weights", or "exclusions" for platforms that take nothing else.
        least_gain: nothing is done for an expected gain of results below this share.
        window_days: days of history that count, all alike: what has changed since is forgotten with them.
        delay: share of conversions that arrive 0, 1, 2, ... days after the click.
    """

    lever: ClassVar[Lever] = Lever.SEGMENTS

    breakdown: str = "segment"
    elasticity: float = 0.6
    floor: float = 0.2
    ceiling: float = 4.0
    exclude_below: float = 0.6
    exclude_probability: float = 0.9
    acts: str = "weights"
    least_gain: float = 0.005
    window_days: int = 90
    delay: tuple[float, ...] = DELAY

    def __post_init__(self) -> None:
        check_word("breakdown", self.breakdown, _BREAKDOWNS)
        check_word("acts", self.acts, ("weights", "exclusions"))
        check_number("elasticity", self.elasticity, 0.05, 0.95)
        check_number("floor", self.floor, 0.01, 1)
        check_number("ceiling", self.ceiling, 1, 100)
        check_number("exclude_below", self.exclude_below, 0, 1)
        check_number("exclude_probability", self.exclude_probability, 0.5, 1)
        check_number("least_gain", self.least_gain, 0, 1)
        check_whole("window_days", self.window_days, 1, 400)
        object.__setattr__(self, "delay", check_delay(self.delay))

    def decide(self, observation: Observation, rng: Rng) -> Weights:  # noqa: ARG002 - nothing is left to chance
        """Weights (..., A, K) with what is believed of every segment."""
        cut = observation.breakdowns.get(self.breakdown)
        if cut is None:
            return unobserved(observation, ())
        counted = count(
            observation.history, cut, delay=self.delay, elasticity=self.elasticity, window_days=self.window_days
        )
        keys = len(cut.keys)
        r = relative(counted, np.eye(keys), np.zeros(keys)).centred(counted.share)
        weights = self._weights(r, counted.share)
        gain, spread = expected_gain(weights, counted.share, r, self.elasticity)
        act = worth_it(gain, spread, self.least_gain)
        weights = np.where(act[..., None], weights, 1.0)
        in_force = np.ones_like(weights) if cut.weights is None else cut.weights[..., -1]
        return concluded(observation, cut.keys, weights, r, in_force, gain=np.where(act, gain, 0.0))

    def _weights(self, r: Relative, share: FloatArray) -> FloatArray:
        excluded = self._excluded(r, share)
        left = np.where(excluded, 0.0, share)
        whole = left.sum(axis=-1, keepdims=True)
        if self.acts == "exclusions":
            even = np.where(whole > 0, 1.0 / np.where(whole > 0, whole, 1.0), 1.0)
            return np.where(excluded, 0.0, even)
        weights = best_weights(
            r.mean, left / np.where(whole > 0, whole, 1.0), self.elasticity, self.floor, self.ceiling
        )
        return np.where(excluded, 0.0, weights / np.where(whole > 0, whole, 1.0))

    def _excluded(self, r: Relative, share: FloatArray) -> BoolArray:
        """Segments that surely bring little, the worst first, as long as half of the money keeps its place."""
        sure = surely_below(r, self.exclude_below, self.exclude_probability) & (share > 0)
        return worst_of(r, sure, share, _LEAST_LEFT)

    def explain(self, observation: Observation, answer: Weights) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        return weight_sentences(observation, answer, self.breakdown)


POLICY: type[Decides[Weights]] = SegmentWeights
