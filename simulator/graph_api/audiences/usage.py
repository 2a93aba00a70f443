"""Which ad sets use an audience."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.graph_api.records import Record
from simulator.graph_api.tree import GONE, AdSet

if TYPE_CHECKING:
    from simulator.graph_api.account import Account

LISTS = ("custom_audiences", "excluded_custom_audiences")


def used_by(audience: Record, sharer: Account | None = None) -> list[AdSet]:
    """Ad sets whose targeting names it, without those that are archived or deleted: its account's, or a sharer's."""
    account = sharer or audience.account
    ad_sets = account.ad_sets.values() if account else ()
    return [one for one in ad_sets if one.effective_status not in GONE and names(targeting_of(one), audience.id)]


def last_used_at(audience: Record) -> datetime | None:
    """When an active ad set last used it, as far as is known: now, or never."""
    active = any(ad_set.effective_status == "ACTIVE" for ad_set in used_by(audience))
    return audience.account.now if active and audience.account else None


def targeting_of(ad_set: AdSet) -> Mapping[str, Any]:
    """Its targeting; those that were there from the beginning have none that names audiences."""
    found = getattr(ad_set, "settings", {}).get("targeting")
    return found if isinstance(found, Mapping) else {}


def names(targeting: Mapping[str, Any], audience_id: str) -> bool:
    """Whether a targeting includes or excludes an audience, in any of its parts.

    >>> names({"flexible_spec": [{"custom_audiences": [{"id": "7"}]}]}, "7"), names({}, "7")
    (True, False)
    """
    return any(found == audience_id for _, found in named(targeting))


def named(targeting: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every audience of a targeting, in any of its parts: the list that names it, and its id.

    >>> named({"excluded_custom_audiences": [{"id": 7}], "exclusions": {"custom_audiences": [{"id": "8"}]}})
    [('excluded_custom_audiences', '7'), ('custom_audiences', '8')]
    """
    parts = [targeting, targeting.get("exclusions"), *_rows(targeting.get("flexible_spec"))]
    listed = [
        (name, one) for part in parts if isinstance(part, Mapping) for name in LISTS for one in _rows(part.get(name))
    ]
    return [(name, str(one.get("id"))) for name, one in listed if isinstance(one, Mapping)]


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
