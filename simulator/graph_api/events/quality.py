"""How good a dataset's web events are: match keys, coverage, deduplication, freshness (Meta: "Dataset Quality API").

Meta publishes the shape and no formula. Ours (assumption): each match key is worth points, a key counts by the share of
events that carry it, and ten points and more are a score of 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from simulator.graph_api.events.match_keys import values
from simulator.graph_api.events.statistics import Happened
from simulator.graph_api.events.store import ServerEvent, first_kept

WINDOW = timedelta(days=7)
GOAL_PERCENTAGE = 75
TEN = 10.0

IDENTIFIERS = {
    "em": ("email", 3.0),
    "ph": ("phone", 2.5),
    "fbc": ("fbc", 1.5),
    "external_id": ("external_id", 1.5),
    "fb_login_id": ("fb_login_id", 1.0),
    "fbp": ("fbp", 1.0),
    "client_ip_address": ("ip_address", 0.5),
    "client_user_agent": ("user_agent", 0.5),
    "fn": ("first_name", 0.5),
    "ln": ("last_name", 0.5),
    "db": ("date_of_birth", 0.5),
    "zp": ("zip_code", 0.3),
    "ct": ("city", 0.3),
    "st": ("state", 0.2),
    "country": ("country", 0.2),
    "ge": ("gender", 0.2),
}
"""Meta's word for each key, and what it is worth in points."""
ACR_PER_POINT = 8.0
"""Additional conversions reported, in percent, for each point that a missing key would bring."""
DEDUPE_KEYS = ("event_id", "external_id", "fbp")
FRESHNESS = (
    (timedelta(minutes=15), "real_time"),
    (timedelta(hours=1), "hourly"),
    (timedelta(days=1), "daily"),
    (timedelta.max, "weekly"),
)


def web(found: Sequence[Happened]) -> list[dict[str, Any]]:
    """One row for each event name that servers have sent from a website in the window.

    Args:
        found: everything that happened in the window, from servers (repetitions included) and browsers.
    """
    servers: dict[str, list[ServerEvent]] = {}
    browsers: dict[str, int] = {}
    for one in found:
        if one.server is None:
            browsers[one.name] = browsers.get(one.name, 0) + one.count
        elif one.server.action_source == "website":
            servers.setdefault(one.name, []).append(one.server)
    return [_row(name, events, browsers.get(name, 0)) for name, events in sorted(servers.items())]


def score(coverage: dict[str, float]) -> float:
    """The composite score, 0 to 10, from the share (0 to 1) of events that carry each key.

    >>> score({"em": 1.0, "ph": 0.5}), score(dict.fromkeys(IDENTIFIERS, 1.0))
    (4.2, 10.0)
    """
    points = sum(IDENTIFIERS[key][1] * share for key, share in coverage.items() if key in IDENTIFIERS)
    return round(min(TEN, points), 1)


def _row(name: str, events: Sequence[ServerEvent], browsers: int) -> dict[str, Any]:
    coverage = {key: sum(key in event.keys for event in events) / len(events) for key in IDENTIFIERS}
    composite = score(coverage)
    return {
        "event_name": name,
        "event_match_quality": {
            "composite_score": composite,
            "match_key_feedback": _feedback(name, coverage),
            "diagnostics": _diagnostics(events),
        },
        "event_coverage": _coverage(name, len(first_kept(events)), browsers),
        "dedupe_key_feedback": [_dedupe(key, events) for key in DEDUPE_KEYS],
        "data_freshness": _freshness(events),
        "acr": {
            "percentage": round(composite * 2, 1),
            "description": "Additional conversions reported because of the Conversions API, an estimate.",
        },
    }


def _feedback(name: str, coverage: dict[str, float]) -> list[dict[str, Any]]:
    found = []
    for key, share in coverage.items():
        identifier, points = IDENTIFIERS[key]
        increase = round(points * ACR_PER_POINT * (1 - share), 2)
        row: dict[str, Any] = {"identifier": identifier, "coverage": {"percentage": round(100 * share, 1)}}
        if increase:
            said = f"Advertisers who sent a valid {identifier} for {name} saw {increase}% more conversions reported."
            row["potential_aly_acr_increase"] = {"percentage": increase, "description": said}
        if share or points >= 1:
            found.append(row)
    return found


def _diagnostics(events: Sequence[ServerEvent]) -> list[dict[str, Any]]:
    old = sum(_is_version_4(event) for event in events)
    if not old:
        return []
    return [
        {
            "name": "Update your IPv4 IP addresses to IPv6 IP addresses",
            "description": "The server sends IPv4 addresses.",
            "solution": "Send the IPv6 address of the customer as client_ip_address where there is one.",
            "percentage": round(100 * old / len(events), 1),
            "affected_event_count": old,
            "total_event_count": len(events),
        }
    ]


def _is_version_4(event: ServerEvent) -> bool:
    found = values(event.body["user_data"].get("client_ip_address"))
    return "client_ip_address" in event.keys and any("." in str(one) for one in found)


def _coverage(name: str, servers: int, browsers: int) -> dict[str, Any]:
    percentage = min(100.0, round(100 * servers / browsers, 1)) if browsers else 100.0
    found: dict[str, Any] = {
        "percentage": percentage,
        "goal_percentage": GOAL_PERCENTAGE,
        "description": "Events received from the Conversions API compared to unique browser events of the pixel.",
    }
    if percentage < GOAL_PERCENTAGE:
        increase = round((GOAL_PERCENTAGE - percentage) / 2, 1)
        said = f"Advertisers who also send {name} from their server saw {increase}% additional conversions reported."
        found["potential_aly_acr_increase"] = {"percentage": increase, "description": said}
    return found


def _dedupe(key: str, events: Sequence[ServerEvent]) -> dict[str, Any]:
    """The simulated shop's browser events carry no key, so nothing of theirs is ever deduplicated."""
    carrying = sum(event.event_id is not None if key == "event_id" else key in event.keys for event in events)
    has = "The percentage of {} events that contain this dedupe key."
    return {
        "dedupe_key": key,
        "browser_events_with_dedupe_key": {"percentage": 0, "description": has.format("browser")},
        "server_events_with_dedupe_key": {
            "percentage": round(100 * carrying / len(events), 1),
            "description": has.format("server"),
        },
        "overall_browser_coverage_from_dedupe_key": {
            "percentage": 0,
            "description": "The percentage of browser events that are deduplicated with server events by this key.",
        },
    }


def _freshness(events: Sequence[ServerEvent]) -> dict[str, str]:
    delays = [max(timedelta(), event.received_at - event.at) for event in events]
    mean = sum(delays, timedelta()) / len(delays)
    frequency = next(word for longest, word in FRESHNESS if mean <= longest)
    return {"upload_frequency": frequency, "description": "The average delay between an event and its receipt."}
