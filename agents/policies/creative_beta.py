"""The textbook's Thompson sampling: clicks per impression of each ad alone, from a flat Beta(1, 1) prior.

It pools nothing, forgets nothing and knows neither fatigue nor conversions: compare it with `creative_thompson`. Every
bandit library's Thompson sampling for clicks is this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.special import betaincinv

from agents.policies._ad_words import rotation_sentences
from agents.policies._params import check_whole
from agents.propensity import Scores, inclusion, set_probability
from agents.rotation import best_of, creatives_of, turns
from agents.vocabulary import Decides, Lever, Observation, Rng, Rotation

if TYPE_CHECKING:
    from agents.vocabulary import Creatives

_OPEN = 1e-12
"""Uniforms are kept off 0 and 1."""


@dataclass(frozen=True, slots=True)
class CreativeBeta:
    """Draw each ad's rate from Beta(1 + hits, 1 + misses) and run the `running` highest.

    Attributes:
        objective: clicks (per impression) or conversions (per impression). More is better.
        running: ads of an ad set that run.
    """

    objective: str = "clicks"
    running: int = 1
    lever: ClassVar[Lever] = Lever.CREATIVE

    def __post_init__(self) -> None:
        if self.objective not in {"clicks", "conversions"}:
            raise ValueError(f"objective must be clicks or conversions, got {self.objective!r}")
        check_whole("running", self.running, 1, 1000)

    def decide(self, observation: Observation, rng: Rng) -> Rotation:
        """Which ads (..., A, C) run, by one draw."""
        ads = creatives_of(observation)
        scores = self._scores(ads)
        turn = turns(observation, ads, self.running)
        assert scores.beta is not None  # noqa: S101 - for the type checker
        uniform = np.clip(rng.random(scores.mean.shape), _OPEN, 1.0 - _OPEN)
        active = best_of(betaincinv(*scores.beta, uniform), turn)
        return Rotation(
            active=active,
            propensities=np.where(turn.kept, 1.0, inclusion(scores, turn.free, turn.slots)),
            propensity=set_probability(scores, turn.free, active & turn.free),
            verdicts=np.zeros(active.shape, dtype=np.int8),
            refresh=np.zeros(active.shape[:-1], dtype=np.bool_),
        )

    def _scores(self, ads: Creatives) -> Scores:
        figures = ads.clicks if self.objective == "clicks" else ads.conversions
        hits, shown = (np.ascontiguousarray(a).sum(axis=-1).astype(np.float64) for a in (figures, ads.impressions))
        a, b = 1.0 + hits, 1.0 + np.maximum(shown - hits, 0.0)
        mean = a / (a + b)
        return Scores(mean, np.sqrt(mean * (1.0 - mean) / (a + b + 1.0)), (a, b))

    def explain(self, observation: Observation, answer: Any) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        ads = creatives_of(observation)
        hits = (ads.clicks if self.objective == "clicks" else ads.conversions).sum(axis=-1)
        shown = ads.impressions.sum(axis=-1)

        def because(i: int) -> str:
            on = answer.active[i]
            rate = 100 * hits[i][on].sum() / max(int(shown[i][on].sum()), 1)
            chance = 100 * float(answer.propensity[i])
            return f"{rate:.2f} % of impressions brought {self.objective}; drawn with a probability of {chance:.0f} %"

        return rotation_sentences(observation, answer, because)


POLICY: type[Decides[Rotation]] = CreativeBeta
