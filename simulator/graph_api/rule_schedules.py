"""When an ad rule runs: half hours of the account's own clock (Meta: "Schedule-based rules", "Advanced scheduling")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from simulator.graph_api.errors import bad_param
from simulator.graph_api.record_calls import one_of, rows_of

SLOT = timedelta(minutes=30)
SLOT_MINUTES, DAY_MINUTES, DAYS = 30, 1440, 7


@dataclass(frozen=True, slots=True)
class Window:
    """From `first_minute` to `last_minute` of the day, both included, on `days` (0 is Sunday)."""

    first_minute: int
    last_minute: int
    days: frozenset[int]
    step: int = SLOT_MINUTES


Times: TypeAlias = tuple[Window, ...]
EVERY_DAY = frozenset(range(DAYS))
REGULAR: dict[str, Times] = {
    "DAILY": (Window(0, 0, EVERY_DAY),),
    "HOURLY": (Window(0, DAY_MINUTES - SLOT_MINUTES, EVERY_DAY, 60),),
    "SEMI_HOURLY": (Window(0, DAY_MINUTES - SLOT_MINUTES, EVERY_DAY),),
}


def read_times(spec: Mapping[str, Any]) -> Times:
    """A schedule_spec; a rule without one runs every half hour, as Ads Manager's "continuously" (assumption).

    Raises:
        GraphError: an unknown type, minutes that are no half hours, days that are none.
    """
    if not spec:
        return REGULAR["SEMI_HOURLY"]
    kind = one_of(spec.get("schedule_type"), "schedule_spec[schedule_type]", (*REGULAR, "CUSTOM"))
    if kind in REGULAR:
        return REGULAR[kind]
    rows = rows_of(spec, "schedule")
    if not rows:
        raise bad_param("schedule_spec[schedule]", "must hold at least one entry for a CUSTOM schedule")
    return tuple(_window(row) for row in rows)


def _window(row: Mapping[str, Any]) -> Window:
    days, start, end = row.get("days"), row.get("start_minute"), row.get("end_minute")
    if days is None and start is None:
        raise bad_param("schedule_spec[schedule]", "needs start_minute or days in each entry")
    for name, minute in (("start_minute", start), ("end_minute", end)):
        if minute is not None and minute not in range(0, DAY_MINUTES + 1, SLOT_MINUTES):
            raise bad_param(f"schedule_spec[{name}]", "must be a multiple of 30 from 0 to 1440")
    if days is not None and not (isinstance(days, list) and all(one in range(DAYS) for one in days)):
        raise bad_param("schedule_spec[days]", "must be numbers from 0 (Sunday) to 6")
    if start is None:
        return Window(0, DAY_MINUTES - SLOT_MINUTES, frozenset(days or EVERY_DAY))
    if end is not None and end < start:
        raise bad_param("schedule_spec[end_minute]", "must not be before start_minute")
    return Window(start, start if end is None else end, frozenset(days or EVERY_DAY))


def next_time(times: Times, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first half hour later than `after` at which a rule runs, aware; None: it never does.

    >>> from datetime import UTC
    >>> next_time(REGULAR["DAILY"], datetime(2026, 3, 1, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-01T23:00:00+00:00'
    """
    local = after.astimezone(zone)
    passed = timedelta(minutes=local.minute % SLOT_MINUTES, seconds=local.second, microseconds=local.microsecond)
    at = after - passed
    for _ in range((DAYS + 1) * DAY_MINUTES // SLOT_MINUTES):
        at += SLOT
        if any(_covers(window, at.astimezone(zone)) for window in times):
            return at
    return None


def _covers(window: Window, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    inside = window.first_minute <= minute <= window.last_minute and (minute - window.first_minute) % window.step == 0
    return inside and (local.weekday() + 1) % DAYS in window.days
