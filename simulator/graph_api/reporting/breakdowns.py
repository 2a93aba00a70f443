"""Which breakdowns a report may be asked for, alone and together (Meta: "Insights API Breakdowns")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from simulator.graph_api.errors import GraphError, bad_param
from simulator.graph_api.params import names, parsed
from simulator.graph_api.reporting.vocabulary import ACTION_BREAKDOWNS, NO_LONGER, OTHER_BREAKDOWNS

Family: TypeAlias = Literal["demographics", "placements", "geography", "hours", "frequency", "products"]

HOURS = (
    "hourly_stats_aggregated_by_advertiser_time_zone",
    "hourly_stats_aggregated_by_audience_time_zone",
)

FAMILIES: dict[str, Family] = {
    "age": "demographics",
    "gender": "demographics",
    "publisher_platform": "placements",
    "platform_position": "placements",
    "impression_device": "placements",
    "device_platform": "placements",
    "country": "geography",
    "region": "geography",
    "comscore_market": "geography",
    **dict.fromkeys(HOURS, "hours"),
    "frequency_value": "frequency",
    "product_id": "products",
}
"""Breakdowns join within a family and never across families."""

NEVER_JOINED = frozenset({*HOURS, "comscore_market", "frequency_value", "product_id"})
NO_PIXEL = frozenset({*HOURS, "region", "comscore_market"})
"""Breakdowns under which Meta leaves out what happens off its own pages: purchases above all."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What rows are broken down by: `names` of one `family` (None: nothing), and actions within a row."""

    names: tuple[str, ...] = ()
    family: Family | None = None
    actions: tuple[str, ...] = ("action_type",)

    @property
    def hides_pixel(self) -> bool:
        """Whether conversions on websites are left out."""
        return not NO_PIXEL.isdisjoint(self.names)

    @property
    def hourly(self) -> bool:
        """Whether rows are hours: nobody is counted once there, so reach is 0."""
        return self.family == "hours"


def read_breakdown(params: Mapping[str, Any], fields: tuple[str, ...]) -> Breakdown:
    """`breakdowns` and `action_breakdowns`, checked.

    Raises:
        GraphError: a breakdown that does not exist or is not offered, one that the `fields` do not go with, or a
            combination that Meta does not keep; it is named in Meta's words.
    """
    wanted = names(params, "breakdowns")
    actions = _actions(params)
    for place, name in enumerate(wanted):
        _check_name(place, name)
    families = {FAMILIES[name] for name in wanted}
    alone = len(wanted) > 1 and not NEVER_JOINED.isdisjoint(wanted)
    lost = "platform_position" in wanted and "publisher_platform" not in wanted
    if len(families) > 1 or alone or lost:
        columns = ", ".join(sorted({*actions, *wanted}))
        raise GraphError(100, f"(#100) Current combination of data breakdown columns ({columns}) is invalid")
    if wanted and (unfit := sorted(NO_LONGER.intersection(fields))):
        raise bad_param("fields", f"cannot hold {', '.join(unfit)} together with breakdowns")
    if "hours" in families and any(name.startswith("video_") for name in fields):
        raise bad_param("fields", "cannot hold video_* fields together with hourly breakdowns")
    return Breakdown(wanted, next(iter(families), None), actions)


def _check_name(place: int, name: str) -> None:
    if name == "dma":
        raise bad_param(f"breakdowns[{place}]", "dma is deprecated; use comscore_market instead")
    if name in OTHER_BREAKDOWNS:
        refused = f"(#100) Breakdown {name} is not offered in this version of the emulator."
        raise GraphError(100, f"{refused} Offered: {', '.join(sorted(FAMILIES))}")
    if name not in FAMILIES:
        known = ", ".join(sorted({*FAMILIES, *OTHER_BREAKDOWNS}))
        raise bad_param(f"breakdowns[{place}]", f"must be one of the following values: {known}")


def _actions(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Without a word: action_type. An empty list asks for none, and actions are listed by type all the same."""
    if parsed(params, "action_breakdowns") is None:
        return ("action_type",)
    wanted = names(params, "action_breakdowns")
    for place, name in enumerate(wanted):
        if name not in ACTION_BREAKDOWNS:
            raise bad_param(
                f"action_breakdowns[{place}]", f"must be one of the following values: {', '.join(ACTION_BREAKDOWNS)}"
            )
    return wanted
