"""Every ad runs, and the platform picks among them: what most accounts do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from agents.policies._ad_words import rotation_sentences
from agents.rotation import best_of, certain, creatives_of, turns
from agents.vocabulary import Decides, Lever, Observation, Rng, Rotation

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray


@dataclass(frozen=True, slots=True)
class CreativeAll:
    """Switch on every ad that may run."""

    lever: ClassVar[Lever] = Lever.CREATIVE

    def decide(self, observation: Observation, rng: Rng) -> Rotation:  # noqa: ARG002 - nothing is left to chance
        """All available ads (..., A, C)."""
        ads = creatives_of(observation)
        turn = turns(observation, ads, ads.exists.shape[-1])
        active: BoolArray = best_of(turn.free.astype(float), turn)
        return certain(observation, active)

    def explain(self, observation: Observation, answer: Any) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        return rotation_sentences(observation, answer, lambda _: "all ads run and the platform picks among them")


POLICY: type[Decides[Rotation]] = CreativeAll
