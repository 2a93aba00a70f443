"""Which ads of an ad set delivered during which part of a day's traffic, and so which part of its figures is whose.

Meta's own choice among ads is not published, so the rule is the emulator's (assumption): an ad weighs between one half
and two, by a hash of its id, and the oldest of those that deliver weighs three times as much, for the early winner
keeps winning. What happened stays: days that have passed keep the parts they closed with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

_EARLY = 3.0
_WORD = 2**32


def weights_of(ad_ids: Iterable[str]) -> dict[str, float]:
    """Parts of an ad set's money by id, summing to one; ids oldest first."""
    raw = {ad_id: _quality(ad_id) * (_EARLY if place == 0 else 1.0) for place, ad_id in enumerate(ad_ids)}
    whole = sum(raw.values())
    return {ad_id: weight / whole for ad_id, weight in raw.items()}


def hashed(text: str) -> float:
    """A number in [0, 1) that belongs to a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / _WORD


def _quality(ad_id: str) -> float:
    """Between one half and two, even in the logarithm."""
    return float(2.0 ** (2.0 * hashed(f"ad {ad_id}") - 1.0))


@dataclass(slots=True)
class Presence:
    """Parts of days by ad id; `weights` hold since the share `since` of today's traffic, empty: nothing delivers."""

    since: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    days: dict[date, dict[str, float]] = field(default_factory=dict)

    def change(self, share: float, ad_ids: Iterable[str]) -> None:
        """From `share` of today's traffic on these ads deliver, oldest first."""
        self.done = self.parts(share)
        self.since, self.weights = share, weights_of(ad_ids)

    def parts(self, share: float) -> dict[str, float]:
        """Today's parts by ad id up to `share` of the traffic; their sum is the share in which anything delivered."""
        passed = max(0.0, share - self.since)
        return {
            ad_id: self.done.get(ad_id, 0.0) + self.weights.get(ad_id, 0.0) * passed
            for ad_id in dict.fromkeys((*self.done, *self.weights))
        }

    def delivered(self, share: float) -> float:
        """Share of today's traffic, up to `share`, in which anything delivered."""
        return sum(self.parts(share).values())

    def close(self, day: date) -> None:
        """The day is over; whoever delivers goes on with the next."""
        self.days[day] = self.parts(1.0)
        self.since, self.done = 0.0, {}
