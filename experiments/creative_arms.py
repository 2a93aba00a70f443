"""Ads as plain arms: rates that stay, counts with a day's luck, results that come late. Many accounts at once.

For what is known in theory: regret against other libraries' Thompson sampling, and how often a wrong winner is
declared.

Shapes: R replications, A ad sets, C ads, D days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.observation import observe, window
from agents.vocabulary import NO_CEILING_MINOR, AdSets, Creatives

if TYPE_CHECKING:
    from agents.vocabulary import Decides, FloatArray, IntArray, Observation, Rotation

_DAY = date(2026, 3, 2)
_PRICE_MINOR = 2
_ORDER_MINOR = 6_000
_BLOCKS = 20
_FIRST_GUESS = 100.0


@dataclass(frozen=True, eq=False, slots=True)
class Arms:
    """What the ads are like.

    `click_rates` (R, A, C) per impression and `conversion_rates` (R, A, C) per click; `impressions` of an ad set a day;
    `delay` is the share of conversions that arrive 0, 1, ... days after the click; `own_luck` and `common_luck` are the
    sd of the log of what moves an ad's, and an ad set's, conversions on a day, `click_luck` and `price_luck` those of
    an ad's click rate and price; the platform shares impressions among the ads that run by their click rate so far to
    the power `favour`.
    """

    click_rates: FloatArray
    conversion_rates: FloatArray
    impressions: int
    delay: tuple[float, ...] = (1.0,)
    own_luck: float = 0.0
    common_luck: float = 0.0
    click_luck: float = 0.0
    price_luck: float = 0.0
    favour: float = 0.0

    @property
    def gaps(self) -> FloatArray:
        """Clicks that an impression of each ad loses against the best of its ad set, (R, A, C)."""
        gaps: FloatArray = self.click_rates.max(axis=-1, keepdims=True) - self.click_rates
        return gaps


@dataclass(eq=False, slots=True)
class Log:
    """What happened so far: (R, A, C, D); `orders` (L, R, A, C, D) by days of delay. Grows by a day at a time."""

    shown: IntArray
    spent_minor: IntArray
    clicks: IntArray
    orders: IntArray
    verdicts: list[Any] = field(default_factory=list)
    days: int = 0

    def known(self) -> IntArray:
        """Conversions known this morning, by the day of the click."""
        total = np.zeros(self.shown.shape, dtype=np.int64)
        for lag, orders in enumerate(self.orders):
            upto = max(self.days - lag, 0)
            total[..., :upto] += orders[..., :upto]
        return total


def begun(arms: Arms, days: int) -> Log:
    """An empty log for so many days."""
    shape = (*arms.click_rates.shape, days)
    shown, spent, clicks = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    return Log(shown, spent, clicks, np.zeros((len(arms.delay), *shape), dtype=np.int64))


def live(policy: Decides[Rotation], arms: Arms, days: int, seed: int) -> Log:
    """So many days under a policy that decides each morning; its verdicts of every morning are kept, (R, A, C) each."""
    luck, draws = (np.random.default_rng((seed, part)) for part in range(2))
    log = begun(arms, days)
    for day in range(days):
        rotation = policy.decide(_observation(arms, log), draws)
        log.verdicts.append(rotation.verdicts)
        weight = np.where(rotation.active, _favoured(arms, log), 0.0)
        share = weight / weight.sum(axis=-1, keepdims=True)
        running = np.rint(np.cumsum(share, axis=-1) * arms.impressions).astype(np.int64)
        _happen(arms, log, np.diff(running, axis=-1, prepend=0), day, luck)
    log.verdicts.append(policy.decide(_observation(arms, log), draws).verdicts)
    return log


def beta_thompson(arms: Arms, days: int, seed: int) -> IntArray:
    """Impressions (R, A, C) under the libraries' Thompson sampling: Beta(1, 1), clicks, learnt within the day.

    A day comes in 20 blocks, or single impressions where there are fewer, each with a draw and an update of its own.
    """
    luck, draws = (np.random.default_rng((seed, part)) for part in range(2))
    blocks = min(_BLOCKS, arms.impressions) if arms.impressions > 2 * _BLOCKS else arms.impressions
    sizes = np.diff(np.rint(np.linspace(0, arms.impressions, blocks + 1)).astype(np.int64))
    shown, clicks = (np.zeros(arms.click_rates.shape, dtype=np.int64) for _ in range(2))
    for _ in range(days):
        for size in sizes:
            draw = draws.beta(1.0 + clicks, 1.0 + shown - clicks)
            best = (np.arange(draw.shape[-1]) == draw.argmax(axis=-1)[..., None]) * size
            shown += best
            clicks += luck.binomial(best, arms.click_rates)
    return shown


def regret(arms: Arms, shown: IntArray) -> FloatArray:
    """Expected clicks (R,) lost against the best ad of every ad set, from impressions (R, A, C)."""
    lost: FloatArray = (shown * arms.gaps).sum(axis=(-2, -1))
    return lost


def population(
    replications: int, ad_sets: int, ads: int, seed: int, *, rate: float = 0.015, spread: float = 0.36
) -> FloatArray:
    """Click rates (R, A, C) that differ between ad sets (sd of the log 0.25) and between their ads (`spread`)."""
    draws = np.random.default_rng((seed, 7))
    of_sets = draws.normal(np.log(rate), 0.25, (replications, ad_sets, 1))
    return np.exp(of_sets + draws.normal(0.0, spread, (replications, ad_sets, ads)))


def constant(rates: Sequence[float], replications: int) -> FloatArray:
    """The same rates (R, 1, C) in every replication, in an order that is turned from one to the next."""
    return np.stack([np.roll(np.asarray(rates, dtype=np.float64), r) for r in range(replications)])[:, None, :]


def _favoured(arms: Arms, log: Log) -> FloatArray:
    clicks, shown = log.clicks.sum(axis=-1), log.shown.sum(axis=-1)
    usual = (clicks.sum(axis=-1, keepdims=True) + 1.0) / (shown.sum(axis=-1, keepdims=True) + _FIRST_GUESS)
    guess: FloatArray = (clicks + usual * _FIRST_GUESS) / (shown + _FIRST_GUESS)
    favoured: FloatArray = guess**arms.favour
    return favoured


def _happen(arms: Arms, log: Log, shown: IntArray, day: int, luck: np.random.Generator) -> None:
    log.shown[..., day] = shown
    prices = _PRICE_MINOR * _moved(arms.price_luck, shown.shape, luck)
    log.spent_minor[..., day] = np.rint(shown * prices).astype(np.int64)
    rates = np.minimum(arms.click_rates * _moved(arms.click_luck, shown.shape, luck), 1.0)
    log.clicks[..., day] = luck.binomial(shown, rates)
    common = luck.normal(0.0, 1.0, (*shown.shape[:-1], 1)) * arms.common_luck - 0.5 * arms.common_luck**2
    own = luck.normal(0.0, 1.0, shown.shape) * arms.own_luck - 0.5 * arms.own_luck**2
    expected = log.clicks[..., day] * arms.conversion_rates * np.exp(common + own)
    for lag, share in enumerate(arms.delay):
        log.orders[lag, ..., day] = luck.poisson(expected * share)
    log.days = day + 1


def _moved(sd: float, shape: tuple[int, ...], luck: np.random.Generator) -> FloatArray:
    """Factors with mean one; none is drawn where there is no luck."""
    factors: FloatArray = np.exp(luck.normal(0.0, sd, shape) - 0.5 * sd**2) if sd else np.ones(shape)
    return factors


def _observation(arms: Arms, log: Log) -> Observation:
    """This morning of all replications as one batch; the window is as long as the test, and ends yesterday."""
    length = log.shown.shape[-1]
    figures = {
        "spend_minor": log.spent_minor,
        "impressions": log.shown,
        "reach": log.shown,
        "clicks": log.clicks,
        "conversions": log.known(),
    }
    figures["value_minor"] = figures["conversions"] * _ORDER_MINOR
    latest = {name: np.roll(array, length - log.days, axis=-1) for name, array in figures.items()}
    shape = log.shown.shape[:-1]
    ids = tuple(tuple(f"{a:03d}-{c:03d}" for c in range(shape[2])) for a in range(shape[1]))
    there = np.ones(shape, dtype=np.bool_)
    told: dict[str, Any] = latest
    ads = Creatives(ids, ids, exists=there, active=there, age_days=np.full(shape, log.days), **told)
    budgets = np.full(shape[:2], arms.impressions * _PRICE_MINOR)
    ad_sets = AdSets(
        ids=tuple(f"{a:03d}" for a in range(shape[1])),
        names=tuple(f"{a:03d}" for a in range(shape[1])),
        budgets_minor=budgets,
        floors_minor=np.zeros_like(budgets),
        ceilings_minor=np.full_like(budgets, NO_CEILING_MINOR),
        active=there[..., 0],
        protected=~there[..., 0],
        learning_stages=np.zeros_like(budgets),
    )
    return observe(
        account_id="arms",
        day=_DAY,
        currency="USD",
        minor_per_major=100,
        budget_minor=budgets.sum(axis=-1),
        ad_sets=ad_sets,
        metrics={name: array.sum(axis=2) for name, array in latest.items()},
        days=window(_DAY, length),
        collected_through=None,
        creatives=ads,
    )
