"""Thompson sampling over saturating response curves, with the day's budget split exactly where marginal returns meet.

A draw of curves from the posterior, then the concave allocation under floors, ceilings and the change cap: the scheme
of Han and Arndt (Budget Allocation as a Multi-Agent System of Contextual and Continuous Bandits, KDD 2021) with the
exact dual solution. A full draw every morning costs more in churn than it earns, hence the temperature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import Leeway, conclude, leeway, to_cents, water_fill
from agents.beliefs import log_normal_beliefs
from agents.explanation import Account, Grounds, Split, explain_curves
from agents.policies._params import check_max_change, check_number
from agents.policies._words import check_single, sentences
from agents.response import Curves, Process, fit_curves
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, IntArray

_CURVATURE = 0.12
"""How much the elasticity falls when spend grows e-fold: between a power law (0) and a Hill curve near its middle."""
_PER_CLICK, _PER_CLICK_SD = -0.04, 0.07
"""Saturation is seen in clicks; how well a click converts hardly depends on spend, and differs little in that."""
_LEVEL_SD, _SHOCK_SD = 0.5, 0.25
_CLICK_DISPERSION, _CONVERSION_DISPERSION = 40.0, 12.0
"""Negative binomial: rates vary by 1 / sqrt(dispersion) from day to day, a sixth for clicks and a third for orders."""
_NEAR = 0.25
"""Moves up to this share leave a curve so close to its power law that looking again would gain 1e-6 of the gain."""
_ROUNDING = 1e-6
_TRIAL = "; a trial, as the estimate is uncertain"


@dataclass(frozen=True, slots=True)
class CurveThompson:
    """Draw response curves, move each ad set towards the point where all marginal returns are equal.

    Attributes:
        temperature: share of the posterior's spread that a draw shows: 1 is Thompson sampling, 0 the posterior mean.
        max_change: most that a budget moves in a day, as a share of the present budget; None for no cap.
        elasticity: prior mean of d log conversions / d log spend, and `elasticity_sd` its spread between ad sets.
        drift: standard deviation of an ad set's log level from one day to the next.
        delay: share of conversions that arrive 0, 1, 2, ... days after the click.
    """

    temperature: float = 0.25
    max_change: float | None = 0.2
    elasticity: float = 0.55
    elasticity_sd: float = 0.15
    drift: float = 0.02
    delay: tuple[float, ...] = (0.52, 0.17, 0.10, 0.07, 0.05, 0.04, 0.03, 0.02)

    def __post_init__(self) -> None:
        check_number("temperature", self.temperature, 0, 4)
        check_max_change(self.max_change)
        check_number("elasticity", self.elasticity, 0.05, 0.95)
        check_number("elasticity_sd", self.elasticity_sd, 0.001, 2)
        check_number("drift", self.drift, 0, 1)
        object.__setattr__(self, "delay", tuple(self.delay))
        if not self.delay:
            raise ValueError("delay must name at least one share")
        for share in self.delay:
            check_number("delay", share, 0, 1)
        if self.delay[0] <= 0 or abs(sum(self.delay) - 1) > _ROUNDING:
            raise ValueError(f"delay must start above zero and sum to 1, got {self.delay}")

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        """Budgets (..., A) by one draw, with beliefs at the present budgets and the account's marginal return."""
        curves = self.curves(observation)
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        drawn = self._drawn(curves, rng)
        room = leeway(observation, self.max_change)
        shares, dual = self._split(drawn, now, room)
        budgets = to_cents(shares, room.total_minor, room.lo_minor, room.hi_minor)
        beliefs = log_normal_beliefs(curves.log_marginal(now), curves.log_marginal_sd(now), observation.ad_sets.active)
        return conclude(observation, room, budgets, dual_value=dual, beliefs=beliefs)

    def curves(self, observation: Observation) -> Curves:
        """What this policy believes about each ad set's response."""
        half = self.drift / np.sqrt(2.0)
        clicks = Process(
            elasticity=self.elasticity - _PER_CLICK,
            elasticity_sd=self.elasticity_sd,
            curvature=_CURVATURE,
            level_sd=_LEVEL_SD,
            drift=half,
            dispersion=_CLICK_DISPERSION,
            shock_sd=_SHOCK_SD,
        )
        conversions = Process(
            elasticity=_PER_CLICK,
            elasticity_sd=_PER_CLICK_SD,
            curvature=0.0,
            level_sd=_LEVEL_SD,
            drift=half,
            dispersion=_CONVERSION_DISPERSION,
            shock_sd=_SHOCK_SD,
        )
        sets = observation.ad_sets
        return fit_curves(
            observation.history, sets.budgets_minor, clicks=clicks, conversions=conversions, delay=self.delay
        )

    def _drawn(self, curves: Curves, rng: Rng) -> Curves:
        """What this morning's chance makes of the belief: the curves that the decision takes for true."""
        shape = curves.anchor_minor.shape
        return curves.drawn(rng.standard_normal(shape), rng.standard_normal(shape), self.temperature)

    def account_for(
        self, observation: Observation, allocation: Allocation, rng: Rng, final_minor: IntArray | None = None
    ) -> Account:
        """The decision in figures: `rng` must give the draws that `decide` got."""
        check_single(observation)
        curves = self.curves(observation)
        drawn, room = self._drawn(curves, rng), leeway(observation, self.max_change)
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        unswayed = to_cents(self._split(curves, now, room)[0], room.total_minor, room.lo_minor, room.hi_minor)

        def margins(rooms: Leeway) -> FloatArray:
            return self._split(drawn, np.broadcast_to(now, rooms.lo_minor.shape), rooms)[1]

        grounds = Grounds(curves, room, split=Split(drawn, unswayed, margins))
        return explain_curves(observation, allocation, grounds, final_minor)

    def _split(self, curves: Curves, now: FloatArray, room: Leeway) -> tuple[FloatArray, FloatArray]:
        """Shares and multiplier. A curve is a power law near where it is looked at: look again after a big move."""
        near = self.max_change is not None and self.max_change <= _NEAR
        at, shares, dual = now, now, np.full(now.shape[:-1], np.nan)
        for _ in range(1 if near else 5):
            e = curves.elasticity_at(at)
            steepness = 1.0 / (1.0 - e + curves.curvature / e)
            shares, dual = water_fill(at, np.exp(curves.log_marginal(at)), steepness, room)
            at = np.maximum(shares, 1.0)
        return shares, dual

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        unit = observation.currency
        moves = allocation.budgets_minor - observation.ad_sets.budgets_minor

        def because(i: int) -> str:
            beliefs, certificate = allocation.beliefs, allocation.certificate
            if beliefs is None or certificate is None:
                return "no beliefs were recorded"
            here, low, high = (float(a[i]) for a in (beliefs.marginal_roas, beliefs.low, beliefs.high))
            words = f"the next {unit} here returns {here:.2f} (80 %: {low:.2f} to {high:.2f})"
            margin = float(certificate.dual_value)
            if np.isnan(margin):
                return words
            against = moves[i] * (here - margin) < 0 and self.temperature > 0
            return f"{words}, the account's margin is {margin:.2f}{_TRIAL if against else ''}"

        return sentences(observation, allocation, self.max_change, because)


POLICY: type[Policy] = CurveThompson
