"""Filters of ad rules: figures and settings of an object, and how they are compared (Meta: "Evaluation Spec").

Money is in minor units, rates of clicks in percent, as everywhere in rules. A figure that would divide by nothing has
no value and passes no filter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from simulator.graph_api.errors import bad_param
from simulator.graph_api.nodes import show
from simulator.graph_api.tree import Ad, AdSet, Campaign, Level, Node

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.state import Platform

Sums: TypeAlias = Mapping[str, int]
"""Figures of one object over a period, by metric of the account."""


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator else None


METRICS: dict[str, Callable[[Sums], float | None]] = {
    "impressions": lambda s: s["impressions"],
    "unique_impressions": lambda s: s["reach"],
    "reach": lambda s: s["reach"],
    "frequency": lambda s: _ratio(s["impressions"], s["reach"]),
    "clicks": lambda s: s["clicks"],
    "link_click": lambda s: s["clicks"],
    "spent": lambda s: s["spend_minor"],
    "results": lambda s: s["conversions"],
    "offsite_conversion": lambda s: s["conversions"],
    "offsite_conversion.fb_pixel_purchase": lambda s: s["conversions"],
    "result_rate": lambda s: _ratio(100 * s["conversions"], s["impressions"]),
    "cost_per": lambda s: _ratio(s["spend_minor"], s["conversions"]),
    "cpa": lambda s: _ratio(s["spend_minor"], s["conversions"]),
    "cost_per_purchase_fb": lambda s: _ratio(s["spend_minor"], s["conversions"]),
    "cost_per_link_click": lambda s: _ratio(s["spend_minor"], s["clicks"]),
    "cpc": lambda s: _ratio(s["spend_minor"], s["clicks"]),
    "cpm": lambda s: _ratio(1000 * s["spend_minor"], s["impressions"]),
    "cpp": lambda s: _ratio(1000 * s["spend_minor"], s["reach"]),
    "ctr": lambda s: _ratio(100 * s["clicks"], s["impressions"]),
    "link_ctr": lambda s: _ratio(100 * s["clicks"], s["impressions"]),
    "website_purchase_roas": lambda s: _ratio(s["value_minor"], s["spend_minor"]),
    "daily_ratio_spent": lambda s: _ratio(s["spend_minor"], s["daily_budget"]),
}

Period: TypeAlias = Callable[[date], tuple[date | None, date]]
"""First day (None: the beginning) and last day, from today."""


def _through_today(days: int) -> Period:
    return lambda today: (today - timedelta(days=days - 1), today)


def _before_today(days: int) -> Period:
    return lambda today: (today - timedelta(days=days), today - timedelta(days=1))


PRESETS: dict[str, Period] = {
    "LIFETIME": lambda today: (None, today),
    "TODAY": _through_today(1),
    "YESTERDAY": _before_today(1),
    **{f"LAST_{days}_DAYS": _through_today(days) for days in (2, 3, 7, 14, 28, 30)},
    **{f"LAST_{days}D": _before_today(days) for days in (2, 3, 7, 14, 28, 30)},
    "THIS_MONTH": lambda today: (today.replace(day=1), today),
    "THIS_WEEK_MON_TODAY": lambda today: (today - timedelta(days=today.weekday()), today),
    "THIS_WEEK_SUN_TODAY": lambda today: (today - timedelta(days=(today.weekday() + 1) % 7), today),
}
SPECIAL = ("entity_type", "time_preset", "attribution_window")
"""Filters that are no conditions: they say what the rule is about."""
SHORT_PRESETS = {name.lower(): name for name in PRESETS}
"""Presets as prefixes of a figure: yesterday_spent."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on the object, or on its campaign or ad set (`level`); `preset` overrides the rule's period."""

    level: Level | None
    preset: str | None
    field: str
    operator: str
    value: Any

    def check(self) -> None:
        """See that operator and value go together.

        Raises:
            GraphError: they do not.
        """
        wrong = None
        if self.operator in ("IN_RANGE", "NOT_IN_RANGE"):
            wrong = None if _is_range(self.value) else "a range of two numbers"
        elif self.operator in ("GREATER_THAN", "LESS_THAN"):
            wrong = None if _is_number(self.value) else "a number"
        elif self.operator in ("IN", "NOT_IN", "ANY", "ALL", "NONE"):
            wrong = None if isinstance(self.value, list) else "a list"
        if wrong is None and self.field in METRICS and self.operator not in FIGURE_OPERATORS:
            wrong = f"another operator: {', '.join(FIGURE_OPERATORS)}"
        if wrong:
            told = f"{self.field} {self.operator} needs {wrong}, got {self.value!r}"
            raise bad_param("evaluation_spec[filters]", told)


