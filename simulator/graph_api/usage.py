"""How much of its allowance an ad account has used, in the shapes of Meta's usage headers.

Numbers of the Full access tier from Meta's page "Marketing API rate limiting": reads cost 1 point and writes 3 of
9,000, which decay over 300 s; ads_management allows 100,000 + 40 x active ads and ads_insights 190,000 + 400 x active
ads calls in a rolling hour. Time is simulated time; nothing is blocked here (see `faults.py` for throttling on demand).
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

TIER = "standard_access"
HOUR = timedelta(hours=1)
SCORE_MAX = 9000
SCORE_SECONDS = 300
ALLOWANCE = {"ads_management": (100_000, 40), "ads_insights": (190_000, 400)}


@dataclass(slots=True)
class Meter:
    """The calls of one account."""

    score: float = 0.0
    scored_at: datetime | None = None
    calls: dict[str, deque[datetime]] = field(default_factory=lambda: {kind: deque() for kind in ALLOWANCE})

    def count(self, now: datetime, *, insights: bool, write: bool) -> None:
        """One more call."""
        self.score = self._decayed(now) + (3 if write else 1)
        self.scored_at = now
        calls = self.calls["ads_insights" if insights else "ads_management"]
        calls.append(now)
        while now - calls[0] >= HOUR:
            calls.popleft()

    def _decayed(self, now: datetime) -> float:
        if self.scored_at is None:
            return 0.0
        return max(0.0, self.score - SCORE_MAX * (now - self.scored_at).total_seconds() / SCORE_SECONDS)

    def headers(self, account_id: str, ads: int, *, insights: bool, regain_minutes: int = 0) -> dict[str, str]:
        """Usage headers of an answer; `regain_minutes` > 0 says that the account is throttled."""
        kind = "ads_insights" if insights else "ads_management"
        base, per_ad = ALLOWANCE[kind]
        percent = 100 if regain_minutes else min(100, 100 * len(self.calls[kind]) // (base + per_ad * ads))
        utilisation = 100.0 if regain_minutes else round(min(100.0, 100 * self.score / SCORE_MAX), 2)
        case = {
            "type": kind,
            "call_count": percent,
            "total_cputime": percent,
            "total_time": percent,
            "estimated_time_to_regain_access": regain_minutes,
            "ads_api_access_tier": TIER,
        }
        account = {
            "acc_id_util_pct": utilisation,
            "reset_time_duration": regain_minutes * 60,
            "ads_api_access_tier": TIER,
        }
        found = {
            "X-Business-Use-Case-Usage": json.dumps({account_id: [case]}),
            "X-Ad-Account-Usage": json.dumps(account),
        }
        if insights:
            throttle = {"app_id_util_pct": percent, "acc_id_util_pct": utilisation, "ads_api_access_tier": TIER}
            found["X-FB-Ads-Insights-Throttle"] = json.dumps(throttle)
        return found


APP_USAGE = {"X-App-Usage": json.dumps({"call_count": 0, "total_cputime": 0, "total_time": 0})}
"""Marketing calls do not count against the app's own allowance (200 calls per user and hour)."""
