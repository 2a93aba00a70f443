"""How long to wait so that no allowance of Meta's is used beyond three quarters. Pure; times are platform time.

Two things count: what Meta's headers say is used of each allowance, and the account's own score (a read is 1 point, a
write 3; 60 points within 300 s in the Limited tier, 9,000 in the Full one). Reads and raises stay under 75 %; writes
that lower money may use the reserve up to 95 % (Meta: "Rate limiting").
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from service.platforms.meta.platform_time import Moment
from service.platforms.meta.urgency import Urgency

ORDINARY_PERCENT, RESERVE_PERCENT = 75.0, 95.0
SCORE_SECONDS = 300.0
SCORE_MAX: Mapping[str, int] = {"development_access": 60, "standard_access": 9000}
SCORE_MAX_UNTOLD = 60
"""Until Meta has said which tier the app has, it is taken for the smaller one."""

READ_POINTS, WRITE_POINTS = 1, 3
BUCKET_SECONDS = 10.0
"""Points are counted together for so long, and forgotten together."""

ACCOUNT_WINDOW_SECONDS, HOUR_SECONDS = 300.0, 3600.0


def ceiling_percent(urgency: Urgency) -> float:
    """How much of an allowance a call may find used."""
    return RESERVE_PERCENT if urgency is Urgency.LOWER else ORDINARY_PERCENT


@dataclass(frozen=True, slots=True)
class Told:
    """An allowance as Meta last told: how much is used, when that was said, and over how long it is counted."""

    percent: float
    at: Moment
    window_seconds: float


def told_wait_seconds(told: Told, ceiling: float, now: Moment) -> float:
    """Seconds until an allowance is used below a ceiling, if nothing more is used and its use fades evenly.

    >>> then = Moment(0.0, 0.0)
    >>> [told_wait_seconds(Told(percent, then, 3600.0), 75.0, then) for percent in (60.0, 100.0)]
    [0.0, 900.0]
    """
    if told.percent < ceiling:
        return 0.0
    return max(0.0, told.window_seconds * (1.0 - ceiling / told.percent) - now.seconds_since(told.at))


def usage_wait_seconds(seen: Mapping[str, Told], labels: Iterable[str], urgency: Urgency, now: Moment) -> float:
    """Seconds until all allowances whose name begins with one of `labels` are used below the ceiling."""
    ceiling, wanted = ceiling_percent(urgency), tuple(f"{label}." for label in labels)
    waits = (told_wait_seconds(told, ceiling, now) for name, told in seen.items() if name.startswith(wanted))
    return max(waits, default=0.0)


@dataclass(frozen=True, slots=True)
class Score:
    """Points spent, by the bucket of time in which they were; oldest first, none older than the window."""

    spent: tuple[tuple[float, int], ...] = field(default=())

    def at(self, now: float) -> Score:
        """Without what has decayed; what seems to lie in the future, because a clock was put back, was spent now."""
        kept = ((min(bucket, _bucket(now)), points) for bucket, points in self.spent)
        return Score(tuple(entry for entry in kept if now < _gone_at(entry[0])))

    def plus(self, points: int, now: float) -> Score:
        """After one more call."""
        spent, bucket = self.at(now).spent, _bucket(now)
        if spent and spent[-1][0] == bucket:
            return Score((*spent[:-1], (bucket, spent[-1][1] + points)))
        return Score((*spent, (bucket, points)))


def score_wait_seconds(score: Score, points: int, tier: str | None, urgency: Urgency, now: float) -> float:
    """Seconds until so many points more stay under the ceiling of the tier."""
    room = SCORE_MAX.get(tier or "", SCORE_MAX_UNTOLD) * ceiling_percent(urgency) / 100.0 - points
    spent = score.at(now).spent
    used, wait = sum(points for _, points in spent), 0.0
    for bucket, bucket_points in spent:
        if used <= room:
            break
        used, wait = used - bucket_points, _gone_at(bucket) - now
    return wait


def _bucket(now: float) -> float:
    return math.floor(now / BUCKET_SECONDS) * BUCKET_SECONDS


def _gone_at(bucket: float) -> float:
    return bucket + BUCKET_SECONDS + SCORE_SECONDS
