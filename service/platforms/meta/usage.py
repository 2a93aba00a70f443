"""Rate-limit headers: how much of each allowance is used, and when access returns (Marketing API, "Rate Limiting")."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

FULL_PERCENT = 100.0
LONGEST_REGAIN_SECONDS = 3600.0
"""Meta counts over an hour at most; whatever longer time a header tells, after an hour one call asks anew."""

_FLAT = {
    "X-App-Usage": "app",
    "X-Ad-Account-Usage": "ad_account",
    "X-FB-Ads-Insights-Throttle": "insights",
    "x-Fb-Ads-Insights-Reach-Throttle": "insights_reach",
}
_MEASURES = ("call_count", "total_time", "total_cputime", "acc_id_util_pct", "app_id_util_pct")
_TIER = "ads_api_access_tier"


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answer said about allowances.

    `percentages` by name, for instance `ads_management.call_count`; `regains` is Meta's own estimate of how many
    seconds (an hour at most) a blocked caller has to stay away, by the name before the dot; `tier` is
    `development_access` or `standard_access`, None where the answer does not say.
    """

    percentages: Mapping[str, float] = field(default_factory=dict)
    regains: Mapping[str, float] = field(default_factory=dict)
    tier: str | None = None

    @property
    def regain_seconds(self) -> float | None:
        """The longest of `regains`, None where nothing is blocked or Meta does not say."""
        return max(self.regains.values(), default=None)


def usage_of(headers: Mapping[str, str]) -> Usage | None:
    """The allowances in an answer's headers (any case); None where it has none. Odd headers are ignored, not fatal.

    `reset_time_duration` is in seconds, `estimated_time_to_regain_access` in minutes (Meta: "Rate limiting").
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    percentages: dict[str, float] = {}
    regains: dict[str, float] = {}
    tiers: list[object] = []
    for header, label in _FLAT.items():
        body = _parsed(lowered.get(header.lower()))
        tiers.append(body.get(_TIER))
        percentages |= {f"{label}.{name}": value for name, value in _numbers(body, _MEASURES)}
        full = percentages.get(f"{label}.acc_id_util_pct", 0.0) >= FULL_PERCENT
        if full and (seconds := _number(body.get("reset_time_duration"))):
            regains[label] = min(seconds, LONGEST_REGAIN_SECONDS)
    for case in _business_cases(_parsed(lowered.get("x-business-use-case-usage"))):
        label = str(case.get("type", "business"))
        tiers.append(case.get(_TIER))
        for name, value in _numbers(case, _MEASURES):
            percentages[f"{label}.{name}"] = max(value, percentages.get(f"{label}.{name}", 0.0))
        if minutes := _number(case.get("estimated_time_to_regain_access")):
            regains[label] = max(min(minutes * 60.0, LONGEST_REGAIN_SECONDS), regains.get(label, 0.0))
    tier = next((tier for tier in tiers if isinstance(tier, str) and tier), None)
    return Usage(percentages, regains, tier) if percentages or regains else None


def _business_cases(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for cases in body.values():
        if isinstance(cases, list):
            yield from (case for case in cases if isinstance(case, dict))


def _parsed(text: str | None) -> Mapping[str, Any]:
    try:
        body = json.loads(text or "{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _numbers(body: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    for name in names:
        if (value := _number(body.get(name))) is not None:
            yield name, value


def _number(value: object) -> float | None:
    """A finite number that is not negative, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None
