"""What the policies that learn about ads share: beliefs in the words people use, verdicts, requests for new ads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from agents.best_arm import comparable, log_bets, verdicts
from agents.creative_response import CLICKS, CONVERSIONS, PRICES, Response
from agents.policies._ad_account import turn_words
from agents.policies._ad_words import ad_name
from agents.policies._params import check_word
from agents.propensity import Scores, inclusion
from agents.rotation import starts
from agents.vocabulary import CreativeBeliefs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agents.vocabulary import BoolArray, Creatives, FloatArray, Observation, Rotation

OBJECTIVES = ("clicks", "conversions", "value")
"""What is to be had for the money: of each, more is better."""
CLICKS_FOR_MONEY = 1.0 / (1.0 / PRICES.dispersion + 1.0 / CLICKS.dispersion)
CONVERSIONS_FOR_MONEY = 1.0 / (1.0 / CLICKS_FOR_MONEY + 1.0 / CONVERSIONS.dispersion)
"""Dispersion of a day's results per unit of money: the luck of every step from the money to the result adds up."""
_Z80 = 1.2815515655446004
_LEAST_SD = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """What is believed of the ads (..., A, C): the response, scores to draw from, P(best of those that may run)."""

    response: Response
    scores: Scores
    p_best: FloatArray

    def beliefs(self, observation: Observation, objective: str) -> CreativeBeliefs:
        """In results per unit of money: value per unit, or results per major unit of the currency."""
        unit = 1.0 if objective == "value" else float(observation.minor_per_major)
        mean, sd = self.scores.mean, self.scores.sd
        return CreativeBeliefs(
            mean=unit * np.exp(mean),
            low=unit * np.exp(mean - _Z80 * sd),
            high=unit * np.exp(mean + _Z80 * sd),
            p_best=self.p_best,
            freshness=self.response.freshness,
        )


def check_objective(value: Any) -> None:
    """Refuse what is no objective.

    Raises:
        ValueError: says what it was and what it may be.
    """
    check_word("objective", value, OBJECTIVES)


def look(ads: Creatives, response: Response) -> Look:
    """What is believed this morning, from what `agents.creative_response.respond` says of the ads."""
    scores = Scores(response.log_mean, np.maximum(np.sqrt(response.log_var), _LEAST_SD))
    one = np.ones(ads.exists.shape[:-1], dtype=np.int64)
    best = inclusion(scores, ads.available, one)
    total = best.sum(axis=-1, keepdims=True)
    return Look(response, scores, best / np.where(total > 0, total, 1.0))


def decided(ads: Creatives, objective: str, error: float, since_days: int | None = None) -> NDArray[np.int8]:
    """Winners and losers (..., A, C) in results per unit of money: clicks, or conversions where value is the aim."""
    counts = ads.clicks if objective == "clicks" else ads.conversions
    dispersion = CLICKS_FOR_MONEY if objective == "clicks" else CONVERSIONS_FOR_MONEY
    days = ads.spend_minor.shape[-1]
    counted = days if since_days is None else min(since_days, days)
    seen, spent = (np.ascontiguousarray(a[..., days - counted :], dtype=np.float64) for a in (counts, ads.spend_minor))
    pairs = comparable(ads.available, ads.age_days, days, since_days)
    return verdicts(log_bets(seen, spent, pairs, dispersion), pairs, error)


def nothing_fresh(
    look_: Look, observation: Observation, ads: Creatives, tired_below: float, probability: float
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Ad sets (..., A) where every ad that may run is tired or worse than a new one would be, and how likely each is.

    Returns:
        The requests; P(freshness below `tired_below`) and P(worse now than a new ad's expectation), (..., A, C).
    """
    response = look_.response
    tired = response.tired(tired_below)
    gap = response.usual[..., None] + 0.5 * response.usual_var[..., None] - look_.scores.mean
    below = ndtr(gap / look_.scores.sd)
    stale = (tired >= probability) | (below >= probability)
    asks = observation.ad_sets.adjustable & ads.available.any(axis=-1) & (stale | ~ads.available).all(axis=-1)
    return asks, tired, below


def why(
    ads: Creatives, rotation: Rotation, observation: Observation, objective: str, min_runtime_days: int, i: int
) -> str:
    """What is believed of the best ad that runs in ad set `i`, in words and numbers, and what was hardly ever shown."""
    beliefs = rotation.beliefs
    if beliefs is None:
        return "no beliefs were recorded"
    lead = int(np.where(rotation.active[i], beliefs.mean[i], -1.0).argmax())
    low, mid, high = (float(array[i, lead]) for array in (beliefs.low, beliefs.mean, beliefs.high))
    what = "returns" if objective == "value" else "brings"
    per = f"per {observation.currency}" if objective == "value" else f"{objective} per {observation.currency}"
    words = (
        f"{ad_name(ads, i, lead)} {what} {mid:.3g} {per} (80 %: {low:.3g} to {high:.3g}), best with probability "
        f"{100 * float(beliefs.p_best[i, lead]):.0f} %, at {100 * float(beliefs.freshness[i, lead]):.0f} % of its "
        f"first freshness"
    )
    for verdict, name in ((1, "winner"), (-1, "loser")):
        found = [ad_name(ads, i, int(c)) for c in np.flatnonzero(rotation.verdicts[i] == verdict)]
        if found:
            words += f"; {name}{'s' * (len(found) > 1)}: {', '.join(found)}"
    words += turn_words(ads, rotation, i)
    words += _unshown(ads, rotation, min_runtime_days, i)
    return f"{words}; this set of ads had a probability of {100 * float(rotation.propensity[i]):.0f} %"


def _unshown(ads: Creatives, rotation: Rotation, min_runtime_days: int, i: int) -> str:
    """Ads of ad set `i` that are switched off although they never had their minimum of days."""
    there, shown = starts(ads)
    seen = there - np.maximum(ads.age_days - ads.impressions.shape[-1], 0)
    goes = ads.active & ads.available & ~rotation.active & (shown < min_runtime_days)
    return "".join(
        f"; {ad_name(ads, i, int(c))} goes, shown on {int(shown[i, c])} of the ad set's last {int(seen[i, c])} days "
        f"instead of {min_runtime_days}"
        for c in np.flatnonzero(goes[i])
    )
