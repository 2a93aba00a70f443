"""What values of a scenario may be: outside of these bounds a world means nothing, or does not fit into numbers."""

from __future__ import annotations

import math
from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simulator.delay import LAGS

if TYPE_CHECKING:
    from simulator.scenario import Scenario

_TEXTS = ("name", "description", "currency", "time_zone")
_POSITIVE = {
    "ad_sets": 10_000,
    "minor_per_major": 10_000,
    "minimum_budget_minor": 10**12,
    "scale": 1e9,
    "price": 1e7,
    "click_rate": 1.0,
    "conversion_rate": 1.0,
    "order_value": 1e9,
    "frequency": 1e3,
    "concentration": 1e3,
    "cheap_end": 10.0,
}
"""What must be above zero, with the most that it may be."""
_NOT_NEGATIVE = {
    "history_days": 3650,
    "scale_spread": 3.0,
    "price_spread": 3.0,
    "click_spread": 3.0,
    "conversion_spread": 3.0,
    "order_spread": 3.0,
    "order_variation": 50.0,
    "frequency_spread": 3.0,
    "exponent_spread": 1.0,
    "human_error": 3.0,
    "edit_spread": 3.0,
    "delivery_spread": 2.0,
    "price_noise": 2.0,
    "click_noise": 2.0,
    "conversion_noise": 2.0,
    "conversion_noise_spread": 2.0,
    "ceiling_share": 1e6,
    "weekday_strength": 5.0,
    "weekday_spread": 2.0,
    "common_spread": 2.0,
    "drift_spread": 0.5,
    "shock_spread": 3.0,
}
_SHARES = (
    "edit_share",
    "delivery_share",
    "same_day_share",
    "shock_share",
    "common_memory",
    "human_pull",
    "floor_share",
)
_RATES = ("click_rate", "conversion_rate")
_EITHER_SIGN = {"shock_mean": 5.0, "shock_first_day": 3650}
_LEAST = {"concentration": 1e-3, "cheap_end": 1e-6, "frequency": 1e-6, "price": 1e-6}
"""Below these, rounding would be all that is left."""
_YEARS = (1980, 2200)
_LARGEST_WEIGHT = 1e6
_LARGEST_DRAW = 6.8
"""Normal draws of 32 bits go no further."""
_MOST_MINOR, _MOST_IMPRESSIONS = 2.0**53, 2.0**60


def check_values(scenario: Scenario) -> None:
    """Refuse what makes no sense, by name.

    Raises:
        ValueError: a value of the wrong kind, out of its bounds, or too large together with another one.
    """
    for name in _TEXTS:
        if not isinstance(getattr(scenario, name), str):
            raise ValueError(f"{name} must be text, got {getattr(scenario, name)!r}")  # noqa: TRY004 - one refusal for all bad values
    for entry in fields(scenario):
        if entry.type in {"int", "float"}:
            _check_number(entry.name, getattr(scenario, entry.name), whole=entry.type == "int")
    _check_later_shares(scenario.later_shares)
    _check_bounds_of_budgets(scenario)
    _check_day(scenario.start_day)
    _check_money(scenario)
    try:
        ZoneInfo(scenario.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"time_zone {scenario.time_zone!r} is not a known IANA time zone such as Europe/Madrid"
        ) from error
    if len(scenario.currency) != 3 or not scenario.currency.isupper():  # noqa: PLR2004 - ISO 4217 codes have three letters
        raise ValueError(f"currency must be an ISO 4217 code such as EUR, got {scenario.currency!r}")


def day_of(text: str) -> date:
    """The start day that an ISO text says.

    Raises:
        ValueError: it says none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"start_day must be a day such as 2026-03-02, got {text!r}") from error


def _check_number(name: str, value: float, *, whole: bool) -> None:
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise ValueError(f"{name} must be a {'whole ' if whole else ''}number, got {value!r}")  # noqa: TRY004 - one refusal for all bad values
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value!r}")
    if name in _POSITIVE and value <= 0:
        raise ValueError(f"{name} must be positive, got {value!r}")
    if name in _NOT_NEGATIVE and value < 0:
        raise ValueError(f"{name} must not be negative, got {value!r}")
    if name in _SHARES and not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must be between 0 and 1, got {value!r}")
    if value < _LEAST.get(name, -math.inf):
        raise ValueError(f"{name} must be at least {_LEAST[name]:g}, got {value!r}")
    most = {**_POSITIVE, **_NOT_NEGATIVE, **_EITHER_SIGN}.get(name, math.inf)
    if value > most and name in _RATES:
        raise ValueError(f"{name} is a share of at most 1 (1.5 % is 0.015), got {value!r}")
    if value > most:
        raise ValueError(f"{name} must be at most {most:g}, got {value!r}")
    if name in _EITHER_SIGN and value < -most:
        raise ValueError(f"{name} must be at least {-most:g}, got {value!r}")


def _check_later_shares(shares: tuple[float, ...]) -> None:
    """Orders come in on seven mornings after the first, or as usual."""
    if not isinstance(shares, tuple | list) or len(shares) not in {0, LAGS - 1}:
        raise ValueError(f"later_shares must be {LAGS - 1} numbers, or none for the usual ones, got {shares!r}")
    for place, share in enumerate(shares):
        _check_number(f"later_shares[{place}]", share, whole=False)
        if not 0.0 <= share <= _LARGEST_WEIGHT:
            raise ValueError(f"later_shares[{place}] must be between 0 and {_LARGEST_WEIGHT:g}, got {share!r}")
    if shares and not sum(shares) > 0.0:
        raise ValueError("later_shares must not all be zero: leave them out for the usual ones")


def _check_bounds_of_budgets(scenario: Scenario) -> None:
    """An owner's bounds leave room for the mean budget."""
    share = scenario.ceiling_share
    if 0.0 < share < 1.0:
        raise ValueError(f"ceiling_share must be 0 (no ceiling) or at least 1, or money finds no place, got {share!r}")


def _check_day(day: date) -> None:
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ValueError(f"start_day must be a day such as 2026-03-02, got {day!r}")  # noqa: TRY004 - one refusal for all bad values
    first, last = _YEARS
    if not first <= day.year <= last:
        raise ValueError(f"start_day must lie between {first} and {last}, got {day}")


def _check_money(scenario: Scenario) -> None:
    """Amounts are whole numbers that floats hold exactly, whatever is drawn."""
    unit = scenario.minor_per_major
    account = scenario.ad_sets * scenario.scale * unit * _largest(scenario.scale_spread)
    if account > _MOST_MINOR:
        raise ValueError(
            "scale, with scale_spread, ad_sets and minor_per_major, gives budgets beyond 2**53 minor units"
        )
    shown = (
        1000.0 * scenario.scale / scenario.price * _largest(math.hypot(scenario.scale_spread, scenario.price_spread))
    )
    if shown > _MOST_IMPRESSIONS:
        raise ValueError("price, with scale and their spreads, gives more than 2**60 impressions a day")
    if scenario.order_value * unit * _largest(scenario.order_spread) > _MOST_MINOR:
        raise ValueError("order_value, with order_spread and minor_per_major, gives orders beyond 2**53 minor units")


def _largest(spread: float) -> float:
    return math.exp(_LARGEST_DRAW * spread)
