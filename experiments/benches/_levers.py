"""What bids, hours, segments and audiences gain over being left alone, where there is something to gain and where not.

Every figure is paired by seeds: the same worlds, once under the policy and once untouched, with the same money. Means
are over worlds, with a 95 % interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.registry import build
from agents.vocabulary import PolicySpec
from experiments.bench import Figure
from experiments.lever_run import EVERY_DAYS, Knowing, live_with_bids, live_with_weights
from experiments.metrics import Estimate, gain_over, mean_interval
from simulator.scenarios import load_scenario

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray
    from simulator.scenario import Scenario

WORLDS, DAYS = 24, 56
AD_SETS = 10
_AT_ONCE = 10
"""Worlds lived at a time: ninety days by hour take memory."""
LEAST_IN_VAIN = -0.3
"""Most that may be lost, in percent, where a lever can gain nothing."""
_ALIKE = {"conversion_spread": 0.0, "click_spread": 0.0, "price_spread": 0.0}
_CLOSE = {"lookalike_shares": [0.01], "ring_spread": 0.2}
_FAR = {"lookalike_shares": [0.1], "ring_spread": 0.2}


@dataclass(frozen=True, slots=True)
class Case:
    """One lever in one kind of world.

    `goal` is for the mean gain in percent; None where it is only reported. `params` are the policy's.
    """

    name: str
    lever: str
    policy: str
    what: str
    goal: float | None
    mechanisms: Mapping[str, Mapping[str, Any]]
    scenario: str = "medium"
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def market(self) -> Scenario:
        """Its worlds."""
        base = load_scenario(self.scenario)
        sized = base.having(ad_sets=AD_SETS) if self.scenario == "medium" else base
        return sized.having(**self.mechanisms)


def _hours(strength: float) -> dict[str, Any]:
    return {"hour_of_day": {"conversions": strength}, "dayparting": {"share": 0.0}}


_HOURS, _SEGMENTS, _RINGS, _BIDS = "hour_multipliers", "segment_weights", "lookalike_expansion", "cost_cap_bids"
CASES = (
    Case("hours", "hours", _HOURS, "conversions by hour three times as uneven as assumed", 1.5, _hours(3.0)),
    Case("hours_as_assumed", "hours", _HOURS, "conversions by hour as assumed", LEAST_IN_VAIN, _hours(1.0)),
    Case("hours_alike", "hours", _HOURS, "conversions the same in all hours", LEAST_IN_VAIN, _hours(0.0)),
    Case(
        "hours_on_or_off",
        "hours",
        _HOURS,
        "hours three times as uneven, schedules only",
        LEAST_IN_VAIN,
        _hours(3.0),
        params={"acts": "schedule"},
    ),
    Case("segments", "segments", _SEGMENTS, "ages and genders as in KAG", 10.0, {"segments": {}}),
    Case(
        "segments_excluded",
        "segments",
        _SEGMENTS,
        "ages and genders as in KAG, exclusions only",
        0.5,
        {"segments": {}},
        params={"acts": "exclusions"},
    ),
    Case("segments_alike", "segments", _SEGMENTS, "ages and genders all alike", LEAST_IN_VAIN, {"segments": _ALIKE}),
    Case("lookalikes", "audiences", _RINGS, "lookalikes begun at 1 %", 0.0, {"audiences": _CLOSE}),
    Case(
        "lookalikes_too_far",
        "audiences",
        _RINGS,
        "lookalikes begun at 10 %, of whom only the nearest buy",
        5.0,
        {"audiences": {**_FAR, "conversions": [0.9, 3.0, 1.75, 0.95, 0.5]}},
    ),
    Case(
        "lookalikes_in_vain",
        "audiences",
        _RINGS,
        "lookalikes begun at 1 %, the only ones who buy: the price of trials",
        None,
        {"audiences": {**_CLOSE, "conversions": [0.9, 3.0, 1.75, 0.95, 0.5]}},
    ),
    Case("cost_caps", "bid", _BIDS, "cost caps spread by 25 %", 2.0, {"bid_strategies": {}}),
    Case("bid_caps", "bid", _BIDS, "bid caps spread by 25 %", 2.0, {"bid_strategies": {"strategy": "bid_cap"}}),
    Case(
        "caps_all_equal",
        "bid",
        _BIDS,
        "eight ad sets all alike, with equal cost caps",
        LEAST_IN_VAIN,
        {"bid_strategies": {"level_spread": 0.0}},
        scenario="all_equal",
    ),
)


def lever_figures(
    seed: int, cases: Sequence[Case] = CASES, worlds: int = WORLDS, days: int = DAYS
) -> tuple[Figure, ...]:
    """The mean gain of every case in percent; `how` gives its interval and what there was to gain."""
    figures: list[Figure] = []
    for case in cases:
        seeds = range(200_000 + 1_000 * seed, 200_000 + 1_000 * seed + worlds)
        gain, most = gains(case, seeds, days)
        how = f"{case.policy}: {case.what}; {worlds} worlds of {case.market.ad_sets} ad sets, {days} days, same money"
        ceiling = "" if most is None else f"; {most:.2f} % if all were known"
        low, high = (gain.value if end is None else end for end in (gain.low, gain.high))
        bounds = f"; 95 %: {low:.2f} to {high:.2f}"
        figures.append(Figure(f"{case.name}_gain", gain.value, "%", case.goal, "higher", f"{how}{bounds}{ceiling}"))
    return tuple(figures)


def gains(case: Case, seeds: Sequence[int], days: int) -> tuple[Estimate, float | None]:
    """Gain over leaving things alone in percent, and what it were if all was known (None where that is not known)."""
    parts = [_gains(case, seeds[at : at + _AT_ONCE], days) for at in range(0, len(seeds), _AT_ONCE)]
    mine, known = (np.concatenate(values) for values in zip(*parts, strict=True))
    return mean_interval(mine), float(known.mean()) if known.size else None


def _gains(case: Case, seeds: Sequence[int], days: int) -> tuple[FloatArray, FloatArray]:
    """The same of each world, (W,); empty where nobody knows what there was to gain."""
    policy, market = build(PolicySpec(case.policy, case.params), case.lever), case.market
    if case.lever == "bid":
        bidden = live_with_bids(policy, market, seeds, days)
        return gain_over(bidden.value_minor, bidden.left_alone_minor), np.zeros(0)
    # Rings are opened one after the other, so every morning counts.
    every = 1 if case.lever == "audiences" else EVERY_DAYS
    alone = live_with_weights(None, case.lever, market, seeds, days).value_minor
    mine = live_with_weights(policy, case.lever, market, seeds, days, every=every).value_minor
    if case.lever == "audiences":
        return gain_over(mine, alone), np.zeros(0)
    knowing = live_with_weights(Knowing(case.lever), case.lever, market, seeds, days).value_minor
    return gain_over(mine, alone), gain_over(knowing, alone)
