"""Thompson sampling of the ads that run, on what each would bring now: shrunk, rested or tired, and matured.

A draw of every ad's results per unit of money from a posterior that pools campaign, ad set and creative; the highest
few run, as the platform then picks among them (Chapelle and Li, An Empirical Evaluation of Thompson Sampling, 2011;
Russo et al., A Tutorial on Thompson Sampling, 2018). How many run follows from how sure the best one is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from agents.creative_response import respond
from agents.policies._ad_words import rotation_sentences
from agents.policies._ads import Look, check_objective, decided, look, nothing_fresh, why
from agents.policies._params import check_delay, check_number, check_whole
from agents.population import DELAY
from agents.propensity import Scores, inclusion, set_probability
from agents.rotation import best_of, creatives_of, turns
from agents.vocabulary import Decides, Lever, Observation, Rng, Rotation

if TYPE_CHECKING:
    from agents.vocabulary import Creatives, FloatArray, IntArray

_LEAST_SD = 1e-9


@dataclass(frozen=True, slots=True)
class CreativeThompson:
    """Draw what each ad brings, run the highest; keep young ads on, let tired ones rest, ask for new ones.

    Attributes:
        objective: what is to be had for the money: clicks, conversions or value. More is better.
        least_running: fewest ads of an ad set that run, where there are as many.
        most_running: most of them, kept ones aside.
        sure: as many run as it takes to have the best among them with this probability.
        temperature: share of the posterior's spread that a draw shows: 1 is Thompson sampling, 0 the posterior mean.
        min_runtime_days: days of delivery before an ad may be switched off; one that is not shown may go after twice as
            many days of its ad set since its launch.
        min_rest_days: days that an ad rests once it was switched off.
        fatigue_prior: probability, before the account is seen, that ads tire at all.
        tired_below: an ad is tired whose click rate is below this share of that at first sight.
        refresh_probability: new ads are asked for when each is tired, or worse than a new one, with this probability.
        verdict_error: chance that an ad is ever wrongly called the winner, and another that one is wrongly a loser.
        concentration: shape of the distribution of exposures between people; small is uneven.
        delay: share of conversions that arrive 0, 1, 2, ... days after the click.
    """

    objective: str = "value"
    least_running: int = 1
    most_running: int = 3
    sure: float = 0.5
    temperature: float = 0.5
    min_runtime_days: int = 2
    min_rest_days: int = 1
    fatigue_prior: float = 0.85
    tired_below: float = 0.6
    refresh_probability: float = 0.8
    verdict_error: float = 0.05
    concentration: float = 0.7
    delay: tuple[float, ...] = DELAY
    lever: ClassVar[Lever] = Lever.CREATIVE

    def __post_init__(self) -> None:
        check_objective(self.objective)
        check_whole("least_running", self.least_running, 1, 1000)
        check_whole("most_running", self.most_running, 1, 1000)
        if self.least_running > self.most_running:
            raise ValueError(
                f"least_running must be at most most_running ({self.most_running}), got {self.least_running}"
            )
        check_number("sure", self.sure, 0, 1)
        check_number("temperature", self.temperature, 0, 4)
        check_whole("min_runtime_days", self.min_runtime_days, 0, 400)
        check_whole("min_rest_days", self.min_rest_days, 0, 400)
        check_number("fatigue_prior", self.fatigue_prior, 0, 1)
        check_number("tired_below", self.tired_below, 0, 1)
        check_number("refresh_probability", self.refresh_probability, 0.01, 1)
        check_number("verdict_error", self.verdict_error, 0.0001, 0.5)
        check_number("concentration", self.concentration, 0.05, 100)
        object.__setattr__(self, "delay", check_delay(self.delay))

    def decide(self, observation: Observation, rng: Rng) -> Rotation:
        """Which ads (..., A, C) run, by one draw, with the probability that the draw would fall so."""
        ads = creatives_of(observation)
        seen = self.look(observation, ads)
        turn = turns(
            observation,
            ads,
            self.how_many(seen),
            min_runtime_days=self.min_runtime_days,
            min_rest_days=self.min_rest_days,
        )
        shown = Scores(seen.scores.mean, np.maximum(self.temperature * seen.scores.sd, _LEAST_SD))
        draws = shown.mean + shown.sd * rng.standard_normal(shown.mean.shape)
        active = best_of(draws, turn)
        refresh, _, _ = nothing_fresh(seen, observation, ads, self.tired_below, self.refresh_probability)
        return Rotation(
            active=active,
            propensities=np.where(turn.kept, 1.0, inclusion(shown, turn.free, turn.slots)),
            propensity=set_probability(shown, turn.free, active & turn.free),
            verdicts=decided(ads, self.objective, self.verdict_error),
            refresh=refresh,
            beliefs=seen.beliefs(observation, self.objective),
        )

    def look(self, observation: Observation, ads: Creatives) -> Look:
        """What is believed of the ads this morning."""
        return look(
            ads,
            respond(
                observation,
                ads,
                objective=self.objective,
                delay=self.delay,
                fatigue_prior=self.fatigue_prior,
                concentration=self.concentration,
                running=0.5 * (self.least_running + self.most_running),
            ),
        )

    def how_many(self, seen: Look) -> IntArray:
        """Ads to run in each ad set (..., A): the likeliest best ones until their chances sum to `sure`."""
        chances: FloatArray = -np.sort(-seen.p_best, axis=-1)
        enough = (np.cumsum(chances, axis=-1) < self.sure).sum(axis=-1) + 1
        wanted: IntArray = np.clip(enough, self.least_running, self.most_running)
        return wanted

    def explain(self, observation: Observation, answer: Any) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        ads = creatives_of(observation)

        def because(i: int) -> str:
            words = why(ads, answer, observation, self.objective, self.min_runtime_days, i)
            return f"{words}; new ads are needed: {self.shortage(observation, i)}" if answer.refresh[i] else words

        return rotation_sentences(observation, answer, because)

    def shortage(self, observation: Observation, i: int) -> str:
        """Why ad set `i` needs new ads."""
        ads = creatives_of(observation)
        _, tired, _ = nothing_fresh(
            self.look(observation, ads), observation, ads, self.tired_below, self.refresh_probability
        )
        there = ads.available[i]
        worn = int((there & (tired[i] >= self.refresh_probability)).sum())
        return (
            f"of {int(there.sum())} ads {worn} are below {100 * self.tired_below:.0f} % of their first click rate, the "
            f"others less than a new ad brings here on average, each with a probability of at least "
            f"{100 * self.refresh_probability:.0f} %"
        )


POLICY: type[Decides[Rotation]] = CreativeThompson
