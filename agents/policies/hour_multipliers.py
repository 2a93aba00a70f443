"""Money by the hour of the week: more when people buy, where the platform takes schedules or multipliers.

One profile by hour is learnt for working days and one for weekends, smooth around the clock and alike to each other;
an ad set's own hours are drawn to the account's (`agents.breakdown_response`). Budgets are per day, so weights keep the
money of every day. Results by the hour are needed: clicks alone say nothing of who buys, nights are cheap and poor.
Meta counts no purchases off its own pages by hour, so the breakdown has to come from the shop's own orders there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from agents.breakdown_response import Counted, Relative, best_weights, count, expected_gain, relative
from agents.policies._params import check_delay, check_number, check_whole, check_word
from agents.policies._weights import concluded, surely_below, unobserved, weight_sentences, worst_of, worth_it
from agents.population import DELAY
from agents.vocabulary import Decides, Lever, Observation, Rng, Weights

if TYPE_CHECKING:
    from agents.vocabulary import Breakdown, FloatArray, IntArray

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = 24
_SATURDAY = 5
_CLASSES = 2
KEYS = tuple(f"{day} {hour:02d}" for day in _DAYS for hour in range(_HOURS))
"""The hours of a week, in the order of the weights."""
_SMOOTH, _ROUGH = 0.9, 0.02
"""Hours are alike over a sixth of the day, but for a fiftieth of their variance."""
_LEAST_ON = 0.5
"""Share of a day's usual money whose hours always stay on."""


