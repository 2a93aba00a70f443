"""How much of its allowances an ad account has used (Meta: "Marketing API rate limiting").

Time here is usage time, see `limits.Limits.instant`. Counts of a rolling hour are kept by the minute.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from simulator.graph_api.errors import GraphError, known

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MOST_AUDIENCE_CALLS = 700_000
SECONDS_A_CALL = 0.1
"""Processor seconds that an allowance grants for each call of it (assumption: Meta publishes no figure)."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A "Marketing API Access Tier": points of a score that decays in `decay_seconds`, and calls an hour.

    `allowances` are, by business use case, calls an hour and more of them for each active ad or audience.
    """

    label: str
    most_points: int
    block_seconds: int
    allowances: Mapping[str, tuple[int, int]]
    decay_seconds: int = 300

    def allowance(self, use: str, active: int, user_errors: int) -> float:
        """Calls an hour: more with active objects; insights lose a little with the caller's errors."""
        base, each = self.allowances[use]
        granted = base + each * active - (0.001 * user_errors if use == "ads_insights" else 0.0)
        return min(granted, MOST_AUDIENCE_CALLS) if use == "custom_audience" else granted


TIERS = {
    "development": Tier(
        "development_access",
        most_points=60,
        block_seconds=300,
        allowances={"ads_management": (300, 40), "ads_insights": (600, 400), "custom_audience": (5_000, 40)},
    ),
    "standard": Tier(
        "standard_access",
        most_points=9_000,
        block_seconds=60,
        allowances={
            "ads_management": (100_000, 40),
            "ads_insights": (190_000, 400),
            "custom_audience": (190_000, 40),
        },
    ),
}
"""By the words of the rate limiting page: Limited access is "development", Full access "standard"."""


@dataclass(slots=True)
class Score:
    """Points of one account: a read is 1, a write 3; they decay evenly."""

    points: float = 0.0
    counted_at: datetime | None = None
    blocked_until: datetime | None = None

    def left(self, now: datetime, tier: Tier) -> float:
        """Points that have not decayed."""
        if self.counted_at is None:
            return 0.0
        decayed = tier.most_points * (now - self.counted_at).total_seconds() / tier.decay_seconds
        return max(0.0, self.points - decayed)

    def add(self, now: datetime, points: int, tier: Tier, *, enforced: bool = True) -> None:
        """One more call. The one that goes over the maximum blocks; every one during a block lengthens it."""
        total = self.left(now, tier) + points
        self.points, self.counted_at = min(total, tier.most_points), now
        if not enforced:
            self.blocked_until = None
        elif self.blocked_until and now < self.blocked_until:
            self.blocked_until += timedelta(seconds=points * tier.decay_seconds / tier.most_points)
        elif total > tier.most_points:
            self.blocked_until = now + timedelta(seconds=tier.block_seconds)

    def blocked_seconds(self, now: datetime) -> float:
        """How long it stays blocked."""
        return max(0.0, (self.blocked_until - now).total_seconds()) if self.blocked_until else 0.0


@dataclass(slots=True)
class Spent:
    """What the calls of one minute came to; seconds are of processor and of wall."""

    calls: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    user_errors: int = 0


@dataclass(slots=True)
class RollingHour:
    """Calls of the last sixty minutes."""

    minutes: deque[tuple[datetime, Spent]] = field(default_factory=deque)
    total: Spent = field(default_factory=Spent)

    def at(self, now: datetime) -> Spent:
        """The minute of `now`; what is older than an hour is forgotten."""
        while self.minutes and now - self.minutes[0][0] >= HOUR:
            _, old = self.minutes.popleft()
            self._grow(-old.calls, -old.cpu_seconds, -old.wall_seconds, -old.user_errors)
        if not self.minutes or now - self.minutes[-1][0] >= MINUTE:
            self.minutes.append((now, Spent()))
        return self.minutes[-1][1]

    def add(
        self, now: datetime, *, calls: int = 0, cpu_seconds: float = 0.0, wall_seconds: float = 0.0, errors: int = 0
    ) -> None:
        """Count something now."""
        minute = self.at(now)
        minute.calls += calls
        minute.cpu_seconds += cpu_seconds
        minute.wall_seconds += wall_seconds
        minute.user_errors += errors
        self._grow(calls, cpu_seconds, wall_seconds, errors)

    def _grow(self, calls: int, cpu_seconds: float, wall_seconds: float, errors: int) -> None:
        self.total.calls += calls
        self.total.cpu_seconds += cpu_seconds
        self.total.wall_seconds += wall_seconds
        self.total.user_errors += errors

    def percents(self, allowance: float) -> tuple[int, int, int]:
        """Calls, processor seconds and wall seconds in per cent of an allowance of calls."""
        seconds = allowance * SECONDS_A_CALL
        parts = (self.total.calls / allowance, self.total.cpu_seconds / seconds, self.total.wall_seconds / seconds)
        return (int(100 * parts[0]), int(100 * parts[1]), int(100 * parts[2]))

    def regain_seconds(self, now: datetime, allowance: float) -> float:
        """When enough of the hour has passed for the allowance to suffice again; 0 where it suffices."""
        seconds = allowance * SECONDS_A_CALL
        calls, cpu, wall = self.total.calls, self.total.cpu_seconds, self.total.wall_seconds
        waited = 0.0
        for began, spent in self.minutes:
            if calls <= allowance and cpu <= seconds and wall <= seconds:
                return waited
            calls, cpu, wall = calls - spent.calls, cpu - spent.cpu_seconds, wall - spent.wall_seconds
            waited = max(0.0, (began + HOUR - now).total_seconds())
        return waited


@dataclass(slots=True)
class Meter:
    """The calls of one account."""

    score: Score = field(default_factory=Score)
    hours: dict[str, RollingHour] = field(
        default_factory=lambda: {use: RollingHour() for use in ("ads_management", "ads_insights", "custom_audience")}
    )
    edits: deque[datetime] = field(default_factory=deque)
    active: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    """Active objects by use case, as they were counted last."""

    def edits_this_second(self, now: datetime, *, edit: bool) -> int:
        """How many objects were created or changed within the last second, this one included."""
        while self.edits and now - self.edits[0] >= SECOND:
            self.edits.popleft()
        if edit:
            self.edits.append(now)
        return len(self.edits)


def regain_minutes(seconds: float) -> int:
    """Whole minutes, as Meta tells them."""
    return ceil(seconds / 60)


def cost_seconds(rows: int, *, write: bool) -> tuple[float, float]:
    """Processor and wall seconds of a call (assumption: a little for each call, more for a write and for each row)."""
    cpu_seconds = (0.02 if write else 0.005) + 0.0005 * rows
    return cpu_seconds, 1.5 * cpu_seconds


def refused_by_score(*, write: bool) -> GraphError:
    """Meta documents two errors for one limit; here writes get the one and reads the other (assumption)."""
    return known(613, 1487742) if write else known(17, 2446079)