FIGURE_OPERATORS = ("GREATER_THAN", "LESS_THAN", "EQUAL", "NOT_EQUAL", "IN_RANGE", "NOT_IN_RANGE")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_range(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_is_number(one) for one in value)  # noqa: PLR2004


def compare(operator: str, actual: Any, wanted: Any) -> bool:  # noqa: PLR0911 - one line an operator
    """One condition; None passes none.

    >>> compare("IN_RANGE", 5, [1, 5]), compare("GREATER_THAN", None, 1), compare("CONTAIN", "Shoes", "hoe")
    (True, False, True)
    """
    if actual is None:
        return False
    if operator in ("ANY", "ALL", "NONE"):
        shared = {str(one) for one in actual} & {str(one) for one in wanted}
        return {"ANY": bool(shared), "ALL": len(shared) == len(wanted), "NONE": not shared}[operator]
    if operator in ("IN", "NOT_IN"):
        return (str(actual) in {str(one) for one in wanted}) == (operator == "IN")
    if operator in ("CONTAIN", "NOT_CONTAIN"):
        return (str(wanted) in str(actual)) == (operator == "CONTAIN")
    if operator in ("IN_RANGE", "NOT_IN_RANGE", "GREATER_THAN", "LESS_THAN") and not _is_number(actual):
        return False
    if operator in ("IN_RANGE", "NOT_IN_RANGE"):
        return bool(wanted[0] <= actual <= wanted[1]) == (operator == "IN_RANGE")
    if operator in ("EQUAL", "NOT_EQUAL"):
        same = actual == wanted if _is_number(actual) and _is_number(wanted) else str(actual) == str(wanted)
        return same == (operator == "EQUAL")
    return bool(actual > wanted if operator == "GREATER_THAN" else actual < wanted)


def _number(name: str) -> Callable[[Platform, Account, Node], Any]:
    def setting(state: Platform, account: Account, node: Node) -> Any:
        value = show(node, account, (name,), state.credentials).get(name)
        return None if value in (None, "0", 0) else int(value)

    return setting


def _word(name: str) -> Callable[[Platform, Account, Node], Any]:
    return lambda state, account, node: show(node, account, (name,), state.credentials).get(name)


def _labels(state: Platform, account: Account, node: Node) -> list[str]:
    return [
        record.id for record in state.records_of("adlabel", account) if node.id in record.hidden.get("labelled", ())
    ]


def _reset_period(state: Platform, account: Account, node: Node) -> str:
    return "LIFETIME" if _number("lifetime_budget")(state, account, node) else "DAY"


SETTINGS: dict[str, Callable[[Platform, Account, Node], Any]] = {
    "id": lambda _, __, node: node.id,
    "name": lambda _, __, node: node.name,
    "effective_status": lambda _, __, node: node.effective_status,
    "created_time": lambda _, __, node: node.created_at.timestamp(),
    "updated_time": lambda _, __, node: node.updated_at.timestamp(),
    "current_time": lambda _, account, __: account.now.timestamp(),
    "hours_since_creation": lambda _, account, node: (account.now - node.created_at).total_seconds() / 3600,
    "adlabel_ids": _labels,
    "budget_reset_period": _reset_period,
    **{name: _number(name) for name in ("daily_budget", "lifetime_budget", "spend_cap", "bid_amount")},
    **{name: _word(name) for name in ("objective", "buying_type", "billing_event", "optimization_goal")},
}
OWNERS: dict[str, Level] = {
    "objective": "campaign",
    "buying_type": "campaign",
    "spend_cap": "campaign",
    "billing_event": "adset",
    "optimization_goal": "adset",
    "lifetime_budget": "adset",
    "budget_reset_period": "adset",
}
"""Settings that belong to one level, whatever the level of the rule."""


def at_level(node: Node, level: Level | None) -> Node:
    """The object itself, or the campaign or ad set that it is in; a campaign has no ad set of its own."""
    if level == "campaign":
        return node.campaign
    if level == "adset" and isinstance(node, Ad):
        return node.ad_set
    return node


def setting_of(state: Platform, account: Account, node: Node, one: Filter) -> Any:
    """The value of a setting that a filter is about."""
    owner = at_level(node, one.level or OWNERS.get(one.field))
    if one.field in ("daily_budget", "bid_amount") and one.level is None:
        owner = at_level(node, "adset")
    if one.field in OWNERS and isinstance(owner, Campaign) and OWNERS[one.field] == "adset":
        return None
    if one.field == "bid_amount" and not isinstance(owner, AdSet):
        return None
    return SETTINGS[one.field](state, account, owner)
