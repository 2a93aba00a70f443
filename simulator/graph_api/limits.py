"""Rate limits: what is counted, what is refused, and the headers that tell (Meta: "Marketing API rate limiting")."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.errors import did_you_mean
from simulator.graph_api.errors import EmulatorError, GraphError, known
from simulator.graph_api.usage import (
    MINUTE,
    TIERS,
    RollingHour,
    Tier,
    cost_seconds,
    refused_by_score,
    regain_minutes,
)

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.call import Call

EDITS_A_SECOND = 100
CALLS_A_USER = 200
EDITED = ("campaign", "adset", "ad", "account/campaigns", "account/adsets", "account/ads")
AUDIENCES = ("audience", "customaudiences")
USE_CODES = {"ads_management": 80004, "ads_insights": 80000, "custom_audience": 80003}
TIERED = ("ads_management", "ads_insights")
SETTINGS = ("tier", "enforce", "call_seconds", "users", "insights_a_minute")


class Limits:
    """The limits of one app and of its ad accounts.

    While the simulated clock stands still, nothing would ever decay; so a call is then taken to last `call_seconds`,
    which is slow enough to disturb nobody on the standard tier. A running clock is taken as it is.

    Args:
        tier: "development" or "standard".
        audiences: how many custom audiences an account has.

    Raises:
        EmulatorError: there is no such tier.
    """

    def __init__(self, tier: str, audiences: Callable[[Account], int]) -> None:
        self.tier_name = _tier(tier)
        self._audiences = audiences
        self.enforce = True
        self.call_seconds = 0.1
        self.users = 1000
        """Of the app, each of whom allows 200 calls an hour that are about no ad account (assumption)."""
        self.insights_a_minute = 60_000
        """Insights calls that the platform takes from one app (assumption: Meta publishes no figure)."""
        self.clock_stands = False
        self._app = RollingHour()
        self._insights = RollingHour()
        self._last: datetime | None = None

    @property
    def tier(self) -> Tier:
        """The numbers in force."""
        return TIERS[self.tier_name]

    def change(self, settings: Mapping[str, Any]) -> None:
        """Other settings from now on: any of `SETTINGS`.

        Raises:
            EmulatorError: an unknown one, or a value that cannot be; nothing has changed then.
        """
        for name in settings:
            if name not in SETTINGS:
                raise EmulatorError(f"limits have no {name!r}; {did_you_mean(name, SETTINGS)}")
        checked = {name: CHECKS[name](value) for name, value in settings.items()}
        for name, value in checked.items():
            setattr(self, "tier_name" if name == "tier" else name, value)

    def settings(self) -> dict[str, Any]:
        """What is in force."""
        return {"tier": self.tier_name, **{name: getattr(self, name) for name in SETTINGS if name != "tier"}}

    def instant(self, now: datetime) -> datetime:
        """Usage time of one more call: simulated time, which calls push on where it stands still."""
        step = timedelta(seconds=self.call_seconds if self.clock_stands else 0.0)
        self._last = now if self._last is None else max(now, self._last + step)
        return self._last

    # --- calls ----------------------------------------------------------------------------------------------------

    def admit(self, call: Call) -> None:
        """Count a call.

        Raises:
            GraphError: one of the limits is used up; that counts too, so that going on lengthens it.
        """
        if call.route == "batch":
            return
        now = self.instant(call.state.now)
        if call.account is None:
            self._app.add(now, calls=1)
            if self.enforce and self._app.total.calls > CALLS_A_USER * self.users:
                raise known(4)
            return
        use, write = use_case(call), is_write(call)
        meter = call.account.meter
        meter.score.add(now, 3 if write else 1, self.tier, enforced=self.enforce)
        meter.hours[use].add(now, calls=1)
        edits = meter.edits_this_second(now, edit=write and call.route in EDITED)
        if write:
            meter.active.clear()
        if use == "ads_insights":
            self._insights.add(now, calls=1)
        if self.enforce:
            self._refuse(call, call.account, use, edits, now)

    def _refuse(self, call: Call, account: Account, use: str, edits: int, now: datetime) -> None:
        write = is_write(call)
        if use == "ads_insights" and self._insights_this_minute(now) > self.insights_a_minute:
            raise known(4, 1504022)
        if account.meter.score.blocked_seconds(now):
            raise refused_by_score(write=write)
        if write and edits > EDITS_A_SECOND:
            raise known(613, 5044001, account_number=account.number)
        if account.meter.hours[use].regain_seconds(now, self._allowance(account, use, now)):
            raise known(USE_CODES[use], 2446079)

    def spent(self, call: Call, body: Any, error: GraphError | None) -> None:
        """What an answered call cost; a throttle costs nothing more."""
        if call.account is None or self._last is None:
            return
        hour = call.account.meter.hours[use_case(call)]
        if error is not None:
            hour.add(self._last, errors=1)
            return
        rows = body.get("data") if isinstance(body, dict) else None
        cpu_seconds, wall_seconds = cost_seconds(len(rows) if isinstance(rows, list) else 0, write=is_write(call))
        hour.add(self._last, cpu_seconds=cpu_seconds, wall_seconds=wall_seconds)

    def _insights_this_minute(self, now: datetime) -> int:
        began, spent = self._insights.minutes[-1]
        return spent.calls if now - began < MINUTE else 0

    def _allowance(self, account: Account, use: str, now: datetime) -> float:
        errors = account.meter.hours[use].total.user_errors
        return self.tier.allowance(use, self._active(account, use, now), errors)

    def _active(self, account: Account, use: str, now: datetime) -> int:
        """Active objects that widen an allowance; counted once a minute and after each write."""
        counted = account.meter.active.get(use)
        if counted and now - counted[0] < MINUTE:
            return counted[1]
        number = self._audiences(account) if use == "custom_audience" else account.active_ads()
        account.meter.active[use] = (now, number)
        return number

    # --- headers --------------------------------------------------------------------------------------------------

    def headers(self, call: Call | None) -> dict[str, str]:
        """Usage headers of an answer; those of an account only where the call was about one."""
        if call is None or call.account is None or self._last is None:
            return {"X-App-Usage": self._app_usage()}
        return {"X-App-Usage": self._app_usage(), **self.account_headers(call.account, use_case(call), self._last)}

    def throttled_headers(self, account: Account, use: str, minutes: int) -> dict[str, str]:
        """Usage headers of an account that gets access back in `minutes`, whatever its meter says."""
        return self.account_headers(account, use, self._last or account.now, regain=minutes * 60.0)

    def account_headers(self, account: Account, use: str, now: datetime, regain: float = 0.0) -> dict[str, str]:
        """Per cents and times until they fall: minutes for a use case, seconds for the account's score."""
        meter, tier = account.meter, self.tier
        blocked = regain or meter.score.blocked_seconds(now)
        points = tier.most_points if blocked else meter.score.left(now, tier)
        utilisation = round(100 * points / tier.most_points, 2)
        reset = blocked or tier.decay_seconds * points / tier.most_points
        told = {
            "acc_id_util_pct": utilisation,
            "reset_time_duration": round(reset),
            "ads_api_access_tier": tier.label,
        }
        uses = [use, *(other for other in meter.hours if other != use and meter.hours[other].total.calls)]
        cases = [self._use(account, one, now, regain if one == use else 0.0) for one in uses]
        found = {
            "X-Ad-Account-Usage": json.dumps(told),
            "X-Business-Use-Case-Usage": json.dumps({account.number: cases}),
        }
        if use == "ads_insights":
            found["X-FB-Ads-Insights-Throttle"] = json.dumps(self._throttle(cases[0], now))
        return found

    def _use(self, account: Account, use: str, now: datetime, regain: float) -> dict[str, Any]:
        hour = account.meter.hours[use]
        hour.at(now)
        allowance = self._allowance(account, use, now)
        calls, cpu, wall = (100, 100, 100) if regain else hour.percents(allowance)
        left = regain or hour.regain_seconds(now, allowance)
        told = {
            "type": use,
            "call_count": calls,
            "total_cputime": cpu,
            "total_time": wall,
            "estimated_time_to_regain_access": regain_minutes(left),
        }
        return {**told, "ads_api_access_tier": self.tier.label} if use in TIERED else told

    def _throttle(self, case: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        share = self._insights_this_minute(now) / self.insights_a_minute if self._insights.minutes else 0.0
        return {
            "app_id_util_pct": round(min(100.0, 100 * share), 2),
            "acc_id_util_pct": case["call_count"],
            "ads_api_access_tier": self.tier.label,
        }

    def _app_usage(self) -> str:
        calls, cpu, wall = self._app.percents(CALLS_A_USER * self.users)
        return json.dumps({"call_count": calls, "total_cputime": cpu, "total_time": wall})


def is_write(call: Call) -> bool:
    """Whether a call costs three points: everything that is no read."""
    return call.request.method != "GET"


def use_case(call: Call) -> str:
    """Which business use case counts a call."""
    if call.edge == "insights" or call.kind == "report":
        return "ads_insights"
    return "custom_audience" if call.kind in AUDIENCES or call.edge in AUDIENCES else "ads_management"


def _tier(name: Any) -> str:
    if name not in TIERS:
        raise EmulatorError(f"there is no tier {name!r}; {did_you_mean(str(name), TIERS)}")
    return str(name)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise EmulatorError(f"enforce is true or false; got {value!r}")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:  # noqa: PLR2004 - an hour
        raise EmulatorError(f"call_seconds is a number from 0 to 3600; got {value!r}")
    return float(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise EmulatorError(f"users and insights_a_minute are whole numbers of at least 1; got {value!r}")
    return value


CHECKS: dict[str, Callable[[Any], Any]] = {
    "tier": _tier,
    "enforce": _flag,
    "call_seconds": _seconds,
    "users": _count,
    "insights_a_minute": _count,
}
