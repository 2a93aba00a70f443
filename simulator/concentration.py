"""How unevenly money is spread over creatives, in the figures that published studies give.

Motion (2026, 578,750 creatives of 6,015 accounts) calls winners the creatives with at least 500 USD and ten times the
account's median spend, losers those switched off before 28 days, the rest mid-range. KAG (Facebook ads, 2017) and the
Internet Research Agency's Facebook ads give the shares of the top 6 and 20 % of ads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.world import World

    Floats = NDArray[np.float64]

WINNER_MULTIPLE = 10.0
WINNER_SPEND = 500.0
"""In major units of the account's currency, as if it were dollars."""
LOSER_DAYS = 28
_LITTLE = 0.1


@dataclass(frozen=True, eq=False, slots=True)
class Lives:
    """The creatives of one account, (N,): money in major units, days from launch to end, and whether they ended."""

    spend: Floats
    days: NDArray[np.int64]
    ended: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Concentration:
    """Shares, each between 0 and 1."""

    top_6: float
    """Of spend, by the 6 % of creatives with most spend."""
    top_20: float
    winners: float
    """Of creatives."""
    losers: float
    winners_spend: float
    """Of spend."""
    mid_spend: float
    losers_spend: float
    little: float
    """Of creatives, with less than a tenth of the mean spend of a creative."""


def lives_in(world: World, days: int) -> list[Lives]:
    """Let so many days happen, and tell the creatives of each world's account that were on in them."""
    generation, on, spend = [], [], []
    for _ in range(days):
        state = world.mechanism_state("creatives")
        generation.append(state.generation)
        on.append(state.on)
        world.step()
        spend.append(world.report_ads(1)["spend_minor"][..., 0] / world.scenario.minor_per_major)
    return [
        lives([day[i] for day in generation], [day[i] for day in on], [day[i] for day in spend])
        for i in range(len(world.seeds))
    ]


def lives(generation: Sequence[NDArray[np.int64]], on: Sequence[NDArray[np.bool_]], spend: Sequence[Floats]) -> Lives:
    """The creatives of one account from its days, each (A, C): launches so far, whether ads are on, money spent."""
    launches, running, money = np.stack(generation), np.stack(on), np.stack(spend)
    ids = np.arange(launches[0].size).reshape(launches[0].shape) * (int(launches.max()) + 1) + launches
    known = np.unique(ids[running])
    place = np.searchsorted(known, ids[running])
    days = np.bincount(place, minlength=len(known))
    total = np.bincount(place, weights=money[running], minlength=len(known)).astype(np.float64)
    last = np.isin(known, ids[-1][running[-1]])
    return Lives(total, days, ~last)


def concentration_figures(accounts: Sequence[Lives]) -> Concentration:
    """Figures over accounts: the top shares and those of winners and losers are means over accounts."""
    return Concentration(*np.mean([_figures(account) for account in accounts], axis=0).tolist())


def _figures(account: Lives) -> list[float]:
    spend = account.spend
    winner = (spend >= WINNER_SPEND) & (spend >= WINNER_MULTIPLE * np.median(spend))
    loser = account.ended & (account.days < LOSER_DAYS) & ~winner
    mid = ~winner & ~loser
    groups = [float(spend[group].sum() / spend.sum()) for group in (winner, mid, loser)]
    little = float(np.mean(spend < _LITTLE * spend.mean()))
    return [_top(spend, 0.06), _top(spend, 0.2), float(winner.mean()), float(loser.mean()), *groups, little]


def _top(spend: Floats, share: float) -> float:
    """Share of spend by the top `share` of creatives, the last of them in part."""
    running = np.insert(np.sort(spend)[::-1].cumsum(), 0, 0.0)
    return float(np.interp(share * len(spend), np.arange(len(running)), running) / running[-1])
