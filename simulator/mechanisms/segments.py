"""Segments: an ad set's people differ by age, gender and placement in price, clicks and orders.

Levels: between the age and gender cells of one account, conversions per click lie between 1.2 and 6.8 % and cost per
conversion between 25 and 120 (KAG, real Facebook ads of 2017, eight cells): a spread of 4.7 from targeting alone. That
the two ratios are so close means that cells which convert better are clicked less or cost more; the default spreads
give both ratios. That delivery leans to segments with cheap results is how Meta describes it; how far, and the
usual mix, prices and spread of placements, are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from simulator.mechanism import Factors, Mechanism, Morning, Setting, param

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

AGES = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
GENDERS = ("female", "male")
DEMOGRAPHICS = tuple((age, gender) for age in AGES for gender in GENDERS)
PLACEMENTS = ("feed", "stories", "reels", "search", "audience_network")

_PLACEMENT_MIX = (0.5, 0.18, 0.22, 0.05, 0.05)
_PLACEMENT_PRICE = (1.0, 0.8, 0.7, 1.1, 0.35)
_TRAITS = 4


@dataclass(frozen=True, eq=False)
class Cells:
    """Segments of one kind, (W, A, S): share of impressions; price, clicks and conversions against the ad set's mean.

    With nothing excluded, the mean price of an impression, clicks per impression and conversions per click are one.
    `money` is how much more is spent on a segment than the platform does by itself, up to a factor, and `exponent`
    (W, A) that of the ad sets' landscapes, by which impressions follow; None where nobody says so.
    """

    mix: Floats
    price: Floats
    clicks: Floats
    conversions: Floats
    excluded: Bools
    exponent: Floats | None = None
    money: Floats | None = None

    @cached_property
    def remaining(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Supply, price, clicks and conversions (W, A) of those that are not excluded; the same from day to day."""
        if self.money is not None and self.exponent is not None:
            return self._weighed(self.money, self.exponent)
        mix = np.where(self.excluded, 0.0, self.mix)
        clicks = mix * self.clicks
        supply, clicked = mix.sum(axis=-1), clicks.sum(axis=-1)
        ordered = (clicks * self.conversions).sum(axis=-1)
        return supply, (mix * self.price).sum(axis=-1) / supply, clicked / supply, ordered / clicked

    def _weighed(self, money: Floats, exponent: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """The same where money is moved between segments: more of it buys less and less in each."""
        spent, shown = self.mix * money, self.shown
        clicks = shown * self.clicks
        pressed, seen, clicked = spent.sum(axis=-1), shown.sum(axis=-1), clicks.sum(axis=-1)
        supply = (seen / pressed**exponent) ** (1.0 / (1.0 - exponent))
        price = (spent * self.price).sum(axis=-1) / pressed
        return supply, price, clicked / seen, (clicks * self.conversions).sum(axis=-1) / clicked

    @property
    def shown(self) -> Floats:
        """What is in proportion to impressions, (W, A, S)."""
        if self.money is None or self.exponent is None:
            return np.where(self.excluded, 0.0, self.mix)
        shown: Floats = self.mix * self.money ** self.exponent[..., None]
        return shown

    @property
    def paid(self) -> Floats:
        """What is in proportion to the mean price of an impression, (W, A, S)."""
        if self.money is None or self.exponent is None:
            return self.price
        paid: Floats = self.price * self.money ** (1.0 - self.exponent[..., None])
        return paid


@dataclass(frozen=True, eq=False, slots=True)
class Audiences:
    """What the people of every ad set are like: by age and gender, and by placement, independently of each other."""

    demographics: Cells
    placements: Cells


@dataclass(frozen=True, slots=True)
class Segments(Mechanism):
    """Age, gender and placement matter: to what a segment brings, and to what excluding it costs."""

    mix_spread: float = param(0.6, "sd of log shares of people between cells (assumption)", low=0.0, high=3.0)
    conversion_spread: float = param(
        0.6, "sd of log conversion rate between age and gender cells; KAG", low=0.0, high=2.0
    )
    click_spread: float = param(
        0.3, "sd of log click rate between these cells, apart from the trade", low=0.0, high=2.0
    )
    click_trade: float = param(
        0.3, "power by which cells that convert better click less; fitted to KAG", low=-2.0, high=2.0
    )
    price_spread: float = param(0.2, "sd of log price between these cells (assumption)", low=0.0, high=2.0)
    placement_spread: float = param(0.3, "sd of log price, click and conversion rate of placements", low=0.0, high=2.0)
    leaning: float = param(0.5, "power of results per money by which impressions lean to a cell", low=0.0, high=10.0)

    def begin(self, setting: Setting) -> Audiences:
        """Draw the people of every ad set."""
        usual = np.ones(len(DEMOGRAPHICS))
        demographics = self._cells(
            setting, "demographics", usual, usual, (self.price_spread, self.click_spread, self.conversion_spread)
        )
        placements = self._cells(
            setting, "placements", np.array(_PLACEMENT_MIX), np.array(_PLACEMENT_PRICE), (self.placement_spread,) * 3
        )
        return Audiences(demographics, placements)

    def morning(self, state: Audiences, morning: Morning) -> Factors:  # noqa: ARG002 - a hook
        """What the people are like who are left after exclusions, against the ad set as it was."""
        supply, price, clicks, conversions = (
            np.multiply(*pair)[..., None]
            for pair in zip(state.demographics.remaining, state.placements.remaining, strict=True)
        )
        return Factors(supply=supply, price=price, clicks=clicks, conversions=conversions)

    def _cells(
        self, setting: Setting, kind: str, mix: Floats, price: Floats, spreads: tuple[float, float, float]
    ) -> Cells:
        """Segments of one kind, from the usual mix (S,) and price (S,) and spreads of price, clicks, conversions."""
        draws = setting.streams.normals(f"segments {kind}", 0, _TRAITS, setting.shape[1], len(mix))
        log_price, log_clicks, log_conversions = (spread * draws[i] for i, spread in enumerate(spreads))
        log_clicks = log_clicks - self.click_trade * log_conversions
        people = np.log(mix) + self.mix_spread * draws[3]
        log_price = log_price + np.log(price)
        leaning = self.leaning * (log_clicks + log_conversions - log_price)
        cells = _levelled(_shares(people + leaning), np.exp(log_price), np.exp(log_clicks), np.exp(log_conversions))
        return replace(cells, exponent=setting.population.exponent)


def with_excluded(state: Audiences, kind: str, excluded: Bools) -> Audiences:
    """The same people, of whom some segments are no longer shown ads.

    Args:
        state: the people.
        kind: "demographics" or "placements".
        excluded: (W, A, S), in the order of `DEMOGRAPHICS` or `PLACEMENTS`; replaces what was excluded before.

    Raises:
        ValueError: no such kind, a wrong shape, or an ad set that excludes everybody; it is named.
    """
    kinds = [entry.name for entry in fields(Audiences)]
    if kind not in kinds:
        raise ValueError(f"segments are {' or '.join(kinds)}, not {kind!r}")
    cells: Cells = getattr(state, kind)
    if excluded.shape != cells.mix.shape:
        raise ValueError(f"excluded {kind} must have shape {cells.mix.shape}, got {excluded.shape}")
    nobody = excluded.all(axis=-1)
    if nobody.any():
        world, ad_set = (int(i) for i in np.argwhere(nobody)[0])
        raise ValueError(f"all {kind} are excluded in world {world}, ad set {ad_set}: leave at least one")
    return replace(state, **{kind: replace(cells, excluded=excluded, money=None)})


def with_money(cells: Cells, money: Floats) -> Cells:
    """The same segments, on each of which so many times what the platform does by itself is spent.

    Platforms do that by factors on the bid ("value rules"). Only how an ad set's segments compare counts: its budget
    stays. A segment with 0 is excluded.

    Args:
        cells: segments of one kind; what was excluded before is replaced.
        money: (W, A, S), not negative.

    Raises:
        ValueError: another shape, numbers that are negative or not finite, or an ad set without any money.
    """
    if money.shape != cells.mix.shape:
        raise ValueError(f"money by segment must have shape {cells.mix.shape}, got {money.shape}")
    if not (np.isfinite(money) & (money >= 0)).all():
        raise ValueError("money by segment must be finite and not negative")
    nothing = (cells.mix * money).sum(axis=-1) == 0
    if nothing.any():
        world, ad_set = (int(i) for i in np.argwhere(nothing)[0])
        raise ValueError(f"no segment has money in world {world}, ad set {ad_set}: leave at least one")
    return replace(cells, excluded=money == 0, money=np.array(money, dtype=np.float64))


def probabilities(cells: Cells, quantity: str) -> Floats:
    """Where one of the "impressions", "clicks", "conversions" or "spend" falls, (W, A, S), summing to one.

    Raises:
        ValueError: another quantity.
    """
    shown = cells.shown
    weights = {
        "impressions": shown,
        "spend": shown * cells.paid,
        "clicks": shown * cells.clicks,
        "conversions": shown * cells.clicks * cells.conversions,
    }
    if quantity not in weights:
        raise ValueError(f"quantity must be one of {', '.join(weights)}, got {quantity!r}")
    weight = weights[quantity]
    share: Floats = weight / weight.sum(axis=-1, keepdims=True)
    return share


def _levelled(mix: Floats, price: Floats, clicks: Floats, conversions: Floats) -> Cells:
    """Cells whose means over what is shown are one."""
    none = np.zeros(mix.shape, dtype=np.bool_)
    _, usual_price, usual_clicks, usual_conversions = Cells(mix, price, clicks, conversions, none).remaining
    return Cells(
        mix,
        price / usual_price[..., None],
        clicks / usual_clicks[..., None],
        conversions / usual_conversions[..., None],
        none,
    )


def _shares(logs: Floats) -> Floats:
    """Shares (W, A, S) in proportion to the exponentials."""
    weight = np.exp(logs - logs.max(axis=-1, keepdims=True))
    share: Floats = weight / weight.sum(axis=-1, keepdims=True)
    return share


MECHANISM: type[Mechanism] = Segments
