"""Counts of a dataset's events by hour and by what they have in common (Meta: "Ads Pixel Stats").

Answers are hourly: {"start_time": "2026-05-20T07:00:00+0800", "aggregation": "event", "data": [{"value": "Purchase",
"count": 2}]}; `event_total_counts` has one row for the whole time asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit

from simulator.graph_api.events.browser import PAGES, BrowserEvents, spread
from simulator.graph_api.events.store import ServerEvent

Counts = Iterable[tuple[str, int]]
"""Values and how often they occur."""
QUARTER_SECONDS = 900
"""Every zone's hours begin at a quarter of one of UTC's."""

DEVICES = {
    "device_type": {"mobile_android_phone": 0.45, "mobile_iphone": 0.3, "desktop": 0.25},
    "device_os": {"Android": 0.45, "iOS": 0.3, "Windows": 0.15, "Mac OS X": 0.1},
    "browser_type": {"Chrome": 0.6, "Mobile Safari": 0.3, "Other": 0.1},
}
"""Shares of browsers in the simulated shop: an assumption, for the world knows no devices."""

_AGENTS = {
    "device_type": (
        ("iphone", "mobile_iphone"),
        ("ipad", "tablet_ipad"),
        ("android", "mobile_android_phone"),
        ("", "desktop"),
    ),
    "device_os": (
        ("iphone", "iOS"),
        ("ipad", "iOS"),
        ("android", "Android"),
        ("windows", "Windows"),
        ("mac os", "Mac OS X"),
        ("linux", "Linux"),
        ("", "Other"),
    ),
    "browser_type": (
        ("edg", "Edge"),
        ("firefox", "Firefox"),
        ("chrome", "Chrome"),
        ("iphone", "Mobile Safari"),
        ("safari", "Safari"),
        ("", "Other"),
    ),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """Events of one hour and one name, from a server (one of them) or from browsers (`count`)."""

    name: str
    at: datetime
    count: int
    browser_value: float = 0.0
    server: ServerEvent | None = None

    @property
    def value(self) -> float:
        """What they are worth, in major units."""
        return (self.server.value or 0.0) if self.server else self.browser_value


def happened(servers: Iterable[ServerEvent], browsers: Iterable[BrowserEvents]) -> Iterator[Happened]:
    """Both sources alike."""
    for event in servers:
        yield Happened(event.name, event.at, 1, server=event)
    for events in browsers:
        yield Happened(events.name, events.at, events.count, browser_value=events.value)


def rows(aggregation: str, found: Iterable[Happened], since: datetime, zone: tzinfo) -> list[dict[str, Any]]:
    """Rows of the answer, oldest first; hours without events have none."""
    counted = AGGREGATIONS[aggregation]
    whole = aggregation == "event_total_counts"
    hours: dict[int, datetime] = {}
    by_hour: dict[datetime, Counter[str]] = {}
    for one in found:
        quarter = int(one.at.timestamp()) // QUARTER_SECONDS
        hour = hours.get(quarter)
        if hour is None:
            begun = one.at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
            hour = hours[quarter] = since if whole else begun
        counts = by_hour.setdefault(hour, Counter())
        for value, count in counted(one):
            counts[value] += count
    return [
        {
            "start_time": hour.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z"),
            "aggregation": aggregation,
            "data": [_entry(aggregation, value, count) for value, count in sorted(counts.items())],
        }
        for hour, counts in sorted(by_hour.items())
        if counts
    ]


def _entry(aggregation: str, value: str, count: int) -> dict[str, Any]:
    if aggregation in ("custom_data_field", "match_keys"):
        event, _, key = value.partition("\n")
        return {"event": event, "value": key, "count": count}
    return {"value": value, "count": count}


def _by_name(one: Happened) -> Counts:
    return ((one.name, one.count),)


def _by(server: Callable[[ServerEvent], str], browser: Callable[[Happened], str]) -> Callable[[Happened], Counts]:
    def counts(one: Happened) -> Counts:
        value = server(one.server) if one.server else browser(one)
        return ((value, one.count),) if value else ()

    return counts


def _by_agent(kind: str) -> Callable[[Happened], Counts]:
    def counts(one: Happened) -> Counts:
        if one.server:
            agent = one.server.user_agent.lower()
            return ((next(word for part, word in _AGENTS[kind] if part in agent), 1),) if agent else ()
        shares = DEVICES[kind]
        split = zip(shares, spread(one.count, list(shares.values())), strict=True)
        return ((word, count) for word, count in split if count)

    return counts


def _by_match_key(one: Happened) -> Counts:
    return ((f"{one.name}\n{key}", 1) for key in (one.server.keys if one.server else ()))


def _by_custom_field(one: Happened) -> Counts:
    fields = one.server.custom if one.server else ("currency", "value") if one.name == "Purchase" else ()
    return ((f"{one.name}\n{field}", one.count) for field in fields)


def host_and_path(url: str) -> tuple[str, str]:
    """The two halves of an address; empty where it is none.

    >>> host_and_path("shop.example/a?b=1"), host_and_path("http://[")
    (('shop.example', '/a'), ('', ''))
    """
    try:
        split = urlsplit(url if "//" in url else f"//{url}")
    except ValueError:
        return "", ""
    return split.hostname or "", split.path


def _personal(event: ServerEvent) -> str:
    return "had_pii" if event.keys - {"client_ip_address", "client_user_agent", "fbc", "fbp"} else "no_pii"


AGGREGATIONS: dict[str, Callable[[Happened], Counts]] = {
    "event": _by_name,
    "event_total_counts": _by_name,
    "event_value_count": lambda one: ((one.name, one.count),) if one.value else (),
    "event_source": _by(lambda _: "SERVER", lambda _: "BROWSER"),
    "event_detection_method": _by(lambda _: "manual", lambda _: "manual"),
    "event_processing_results": _by(lambda _: "processed", lambda _: "processed"),
    "had_pii": _by(_personal, lambda _: "no_pii"),
    "host": _by(lambda event: host_and_path(event.url)[0], lambda one: host_and_path(PAGES[one.name])[0]),
    "url": _by(lambda event: event.url, lambda one: PAGES[one.name]),
    "url_by_rule": _by(lambda event: event.url, lambda one: PAGES[one.name]),
    "pixel_fire": _by(lambda _: "pixel_fire", lambda _: "pixel_fire"),
    "device_type": _by_agent("device_type"),
    "device_os": _by_agent("device_os"),
    "browser_type": _by_agent("browser_type"),
    "match_keys": _by_match_key,
    "custom_data_field": _by_custom_field,
}
