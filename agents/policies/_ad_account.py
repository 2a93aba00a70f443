"""What stands behind a choice of ads, in numbers: chances, what would have to be believed, what keeping them costs.

All of it is read off the beliefs a rotation was made with, taken as normal in the log and independent between ads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from agents.policies._ad_words import ad_name

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, Creatives, FloatArray, Rotation

_Z80 = 1.2815515655446004
_LEAST = 1e-300


@dataclass(frozen=True, slots=True)
class AdAccount:
    """One ad that may run.

    Attributes:
        place: its place in the ad set.
        runs: whether it runs from now on.
        expected: what it is believed to bring per unit of money.
        p_best: probability of being the best of those that may run.
        p_below: probability of bringing less than the ad that is believed the best of those that run; None for that ad.
        even_at: what it would have to be believed to bring to be held as good as the least of those that run by choice.
            Where it is believed to bring that much already, the draw decided. None where it runs, or was not there to
            choose from: it rests, has lost, or nothing was left to choose.
    """

    place: int
    runs: bool
    expected: float
    p_best: float
    p_below: float | None
    even_at: float | None


@dataclass(frozen=True, slots=True)
class TurnAccount:
    """The choice in one ad set.

    Attributes:
        ads: those that may run, in order of their places.
        keeping: what the ads that were on are believed to bring per unit of money, over what those that run do, less
            one: negative is the cost of keeping them, positive the cost of a trial. Each with equal shares of the money
            among its ads, as the platform's are not known. None where nothing changes or no ad was on.
    """

    ads: tuple[AdAccount, ...]
    keeping: float | None


def turn_account(ads: Creatives, rotation: Rotation, i: int) -> TurnAccount | None:
    """The account of ad set `i` of a single account; None where no beliefs were recorded or no ad runs."""
    beliefs, there = rotation.beliefs, ads.available[i]
    runs = rotation.active[i] & there
    if beliefs is None or not runs.any():
        return None
    mean, chance = beliefs.mean[i], rotation.propensities[i]
    below = _below(mean, beliefs.low[i], beliefs.high[i], runs)
    chosen = runs & (chance < 1.0)
    least = float(mean[chosen].min()) if chosen.any() else None
    lead = _lead(mean, runs)
    entries = tuple(
        AdAccount(
            place=int(c),
            runs=bool(runs[c]),
            expected=float(mean[c]),
            p_best=float(beliefs.p_best[i, c]),
            p_below=None if c == lead else float(below[c]),
            even_at=None if runs[c] or chance[c] <= 0 else least,
        )
        for c in np.flatnonzero(there)
    )
    before = ads.active[i] & there
    same = not before.any() or bool((before == runs).all())
    return TurnAccount(entries, None if same else float(mean[before].mean() / mean[runs].mean()) - 1.0)


def turn_words(ads: Creatives, rotation: Rotation, i: int) -> str:
    """The likeliest of those that do not run, and the cost of keeping what ran; empty where there is nothing to say."""
    account = turn_account(ads, rotation, i)
    if account is None:
        return ""
    words = ""
    others = [ad for ad in account.ads if ad.even_at is not None]
    if others:
        ad = max(others, key=lambda each: each.expected)
        name, least = ad_name(ads, i, ad.place), ad.even_at or 0.0
        best = ad_name(ads, i, next(each.place for each in account.ads if each.p_below is None))
        words += f"; {name} brings less than {best} with probability {100 * (ad.p_below or 0.0):.0f} %"
        if ad.expected < least:
            words += f" and would have to bring {least:.3g} instead of {ad.expected:.3g} to equal the least that runs"
        else:
            words += f" and rests by the draw alone: at {ad.expected:.3g} it is believed as good as the least that runs"
    if account.keeping is not None:
        change, more = abs(account.keeping), "less" if account.keeping < 0 else "more"
        words += f"; what ran before is believed to bring {100 * change:.1f} % {more}"
    return words


def _lead(mean: FloatArray, runs: BoolArray) -> int:
    return int(np.where(runs, mean, -1.0).argmax())


def _below(mean: FloatArray, low: FloatArray, high: FloatArray, runs: BoolArray) -> FloatArray:
    """Probability (C,) of bringing less than the ad that is believed the best of those that run."""
    log_mean, log_low, log_high = (np.log(np.maximum(array, _LEAST)) for array in (mean, low, high))
    variance = np.square((log_high - log_low) / (2.0 * _Z80))
    lead = _lead(mean, runs)
    spread = np.sqrt(np.maximum(variance + variance[lead], _LEAST))
    below: FloatArray = ndtr((log_mean[lead] - log_mean) / spread)
    return below
