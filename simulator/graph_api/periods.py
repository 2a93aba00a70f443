"""Which days a report is about, and how they are cut into rows."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, TypeAlias

from simulator.graph_api.errors import GraphError, bad_param, known
from simulator.graph_api.params import day, parsed

Period: TypeAlias = tuple[date, date]
"""First and last day, both included."""

RETENTION_MONTHS = 37
LONGEST_INCREMENT = 90


def _before(days: int) -> Callable[[date], Period]:
    return lambda today: (today - timedelta(days=days), today - timedelta(days=1))


def _week(first_weekday: int, *, back: int) -> Callable[[date], Period]:
    def period(today: date) -> Period:
        start = today - timedelta(days=(today.weekday() - first_weekday) % 7 + 7 * back)
        return start, (start + timedelta(days=6) if back else today)

    return period


def _last_month(today: date) -> Period:
    end = today.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def _quarter(today: date, *, back: int) -> Period:
    """The calendar quarter that holds today (back 0, as far as it has come) or the one before it (back 1)."""
    quarter = today.year * 4 + (today.month - 1) // 3 - back
    start, following = (date(index // 4, index % 4 * 3 + 1, 1) for index in (quarter, quarter + 1))
    return start, min(following - timedelta(days=1), today)


def _last_year(today: date) -> Period:
    return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)


PRESETS: dict[str, Callable[[date], Period]] = {
    "today": lambda today: (today, today),
    "yesterday": _before(1),
    **{f"last_{days}d": _before(days) for days in (3, 7, 14, 28, 30, 90)},
    "this_month": lambda today: (today.replace(day=1), today),
    "last_month": _last_month,
    "this_quarter": lambda today: _quarter(today, back=0),
    "last_quarter": lambda today: _quarter(today, back=1),
    "this_year": lambda today: (today.replace(month=1, day=1), today),
    "last_year": _last_year,
    "this_week_mon_today": _week(0, back=0),
    "this_week_sun_today": _week(6, back=0),
    "last_week_mon_sun": _week(0, back=1),
    "last_week_sun_sat": _week(6, back=1),
    **dict.fromkeys(("maximum", "data_maximum"), lambda today: (earliest(today), today)),
}


def earliest(today: date, months: int = RETENTION_MONTHS) -> date:
    """The first day that is still kept: 37 months back, or `months`.

    >>> earliest(date(2026, 3, 31))
    datetime.date(2023, 2, 28)
    """
    month = today.year * 12 + today.month - 1 - months
    year, zero_based = divmod(month, 12)
    return date(year, zero_based + 1, min(today.day, monthrange(year, zero_based + 1)[1]))


def periods(params: Mapping[str, Any], today: date) -> list[Period]:
    """What `time_ranges`, `time_range` or `date_preset` ask for, in this order of precedence; default last_30d.

    Raises:
        GraphError: an unknown preset, days that are no days, a range that ends before it begins or begins too early.
    """
    several = parsed(params, "time_ranges")
    if several is not None:
        if not isinstance(several, list) or not several:
            raise bad_param("time_ranges", "must be an array of objects with since and until")
        return [_period(item, "time_ranges", today) for item in several]
    if (one := parsed(params, "time_range")) is not None:
        return [_period(one, "time_range", today)]
    preset = str(params.get("date_preset") or "last_30d")
    if preset not in PRESETS:
        raise bad_param("date_preset", f"must be one of the following values: {', '.join(PRESETS)}")
    return [PRESETS[preset](today)]


def too_early(months: int) -> GraphError:
    """A start date before what is kept."""
    return known(3018, months=months)


def _period(value: Any, name: str, today: date) -> Period:
    if not isinstance(value, dict) or not {"since", "until"} <= set(value):
        raise bad_param(name, "must be an object with since and until")
    since, until = day(value["since"], f"{name}[since]"), day(value["until"], f"{name}[until]")
    if until < since:
        raise bad_param(name, f"must not end ({until}) before it begins ({since})")
    if since < earliest(today):
        raise too_early(RETENTION_MONTHS)
    return since, until


def cut(period: Period, increment: int | str, today: date) -> Iterator[Period]:
    """The rows of a period: chunks of `increment` days, calendar months, or all of it.

    The first is always there; those that would begin after `today` are not, however far ahead the period ends.
    """
    since, until = period
    while since <= until:
        if increment == "all_days":
            end = until
        elif increment == "monthly":
            end = since.replace(day=monthrange(since.year, since.month)[1])
        else:
            end = since + timedelta(days=min(int(increment) - 1, (until - since).days))
        end = min(end, until)
        yield since, end
        if end >= max(since, min(until, today)):
            return
        since = end + timedelta(days=1)


def increment_of(params: Mapping[str, Any]) -> int | str:
    """`time_increment`: 1 to 90 days, monthly, or all_days (the default)."""
    value = parsed(params, "time_increment", "all_days")
    if value in ("all_days", "monthly"):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_INCREMENT:
        return value
    raise bad_param("time_increment", f"must be 1 to {LONGEST_INCREMENT}, monthly or all_days; got {value!r}")
