"""A test of ads that ends: the two likeliest best ones run until one is the winner, at an error that always holds.

Top-two Thompson sampling (Russo, Simple Bayesian Algorithms for Best-Arm Identification, Operations Research 68(6),
2020): the leader is drawn with the probability of being the best, the challenger the same way among the others. Both
run, and the platform shares the money between them. Losers leave; a winner ends the test and runs alone. Verdicts are
bets with e-values (`agents.best_arm`), valid however often one looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from agents.creative_response import respond
from agents.policies._ad_words import ad_name, rotation_sentences
from agents.policies._ads import decided, look, why
from agents.policies._params import check_delay, check_number, check_whole
from agents.population import DELAY
from agents.rotation import Turns, best_of, creatives_of, turns
from agents.vocabulary import Decides, Lever, Observation, Rng, Rotation

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray

_TWO = 2
_LEAST_CHANCE = 1e-4
_OPEN = 1e-12


@dataclass(frozen=True, slots=True)
class CreativeTest:
    """Run the two ads of an ad set that are likeliest the best; stop with a winner.

    Attributes:
        objective: clicks or conversions per unit of money. More is better.
        error: chance that a wrong ad is ever called the winner, and another that the best one is ever called a loser.
        since: the first day that counts, as 2026-03-01; by default an ad counts from its launch. It must lie within the
            history that is given, or nothing is decided.
        min_runtime_days: days of delivery before an ad may be switched off; one that is not shown may go after twice as
            many days of its ad set since its launch.
        fatigue_prior: probability, before the account is seen, that ads tire at all.
        concentration: shape of the distribution of exposures between people; small is uneven.
        delay: share of conversions that arrive 0, 1, 2, ... days after the click.
    """

    objective: str = "conversions"
    error: float = 0.05
    since: str = ""
    min_runtime_days: int = 2
    fatigue_prior: float = 0.85
    concentration: float = 0.7
    delay: tuple[float, ...] = DELAY
    lever: ClassVar[Lever] = Lever.CREATIVE

    def __post_init__(self) -> None:
        if self.objective not in {"clicks", "conversions"}:
            raise ValueError(f"objective must be clicks or conversions, got {self.objective!r}")
        check_number("error", self.error, 0.0001, 0.5)
        _check_day(self.since)
        check_whole("min_runtime_days", self.min_runtime_days, 0, 400)
        check_number("fatigue_prior", self.fatigue_prior, 0, 1)
        check_number("concentration", self.concentration, 0.05, 100)
        object.__setattr__(self, "delay", check_delay(self.delay))

    def decide(self, observation: Observation, rng: Rng) -> Rotation:
        """Which ads (..., A, C) run, with the probability of that, and who won or lost."""
        ads = creatives_of(observation)
        seen = look(
            ads,
            respond(
                observation,
                ads,
                objective=self.objective,
                delay=self.delay,
                fatigue_prior=self.fatigue_prior,
                concentration=self.concentration,
                running=_TWO,
            ),
        )
        verdicts = decided(ads, self.objective, self.error, self._days(observation))
        won = verdicts > 0
        over = np.asarray(won.any(axis=-1, keepdims=True))
        turn = turns(observation, ads, np.where(over[..., 0], 1, _TWO), min_runtime_days=self.min_runtime_days)
        turn = _among(turn, np.where(over, won, verdicts == 0))
        chances = np.where(turn.free, np.maximum(seen.p_best, _LEAST_CHANCE), 0.0)
        total = chances.sum(axis=-1, keepdims=True)
        chances = chances / np.where(total > 0, total, 1.0)
        uniform = np.clip(rng.random(chances.shape), _OPEN, 1.0 - _OPEN)
        keys = np.log(np.where(turn.free, chances, 1.0)) - np.log(-np.log(uniform))
        active = best_of(keys, turn)
        return Rotation(
            active=active,
            propensities=np.where(turn.kept, 1.0, _inclusion(chances, turn)),
            propensity=_of_set(chances, turn, active & turn.free),
            verdicts=verdicts,
            refresh=observation.ad_sets.adjustable & (over[..., 0] | (ads.available.sum(axis=-1) == 1)),
            beliefs=seen.beliefs(observation, self.objective),
        )

    def _days(self, observation: Observation) -> int | None:
        """Days since the test began, where that was said."""
        return max((observation.day - date.fromisoformat(self.since)).days, 0) if self.since else None

    def explain(self, observation: Observation, answer: Any) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        ads = creatives_of(observation)

        def because(i: int) -> str:
            words = why(ads, answer, observation, self.objective, self.min_runtime_days, i)
            won = np.flatnonzero(answer.verdicts[i] > 0)
            if len(won):
                words += f"; the test is over, {ad_name(ads, i, int(won[0]))} won"
            elif answer.refresh[i]:
                words += "; a single ad has nobody to be tested against: new ads are needed"
            else:
                words += f"; no winner yet at an error of {100 * self.error:g} %"
            return words

        return rotation_sentences(observation, answer, because)


def _check_day(value: Any) -> None:
    try:
        if value != "":
            date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"since must be a day such as 2026-03-01, or empty, got {value!r}") from error


def _among(turn: Turns, wanted: BoolArray) -> Turns:
    """The same with the free ones restricted to those wanted, unless there are none."""
    some = turn.free & wanted
    free = np.where((turn.kept | some).any(axis=-1, keepdims=True), some, turn.free)
    return Turns(turn.kept, free, np.minimum(turn.slots, free.sum(axis=-1)))


def _inclusion(chances: FloatArray, turn: Turns) -> FloatArray:
    """Probability of being drawn as leader, or as challenger after any other leader."""
    odds = chances / np.where(chances < 1.0, 1.0 - chances, 1.0)
    second = chances * (odds.sum(axis=-1, keepdims=True) - odds)
    slots = turn.slots[..., None]
    drawn = np.where(slots > 0, chances, 0.0) + np.where(slots == _TWO, second, 0.0)
    everyone = turn.free.sum(axis=-1, keepdims=True) <= slots
    return np.where(turn.free, np.where(everyone, 1.0, np.minimum(drawn, 1.0)), 0.0)


def _of_set(chances: FloatArray, turn: Turns, drawn: BoolArray) -> FloatArray:
    """Probability (...) that just these were drawn, in either order."""
    product = np.where(drawn, chances, 1.0).prod(axis=-1)
    odds = np.where(drawn & (chances < 1.0), 1.0 / np.where(chances < 1.0, 1.0 - chances, 1.0), 0.0).sum(axis=-1)
    found = product * np.where(turn.slots == _TWO, odds, 1.0)
    certain = (turn.slots == 0) | (turn.free.sum(axis=-1) <= turn.slots)
    return np.where(certain, 1.0, np.minimum(found, 1.0))


POLICY: type[Decides[Rotation]] = CreativeTest
