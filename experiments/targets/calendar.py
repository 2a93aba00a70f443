"""Time: weekdays, seasons, hours, and when conversions come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from experiments.laboratory import Laboratory
from experiments.sim_to_real import Target
from experiments.with_gaps import correlation, log_ratio, slope
from simulator.calibration import region_profiles
from simulator.delay import LAGS
from simulator.mechanisms.holidays import black_friday
from simulator.seasonality import WEEKDAY_DEMAND
from simulator.traffic import hour_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_YEAR = 2027
_SETTLING_DAYS = 56
_UPWORTHY = "Upworthy 2013-15, page views of news"
_REVEALBOT = "Revealbot, US campaigns 2021-2023"
_SOCIAL = "Social.com 2014, 1 November to Cyber Monday"
_INFINITE = float("inf")


def _weekday_rates(laboratory: Laboratory) -> Floats:
    """Log conversions per click of each weekday, (7,), of all worlds together."""
    sample = laboratory.sample()
    orders, clicks = (sample.reported[name].sum(axis=(0, 1)) for name in ("conversions", "clicks"))
    on = [sample.weekdays == weekday for weekday in range(7)]
    return log_ratio(*(np.array([total[days].sum() for days in on]) for total in (orders, clicks)))


def _weekday_correlation(laboratory: Laboratory) -> float:
    return float(correlation(_weekday_rates(laboratory), np.array(WEEKDAY_DEMAND)))


def _weekday_slope(laboratory: Laboratory) -> float:
    return float(slope(np.array(WEEKDAY_DEMAND), _weekday_rates(laboratory)))


def _dear_weekdays(laboratory: Laboratory) -> float:
    """CPM of Fridays and Saturdays over that of Mondays and Tuesdays, per cent."""
    sample = laboratory.sample()
    spend, shown = (sample.reported[name] for name in ("spend_minor", "impressions"))
    dear, cheap = (np.isin(sample.weekdays, days) for days in ((4, 5), (0, 1)))
    price = [spend[..., days].sum() / shown[..., days].sum() for days in (dear, cheap)]
    return 100.0 * float(price[0] / price[1] - 1.0)


def _season(laboratory: Laboratory) -> tuple[list[date], dict[str, Floats]]:
    """A calendar year's days, and the sums of all worlds by day, with holidays on, in worlds some weeks old."""
    key = "season"
    if key not in laboratory.notes:
        days = [date(_YEAR, 1, 1) + timedelta(days=d) for d in range(365)]
        scenario = laboratory.having(
            "holidays", start_day=date(_YEAR + 1, 1, 1), history_days=len(days) + _SETTLING_DAYS
        )
        report = laboratory.lived(scenario).report(len(days))
        sums = {name: array.sum(axis=(0, 1)).astype(np.float64) for name, array in report.items()}
        laboratory.notes[key] = days, sums
    found: tuple[list[date], dict[str, Floats]] = laboratory.notes[key]
    return found


def _over(
    top: str, bottom: str, inside: Callable[[date], bool], against: Callable[[date], bool]
) -> Callable[[Laboratory], float]:
    """Per cent by which the mean of a daily ratio in some days of the year lies over that in others."""

    def measure(laboratory: Laboratory) -> float:
        days, sums = _season(laboratory)
        ratio = sums[top] / sums[bottom]
        means = [ratio[[rule(day) for day in days]].mean() for rule in (inside, against)]
        return 100.0 * float(means[0] / means[1] - 1.0)

    return measure


def _all_year(day: date) -> bool:  # noqa: ARG001 - a rule for days
    return True


def _peak(day: date) -> bool:
    return black_friday(_YEAR) <= day <= date(_YEAR, 12, 25)


def _lull(day: date) -> bool:
    return day.month in (1, 2)


def _sale(day: date) -> bool:
    return timedelta(0) <= day - black_friday(_YEAR) <= timedelta(days=3)


def _early_november(day: date) -> bool:
    return date(_YEAR, 11, 1) <= day <= date(_YEAR, 11, 7)


def _hour_correlation(laboratory: Laboratory) -> float:  # noqa: ARG001 - the same in every scenario
    """Median over regions and weekdays of the correlation with the simulated hours."""
    found = [
        np.median(correlation(shares, np.broadcast_to(hour_shares(weekday - 1), shares.shape)))
        for weekday, shares in region_profiles().items()
    ]
    return float(np.median(found))


def _midday(laboratory: Laboratory) -> float:  # noqa: ARG001 - the same in every scenario
    """Mean share of an hour from 11 to 15 h, per cent."""
    return 100.0 * float(np.mean([hour_shares(weekday)[11:16].mean() for weekday in range(7)]))


def _known(mornings: int) -> Callable[[Laboratory], float | None]:
    """Share of a day's final conversions that are known on that morning, the first is 0; per cent."""

    def measure(laboratory: Laboratory) -> float | None:
        known = laboratory.sample().known
        final = known[LAGS].sum()
        return 100.0 * float(known[mornings].sum() / final) if final else None

    return measure


def _days_until_final(laboratory: Laboratory) -> float | None:
    """Days until no day's conversions grow any more."""
    totals = laboratory.sample().known.sum(axis=(1, 2, 3))
    grows = np.flatnonzero(np.diff(totals) > 0)
    return float(grows[-1] + 1) if grows.size else None


TARGETS = (
    Target("weekdays' CVR, correlation with demand", 0.8, 1.0, _UPWORTHY, _weekday_correlation),
    Target("weekdays' CVR, slope on demand", 1.0, 1.0, _UPWORTHY, _weekday_slope, 0.4),
    Target(
        "CPM, Friday-Saturday over Monday-Tuesday",
        0.0,
        60.0,
        f"{_REVEALBOT}: dearer, by less than the season's swing",
        _dear_weekdays,
        unit="%",
    ),
    Target(
        "CPM, Black Friday to Christmas over the year",
        40.0,
        40.0,
        _REVEALBOT,
        _over("spend_minor", "impressions", _peak, _all_year),
        0.25,
        "%",
    ),
    Target(
        "CPM, January-February over the year",
        -20.0,
        -20.0,
        _REVEALBOT,
        _over("spend_minor", "impressions", _lull, _all_year),
        0.25,
        "%",
    ),
    Target(
        "CPM, Black Friday over early November",
        70.0,
        70.0,
        _SOCIAL,
        _over("spend_minor", "impressions", _sale, _early_november),
        0.25,
        "%",
    ),
    Target(
        "CTR, Black Friday over early November",
        26.0,
        26.0,
        _SOCIAL,
        _over("clicks", "impressions", _sale, _early_november),
        0.25,
        "%",
    ),
    Target("hours of the day, correlation", 0.8, 1.0, "Avito, 114 regions, one week", _hour_correlation),
    Target("share of an hour, 11 to 15 h", 7.5, 8.3, "marketing A/B sample: hour of most ads", _midday, 0.15, "%"),
    Target(
        "conversions known on the first morning",
        45.0,
        75.0,
        "Chapelle 2014 (Criteo): 35 % in an hour, 50 % in 24 h, so 45 % by midnight",
        _known(0),
        0.1,
        "%",
    ),
    Target(
        "conversions known on the second morning",
        53.0,
        _INFINITE,
        "LeadEnforce on Meta: at least 53 % within 48 h",
        _known(1),
        unit="%",
    ),
    Target(
        "days until reports are final", 7.0, 7.0, "Meta: 7-day click window, booked on the click", _days_until_final
    ),
)
