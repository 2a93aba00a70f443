"""The commercial calendar: what sales and gift days do to prices, clicks, orders and baskets.

Known levels: cost per thousand impressions +70 % and clicks per impression +26 % from 1 November to Cyber Monday
(Social.com 2014); about +40 % above the year's mean from Black Friday to Christmas and -20 % in January and February
(Revealbot, US campaigns 2021-2023). Of the +26 %, a third comes by itself: dear days show ads to fewer people again and
again, and less tired people click more. All other sizes, and every shape, are assumptions.

Months are `simulator.seasonality`'s, so nothing counts twice: what is here are narrow peaks and the calm around them.
Log prices sum to zero over every two months (November with December, as sales reach from one into the other), log
demand over every year. Dates follow rules, for any year.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.errors import did_you_mean
from simulator.mechanism import Factors, Mechanism, Morning, param

if TYPE_CHECKING:
    from simulator.mechanism import State

_MONDAY, _THURSDAY, _SUNDAY = 0, 3, 6
_EXTRA = 3


def _nth(month: int, weekday: int, n: int) -> Callable[[int], date]:
    """The n-th such weekday of a month, by year."""

    def rule(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))

    return rule


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


class Occasion(NamedTuple):
    """A season of a few days: it rises in a straight line, stays, and falls."""

    first: Callable[[int], date]
    """First full day, by year."""
    rise_days: int
    stay_days: int
    fall_days: int
    log_demand: float
    log_price: float


OCCASIONS = {
    "january_lull": Occasion(_fixed(1, 8), 8, 24, 14, -0.12, 0.0),
    "valentines_day": Occasion(_fixed(2, 10), 7, 3, 2, 0.20, 0.08),
    "mothers_day": Occasion(lambda year: _nth(5, _SUNDAY, 2)(year) - timedelta(days=4), 7, 3, 2, 0.20, 0.08),
    "fathers_day": Occasion(lambda year: _nth(6, _SUNDAY, 3)(year) - timedelta(days=4), 6, 3, 2, 0.10, 0.04),
    "back_to_school": Occasion(_fixed(8, 20), 10, 14, 7, 0.08, 0.04),
    "singles_day": Occasion(_fixed(11, 11), 1, 1, 1, 0.15, 0.08),
    "black_friday": Occasion(lambda year: black_friday(year), 7, 4, 2, 0.58, 0.53),  # noqa: PLW0108 - defined below
    "christmas": Occasion(_fixed(12, 10), 8, 9, 5, 0.30, 0.05),
    "after_christmas": Occasion(_fixed(12, 25), 1, 7, 3, -0.15, -0.30),
}
"""Every occasion, by name. Black Friday lasts until Cyber Monday."""


@dataclass(frozen=True, slots=True)
class Holidays(Mechanism):
    """Sales and gift days."""

    demand: float = param(1.0, "strength of the calendar's demand", low=0.0, high=3.0)
    price: float = param(1.0, "strength of the calendar's prices", low=0.0, high=3.0)
    click_share: float = param(0.3, "share of log demand seen in clicks, the rest in conversions", low=0.0, high=1.0)
    basket: float = param(0.1, "log order value per log demand; an assumption", low=-1.0, high=1.0)
    without: tuple[Any, ...] = param((), "names of occasions that this country does not know")
    extra: tuple[Any, ...] = param((), "further days: rows of ISO date, log demand, log price, taken as they are")

    def __post_init__(self) -> None:
        """Refuse names and rows that mean nothing."""
        Mechanism.__post_init__(self)
        for name in self.without:
            if not isinstance(name, str) or name not in OCCASIONS:
                raise ValueError(f"holidays.without names no occasion {name!r}: {did_you_mean(str(name), OCCASIONS)}")
        for i, row in enumerate(self.extra):
            _check_extra(f"holidays.extra[{i}]", row)

    def morning(self, state: State, morning: Morning) -> Factors:  # noqa: ARG002 - there is none
        """The day in the calendar."""
        usual_demand, usual_price = logs_on(morning.day, self.without)
        own = [row for row in self.extra if date.fromisoformat(row[0]) == morning.day]
        demand = self.demand * usual_demand + sum(row[1] for row in own)
        price = self.price * usual_price + sum(row[2] for row in own)
        return Factors(
            price=math.exp(price),
            clicks=math.exp(self.click_share * demand),
            conversions=math.exp((1.0 - self.click_share) * demand),
            order_value=math.exp(self.basket * demand),
        )


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    return _nth(11, _THURSDAY, 4)(year) + timedelta(days=1)


@cache
def logs_on(day: date, without: tuple[str, ...] = ()) -> tuple[float, float]:
    """Log demand and log price of a day: demand is zero on average over its year, prices over its two months."""
    demand, price = _bumps(day, without)
    first_month = day.month - (day.month + 1) % 2
    return demand - _mean_demand(day.year, without), price - _mean_price(day.year, first_month, without)


@cache
def _bumps(day: date, without: tuple[str, ...]) -> tuple[float, float]:
    demand = price = 0.0
    for name, occasion in OCCASIONS.items():
        if name not in without:
            level = sum(_level(occasion, day, year) for year in (day.year - 1, day.year, day.year + 1))
            demand += level * occasion.log_demand
            price += level * occasion.log_price
    return demand, price


def _level(occasion: Occasion, day: date, year: int) -> float:
    """How far the occasion of that year is in force, 0 to 1."""
    since = (day - occasion.first(year)).days
    if since < 0:
        return max(0.0, 1.0 + since / (occasion.rise_days + 1))
    over = since - occasion.stay_days + 1
    return max(0.0, min(1.0, 1.0 - over / (occasion.fall_days + 1)))


@cache
def _mean_demand(year: int, without: tuple[str, ...]) -> float:
    days = [date(year, 1, 1) + timedelta(days=i) for i in range(365 + calendar.isleap(year))]
    return sum(_bumps(day, without)[0] for day in days) / len(days)


@cache
def _mean_price(year: int, first_month: int, without: tuple[str, ...]) -> float:
    """Over two months, the first of which is an odd one."""
    months = (first_month, first_month + 1)
    days = [date(year, month, i + 1) for month in months for i in range(calendar.monthrange(year, month)[1])]
    return sum(_bumps(day, without)[1] for day in days) / len(days)


def _check_extra(place: str, row: Any) -> None:
    if not (isinstance(row, tuple) and len(row) == _EXTRA and isinstance(row[0], str)):
        raise ValueError(f"{place} must be an ISO date, log demand and log price, got {row!r}")
    try:
        date.fromisoformat(row[0])
    except ValueError as error:
        raise ValueError(f"{place} must begin with an ISO date such as 2026-07-14, got {row[0]!r}") from error
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in row[1:]):
        raise ValueError(f"{place} must have two numbers after its date, got {row!r}")


MECHANISM: type[Mechanism] = Holidays