@dataclass(frozen=True, slots=True)
class HourMultipliers:
    """Weights of the 168 hours of a week, the same money every day.

    Attributes:
        elasticity: d log results / d log money within an hour.
        floor, ceiling: least and highest weight of an hour that is on.
        acts: "weights", or "schedule" for platforms that only take hours on or off.
        off_below: with a schedule, an hour is off where money brings less than this share of the day's average ...
        off_probability: ... with at least this probability.
        week_alike: correlation of working days' hours with weekends' ones.
        least_gain: nothing is done for an expected gain of results below this share.
        window_days: days of history that count, all alike: what has changed since is forgotten with them.
        delay: share of conversions that arrive 0, 1, 2, ... days after the click.
    """

    lever: ClassVar[Lever] = Lever.HOURS

    elasticity: float = 0.6
    floor: float = 0.25
    ceiling: float = 3.0
    acts: str = "weights"
    off_below: float = 0.6
    off_probability: float = 0.9
    week_alike: float = 0.9
    least_gain: float = 0.003
    window_days: int = 90
    delay: tuple[float, ...] = DELAY

    def __post_init__(self) -> None:
        check_word("acts", self.acts, ("weights", "schedule"))
        check_number("elasticity", self.elasticity, 0.05, 0.95)
        check_number("floor", self.floor, 0.01, 1)
        check_number("ceiling", self.ceiling, 1, 100)
        check_number("off_below", self.off_below, 0, 1)
        check_number("off_probability", self.off_probability, 0.5, 1)
        check_number("week_alike", self.week_alike, 0, 1)
        check_number("least_gain", self.least_gain, 0, 1)
        check_whole("window_days", self.window_days, 1, 400)
        object.__setattr__(self, "delay", check_delay(self.delay))

    def decide(self, observation: Observation, rng: Rng) -> Weights:  # noqa: ARG002 - nothing is left to chance
        """Weights (..., A, 168) with what is believed of every hour."""
        cut = observation.breakdowns.get("hour")
        if cut is None or len(cut.keys) != _HOURS:
            return unobserved(observation, ())
        weekdays = np.array([day.weekday() for day in observation.history.days])
        kinds = weekdays < _SATURDAY, weekdays >= _SATURDAY
        counted = [self._counted(observation, cut, np.flatnonzero(some)) for some in kinds]
        r = relative(_side_by_side(counted), _kernel(self.week_alike), np.zeros(_CLASSES * _HOURS))
        halves = [
            Relative(r.log_mean[..., at : at + _HOURS], r.log_sd[..., at : at + _HOURS]).centred(one.share)
            for at, one in zip((0, _HOURS), counted, strict=True)
        ]
        found = [self._weights(half, one.share) for half, one in zip(halves, counted, strict=True)]
        of_day = [int(day >= _SATURDAY) for day in range(len(_DAYS))]
        gain = (len(_DAYS) - _CLASSES) / len(_DAYS) * found[0][1] + _CLASSES / len(_DAYS) * found[1][1]
        return concluded(
            observation,
            KEYS,
            np.concatenate([found[kind][0] for kind in of_day], axis=-1),
            Relative(
                np.concatenate([halves[kind].log_mean for kind in of_day], axis=-1),
                np.concatenate([halves[kind].log_sd for kind in of_day], axis=-1),
            ),
            _in_force(cut, weekdays),
            gain=gain,
        )

    def _counted(self, observation: Observation, cut: Breakdown, days: IntArray) -> Counted:
        return count(
            observation.history,
            cut,
            delay=self.delay,
            elasticity=self.elasticity,
            window_days=self.window_days,
            places=days,
        )

    def _weights(self, r: Relative, share: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights (..., A, 24) of one kind of day, and their gain (..., A)."""
        if self.acts == "schedule":
            weights = self._switched(r, share)
        else:
            weights = best_weights(r.mean, share, self.elasticity, self.floor, self.ceiling)
        gain, spread = expected_gain(weights, share, r, self.elasticity)
        act = worth_it(gain, spread, self.least_gain)
        return np.where(act[..., None], weights, 1.0), np.where(act, gain, 0.0)

    def _switched(self, r: Relative, share: FloatArray) -> FloatArray:
        """Zero for hours that surely bring little, the worst first, and their money for the others."""
        sure = surely_below(r, self.off_below, self.off_probability)
        off = worst_of(r, sure, share, 1.0 - _LEAST_ON)
        left = np.where(off, 0.0, share).sum(axis=-1, keepdims=True)
        return np.where(off, 0.0, 1.0 / np.where(left > 0, left, 1.0))

    def explain(self, observation: Observation, answer: Weights) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        return weight_sentences(observation, answer, "hour")


def _kernel(week_alike: float) -> FloatArray:
    """Covariance (48, 48) between the hours of working days and of weekends: periodic in the hour."""
    hours = np.arange(_HOURS)
    turn = np.pi * (hours[:, None] - hours) / _HOURS
    clock = (1.0 - _ROUGH) * np.exp(-2.0 * np.sin(turn) ** 2 / _SMOOTH**2) + _ROUGH * np.eye(_HOURS)
    kernel: FloatArray = np.kron(np.array([[1.0, week_alike], [week_alike, 1.0]]), clock)
    return kernel


def _side_by_side(counted: list[Counted]) -> Counted:
    """Both kinds of day as 48 keys, as if the account's orders cost the same in both: hours are compared within."""
    level = [Counted(one.results, one.money * _rate(one), one.share) for one in counted]
    return Counted(*(np.concatenate([getattr(one, name) for one in level], axis=-1) for name in Counted.__slots__))


def _rate(counted: Counted) -> FloatArray:
    """Results per money of the whole account, (..., 1, 1); 1 where there were none."""
    shape = (*counted.money.shape[:-2], -1)
    results, money = (array.reshape(shape).sum(axis=-1)[..., None, None] for array in (counted.results, counted.money))
    return np.where((results > 0) & (money > 0), results / np.where(money > 0, money, 1.0), 1.0)


def _in_force(cut: Breakdown, weekdays: IntArray) -> FloatArray:
    """Weights (..., A, 168) of the last day of each weekday; 1 where the window has none."""
    shape = (*cut.spend_minor.shape[:-2], _HOURS)
    parts = []
    for day in range(len(_DAYS)):
        places = np.flatnonzero(weekdays == day)
        known = cut.weights is not None and places.size
        parts.append(cut.weights[..., places[-1]] if known and cut.weights is not None else np.ones(shape))
    return np.concatenate(parts, axis=-1)


POLICY: type[Decides[Weights]] = HourMultipliers
