"""A report cut into smaller ones that together are the same: by days, then by ad sets, then by fields. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Slice:
    """Days from `since` to `until`, both included; of some ad sets, of all but some, or of all; with these fields.

    `ids` None is all ad sets, else those, or where `others` is true all except those.
    """

    since: date
    until: date
    fields: tuple[str, ...]
    ids: tuple[str, ...] | None = None
    others: bool = False

    @property
    def days(self) -> int:
        """How many."""
        return (self.until - self.since).days + 1

    def params(self) -> dict[str, Any]:
        """As insights parameters, without the fields."""
        params: dict[str, Any] = {
            "level": "adset",
            "time_increment": "1",
            "time_range": {"since": self.since.isoformat(), "until": self.until.isoformat()},
        }
        if self.ids is not None:
            operator = "NOT_IN" if self.others else "IN"
            params["filtering"] = [{"field": "adset.id", "operator": operator, "value": list(self.ids)}]
        return params


def cut(whole: Slice, known_ids: Sequence[str]) -> tuple[Slice, ...]:
    """Smaller slices that make up the whole; none where it cannot be cut any more.

    Args:
        whole: what is too much.
        known_ids: ad sets that are known to exist; there may be others, which get a slice of their own.
    """
    if whole.days > 1:
        middle = whole.since + timedelta(days=whole.days // 2)
        return replace(whole, until=middle - timedelta(days=1)), replace(whole, since=middle)
    if whole.ids is None and len(known_ids) > 1:
        ids = tuple(known_ids)
        return (*_halves(replace(whole, ids=ids)), replace(whole, ids=ids, others=True))
    if whole.ids is not None and not whole.others and len(whole.ids) > 1:
        return _halves(whole)
    if len(whole.fields) > 1:
        middle_field = len(whole.fields) // 2
        return tuple(replace(whole, fields=part) for part in (whole.fields[:middle_field], whole.fields[middle_field:]))
    return ()


def _halves(whole: Slice) -> tuple[Slice, ...]:
    ids = whole.ids or ()
    middle = len(ids) // 2
    return replace(whole, ids=ids[:middle]), replace(whole, ids=ids[middle:])
