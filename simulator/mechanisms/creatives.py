"""Creatives: an ad set has several ads of different quality, people launch new ones, and the platform picks favourites.

Levels: the standard deviation of log click rate is 0.36 between the ads of one campaign (KAG, Facebook ads of 2017) and
1.04 across the Internet Research Agency's 1,992 Facebook ads, where better ads are cheaper (correlation of log click
rate and log CPM -0.33), as an auction by total value implies. People launch 2.8 to 18.8 creatives a week and account,
and 4-8 % of creatives take about 55 % of the money (Motion 2026, 578,750 creatives). How Meta chooses is not published:
here the money goes by a power of the click rate counted so far, so the early winner keeps winning; power, prior and
exploration are fitted to how unevenly money is spread in those three sources (`simulator.concentration`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.ads import over_ads
from simulator.mechanism import Factors, Mechanism, Morning, Outcome, Setting, param
from simulator.noise import mean_one

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_TRAITS = 3
_WEEK = 7


@dataclass(frozen=True, eq=False, slots=True)
class Creatives:
    """The ads of every ad set, (W, A, C) unless said otherwise. A place without a creative waits for a launch.

    `generation` counts launches in a place; `traits` (W, A, C, 3) are factors on clicks, conversions and impressions
    for the money of the creatives of generations `drawn`, relative to the ad set's `level` (W, A, 1, 3). `impressions`
    and `clicks` are what the platform remembers, `days` and `spend_minor` what a creative has behind it.
    """

    generation: Ints
    exists: Bools
    on: Bools
    traits: Floats
    drawn: Ints
    level: Floats
    impressions: Floats
    clicks: Floats
    days: Ints
    spend_minor: Ints


@dataclass(frozen=True, slots=True)
class CreativeChoice(Mechanism):
    """Several ads per ad set, of which the platform prefers some and people replace others."""

    ads: int = param(5, "places for ads in an ad set", low=1, high=50)
    first_ads: int = param(3, "of these, ads that exist on the worlds' first day", low=1, high=50)
    click_spread: float = param(0.4, "sd of log click rate between ads; KAG 0.36, IRA 1.04", low=0.0, high=3.0)
    conversion_spread: float = param(
        0.3, "sd of log conversion rate between ads; fitted to KAG's dispersion", low=0.0, high=3.0
    )
    price_power: float = param(
        0.45, "power of quality by which better ads are cheaper; KAG 0.3, IRA 0.45", low=-2.0, high=2.0
    )
    price_spread: float = param(
        0.25, "sd of log price for other reasons; sd of log CPM is 0.32 on KAG", low=0.0, high=3.0
    )
    launches_per_week: float = param(0.8, "new creatives by people per ad set (Motion)", low=0.0, high=7.0)
    keep_launching: bool = param(True, "whether people still launch and switch off after the start day")
    patience_days: int = param(
        14, "days after which people switch off ads without money (assumption)", low=1, high=3_650
    )
    cut_share: float = param(0.25, "of an even share of money; below it people switch off", low=0.0, high=1.0)
    power: float = param(4.1, "power of the counted click rate by which money goes to ads (fitted)", low=0.0, high=50.0)
    prior_impressions: float = param(
        1000.0, "impressions that the platform's first guess is worth (fitted)", above=0.0, high=1e9
    )
    exploration: float = param(0.15, "most of an ad set's money that is for trying ads (fitted)", low=0.0, high=1.0)
    memory_days: float = param(14.0, "half-life of what the platform has counted (assumption)", above=0.0, high=3650.0)

    def __post_init__(self) -> None:
        """Refuse more ads than there are places."""
        Mechanism.__post_init__(self)
        if self.first_ads > self.ads:
            raise ValueError(f"creatives.first_ads must be at most creatives.ads ({self.ads}), got {self.first_ads}")

    def begin(self, setting: Setting) -> Creatives:
        """The first creatives of every ad set; on average, and for equal money, they are what the ad set is."""
        shape = (*setting.shape, self.ads)
        exists = np.broadcast_to(np.arange(self.ads) < self.first_ads, shape)
        raw = self._first(setting)
        level = raw[:, :, : self.first_ads].mean(axis=2, keepdims=True)
        none = np.zeros(shape, dtype=np.int64)
        return Creatives(
            generation=none,
            exists=exists,
            on=exists,
            traits=raw / level,
            drawn=none,
            level=level,
            impressions=np.zeros(shape),
            clicks=np.zeros(shape),
            days=none,
            spend_minor=none,
        )

    def generations(self, state: Creatives) -> Ints:
        """Launches so far in every place."""
        return state.generation

    def morning(self, state: Creatives, morning: Morning) -> Factors:
        """What each ad is like, and how the platform shares the money out."""
        traits = self._drawn(state, morning.setting).traits
        return Factors(
            clicks=traits[..., 0],
            conversions=traits[..., 1],
            price=1.0 / traits[..., 2],
            delivers=state.on,
            share=self.shares(state, morning.setting.population.click_rate),
        )

    def shares(self, state: Creatives, click_rate: Floats) -> Floats:
        """Shares of an ad set's money by ad (W, A, C), summing to one; all zero where every ad is off.

        Args:
            state: what was counted so far.
            click_rate: what the platform expects of an ad set (W, A) before anything was counted.
        """
        prior = self.prior_impressions
        seen, clicked = (over_ads(total)[..., None] for total in (state.impressions, state.clicks))
        usual = (click_rate[..., None] * prior + clicked) / (prior + seen)
        estimate = (usual * prior + state.clicks) / (prior + state.impressions)
        weight = _evened(np.where(state.on, (estimate / usual) ** self.power, 0.0))
        unknown = np.where(state.on, prior / (prior + state.impressions), 0.0)
        trying = self.exploration * unknown.max(axis=-1, keepdims=True)
        shares: Floats = (1.0 - trying) * weight + trying * _evened(unknown)
        return shares

    def evening(self, state: Creatives, morning: Morning, outcome: Outcome) -> Creatives:
        """Count the day; then people switch off what gets no money, and launch."""
        memory = 0.5 ** (1.0 / self.memory_days)
        state = self._drawn(state, morning.setting)
        counted = replace(
            state,
            impressions=memory * (state.impressions + outcome.impressions),
            clicks=memory * (state.clicks + outcome.clicks),
            days=state.days + 1,
            spend_minor=state.spend_minor + outcome.spend_minor,
        )
        if morning.day >= morning.setting.scenario.start_day and not self.keep_launching:
            return counted
        return self._drawn(self._edited(counted, morning, outcome.spend_minor), morning.setting)

    def _edited(self, state: Creatives, morning: Morning, spend_minor: Ints) -> Creatives:
        """What people do with the ads overnight."""
        share = _evened(spend_minor.astype(np.float64))
        fair = 1.0 / np.maximum(over_ads(state.on.astype(np.int64))[..., None], 1)
        spent = over_ads(spend_minor)[..., None] > 0
        cut = state.on & spent & (state.days >= self.patience_days) & (share < self.cut_share * fair)
        state = with_active(state, state.on & ~cut)
        streams, day = morning.setting.streams, morning.day.toordinal()
        chance = streams.uniforms("creatives launches", day, 1, state.on.shape[1])[0]
        # The first place of these: empty, switched off, with the least money; the youngest last.
        rank = np.where(state.on, 2.0 + share + (state.days < self.patience_days), np.where(state.exists, 1.0, 0.0))
        chosen = np.arange(self.ads) == rank.argmin(axis=-1)[..., None]
        return launched(state, chosen & (chance * _WEEK < self.launches_per_week)[..., None])

    def _drawn(self, state: Creatives, setting: Setting) -> Creatives:
        """The state with the traits of creatives launched since they were last drawn."""
        new = np.nonzero(state.drawn != state.generation)
        if not new[0].size:
            return state
        generation, streams = state.generation[new], setting.streams
        draws = [
            streams.normals_at("creatives", generation, _TRAITS, np.full(generation.shape, trait), new)
            for trait in range(_TRAITS)
        ]
        traits = state.traits.copy()
        traits[new] = self._factors(draws) / state.level[new[0], new[1], 0]
        return replace(state, traits=traits, drawn=state.generation)

    def _first(self, setting: Setting) -> Floats:
        """Factors (W, A, C, 3) of the creatives that are there on the first day."""
        return self._factors(list(setting.streams.normals("creatives", 0, _TRAITS, setting.shape[1], self.ads)))

    def _factors(self, draws: list[Floats]) -> Floats:
        """Factors (..., 3) on clicks, conversions and impressions per money, mean one, from three draws (...)."""
        quality = mean_one(draws[0], self.click_spread)
        cheapness = mean_one(draws[0], self.price_power * self.click_spread) * mean_one(draws[2], self.price_spread)
        return np.stack([quality, mean_one(draws[1], self.conversion_spread), cheapness], axis=-1)


def launched(state: Creatives, where: Bools) -> Creatives:
    """New creatives, switched on and unknown to the platform, in the places `where` (W, A, C)."""
    return replace(
        state,
        generation=state.generation + where,
        exists=state.exists | where,
        on=state.on | where,
        impressions=np.where(where, 0.0, state.impressions),
        clicks=np.where(where, 0.0, state.clicks),
        days=np.where(where, 0, state.days),
        spend_minor=np.where(where, 0, state.spend_minor),
    )


def launch(state: Creatives, world: int, ad_set: int, place: int) -> Creatives:
    """One new creative.

    Raises:
        IndexError: there is no such world, ad set or place.
    """
    where = np.zeros(state.on.shape, dtype=np.bool_)
    where[world, ad_set, place] = True
    return launched(state, where)


def with_active(state: Creatives, on: Bools) -> Creatives:
    """Ads switched on or off (W, A, C); a place without a creative stays off."""
    return replace(state, on=on & state.exists)


def _evened(weight: Floats) -> Floats:
    """Weights (W, A, C) as shares; zeros where there is no weight at all."""
    total = over_ads(weight)[..., None]
    return weight / np.where(total > 0.0, total, 1.0)


MECHANISM: type[Mechanism] = CreativeChoice
