"""Ads take turns by the calendar, whatever they do: even evidence about all of them, and no learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from agents.policies._ad_words import rotation_sentences
from agents.policies._params import check_whole
from agents.rotation import best_of, certain, creatives_of, turns
from agents.vocabulary import Decides, Lever, Observation, Rng, Rotation


@dataclass(frozen=True, slots=True)
class CreativeEven:
    """Round robin: `running` ads at a time, each for `turn_days`."""

    running: int = 1
    turn_days: int = 1
    lever: ClassVar[Lever] = Lever.CREATIVE

    def __post_init__(self) -> None:
        check_whole("running", self.running, 1, 1000)
        check_whole("turn_days", self.turn_days, 1, 400)

    def decide(self, observation: Observation, rng: Rng) -> Rotation:  # noqa: ARG002 - the calendar decides
        """The ads (..., A, C) whose turn it is."""
        ads = creatives_of(observation)
        turn = turns(observation, ads, self.running)
        among = np.maximum(turn.free.sum(axis=-1, keepdims=True), 1)
        place = np.cumsum(turn.free, axis=-1) - 1
        first = observation.day.toordinal() // self.turn_days * self.running
        waits = (place - first) % among
        return certain(observation, best_of(-waits.astype(np.float64), turn))

    def explain(self, observation: Observation, answer: Any) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        return rotation_sentences(observation, answer, lambda _: f"ads take turns of {self.turn_days} days, all alike")


POLICY: type[Decides[Rotation]] = CreativeEven
