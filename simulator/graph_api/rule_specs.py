"""What an ad rule says, read and checked (Meta: "Ad Rules Engine": "Evaluation Spec", "Execution Spec", "Change Spec").

Schedule-based rules are offered whole but for budget rebalancing; trigger-based rules are refused. Of the filters,
those are offered whose values the simulated world has; Meta's others are refused by name rather than never true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.graph_api.errors import bad_param, not_offered
from simulator.graph_api.record_calls import mapping, missing, one_of, rows_of
from simulator.graph_api.rule_filters import METRICS, PRESETS, SETTINGS, SHORT_PRESETS, Filter
from simulator.graph_api.rule_schedules import Times, read_times
from simulator.graph_api.tree import Level, level_of

if TYPE_CHECKING:
    from simulator.graph_api.account import Account

LEVELS: dict[str, Level] = {"CAMPAIGN": "campaign", "ADSET": "adset", "AD": "ad"}
OPERATORS = {
    "GREATER_THAN", "LESS_THAN", "EQUAL", "NOT_EQUAL", "IN_RANGE", "NOT_IN_RANGE", "IN", "NOT_IN", "CONTAIN",
    "NOT_CONTAIN", "ANY", "ALL", "NONE",
}  # fmt: skip
EXECUTIONS = ("NOTIFICATION", "PAUSE", "UNPAUSE", "CHANGE_BUDGET", "CHANGE_CAMPAIGN_BUDGET", "CHANGE_BID", "ROTATE")
REFUSED = ("REBALANCE_BUDGET", "PING_ENDPOINT")
CHANGES: dict[str, Level] = {"CHANGE_BUDGET": "adset", "CHANGE_BID": "adset", "CHANGE_CAMPAIGN_BUDGET": "campaign"}
"""Executions that change an amount, and of which kind of object."""
OPTIONS = ("user_ids", "change_spec", "execution_count_limit", "action_frequency", "alert_preferences")
MOST_FILTERS = 50


@dataclass(frozen=True, slots=True)
class Change:
    """By how much an amount changes; `limit` holds the lowest and highest result, None where open.

    With a `target_field`, `amount` is that metric's target and the amount of money scales with the distance to it.
    """

    amount: float
    unit: str
    limit: tuple[float | None, float | None]
    target_field: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A rule, understood: objects of `level` that pass all `filters` are acted upon at `times`."""

    level: Level
    filters: tuple[Filter, ...]
    preset: str
    execution: str
    change: Change | None
    most_times: int | None
    every_minutes: int
    times: Times | None


def read_plan(account: Account, values: Mapping[str, Any]) -> Plan:
    """Read `evaluation_spec`, `execution_spec` and `schedule_spec`.

    Raises:
        GraphError: something missing, wrong or not offered; blames the part.
    """
    evaluation, execution = mapping(values, "evaluation_spec"), mapping(values, "execution_spec")
    for name, part in (("evaluation_spec", evaluation), ("execution_spec", execution)):
        if not part:
            raise missing(name)
    if one_of(evaluation.get("evaluation_type"), "evaluation_spec[evaluation_type]", ("SCHEDULE", "TRIGGER")) != (
        "SCHEDULE"
    ):
        raise not_offered("a rule of evaluation_type TRIGGER (use SCHEDULE with schedule_type SEMI_HOURLY)")
    kind = one_of(execution.get("execution_type"), "execution_spec[execution_type]", (*EXECUTIONS, *REFUSED))
    if kind in REFUSED:
        raise not_offered(f"execution_type {kind} of a rule")
    filters = [_filter(row) for row in rows_of(evaluation, "filters")]
    if not 0 < len(filters) <= MOST_FILTERS:
        raise bad_param("evaluation_spec[filters]", f"must hold 1 to {MOST_FILTERS} filters")
    level = _level(account, filters)
    if kind in CHANGES and level != CHANGES[kind]:
        raise bad_param("execution_spec[execution_type]", f"{kind} is for level {CHANGES[kind]}, not {level}")
    if kind == "ROTATE" and level != "ad":
        raise bad_param("execution_spec[execution_type]", "ROTATE needs an entity_type filter of AD")
    options = _options(execution)
    return Plan(
        level,
        (*filters, *_implied(filters, kind)),
        _preset(filters, options),
        kind,
        _change(kind, options),
        _count(options, "execution_count_limit"),
        _count(options, "action_frequency") or 0,
        read_times(mapping(values, "schedule_spec")),
    )


def _filter(row: Mapping[str, Any]) -> Filter:
    for name in ("field", "operator", "value"):
        if row.get(name) is None:
            raise missing(f"evaluation_spec[filters][{name}]")
    operator = one_of(row["operator"], "evaluation_spec[filters][operator]", OPERATORS)
    name = str(row["field"])
    head, _, rest = name.partition(".")
    level = LEVELS.get(head.upper())
    field = rest if level else name
    preset = None
    for short in sorted(SHORT_PRESETS, key=len, reverse=True):
        if field.startswith(f"{short}_") and field.removeprefix(f"{short}_") in METRICS:
            preset, field = SHORT_PRESETS[short], field.removeprefix(f"{short}_")
    if (
        field not in METRICS
        and field not in SETTINGS
        and field not in ("entity_type", "time_preset", "attribution_window")
    ):
        known = ", ".join(sorted([*METRICS, *SETTINGS, "entity_type", "time_preset"]))
        raise bad_param("evaluation_spec[filters][field]", f"{name} is not offered here; known: {known}")
    found = Filter(level, preset, field, operator, row["value"])
    found.check()
    return found


def _level(account: Account, filters: list[Filter]) -> Level:
    for one in filters:
        if one.field == "entity_type":
            return LEVELS[one_of(str(one.value).upper(), "evaluation_spec[filters][entity_type]", LEVELS)]
    for one in filters:
        if one.field == "id" and one.level is None:
            return _level_of_ids(account, one)
    raise bad_param("evaluation_spec[filters]", "must name an entity_type, or an id without a prefix")


def _level_of_ids(account: Account, one: Filter) -> Level:
    ids = one.value if isinstance(one.value, list) else [one.value]
    nodes = [account.find(str(object_id)) for object_id in ids]
    levels = {level_of(node) for node in nodes if node}
    if None in nodes or len(levels) != 1:
        raise bad_param("evaluation_spec[filters][id]", f"must be objects of this ad account, all of one level: {ids}")
    return levels.pop()


def _implied(filters: list[Filter], kind: str) -> list[Filter]:
    """The status filter that Meta adds where a rule has none of its own."""
    if any(one.field == "effective_status" and one.level is None for one in filters):
        return []
    if kind == "UNPAUSE":
        return [Filter(None, None, "effective_status", "NOT_IN", ["DELETED", "ARCHIVED"])]
    return [Filter(None, None, "effective_status", "IN", ["ACTIVE", "PENDING_REVIEW"])]


def _preset(filters: list[Filter], options: Mapping[str, Any]) -> str:
    given = [one for one in filters if one.field == "time_preset"]
    if len(given) > 1:
        raise bad_param("evaluation_spec[filters]", "may hold one time_preset only")
    if given:
        return one_of(given[0].value, "evaluation_spec[filters][time_preset]", PRESETS)
    target = mapping(options, "change_spec").get("target_field")
    if target or any(one.field in METRICS and one.preset is None for one in filters):
        raise bad_param("evaluation_spec[filters]", "needs a time_preset, because it filters by figures")
    return "LIFETIME"


def _options(execution: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows_of(execution, "execution_options"):
        name = one_of(row.get("field"), "execution_spec[execution_options][field]", OPTIONS)
        one_of(row.get("operator", "EQUAL"), "execution_spec[execution_options][operator]", ("EQUAL", "IN"))
        found[name] = row.get("value")
    return found


def _count(options: Mapping[str, Any], name: str) -> int | None:
    value = options.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise bad_param(f"execution_spec[{name}]", "must be a positive integer")
    return value


def _change(kind: str, options: Mapping[str, Any]) -> Change | None:
    if kind not in CHANGES:
        return None
    spec = mapping(options, "change_spec")
    if not spec:
        raise missing("execution_spec[execution_options][change_spec]")
    amount, target = spec.get("amount"), spec.get("target_field")
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not amount:
        raise bad_param("change_spec[amount]", "must be a number other than 0")
    if target is not None:
        one_of(target, "change_spec[target_field]", METRICS)
        return Change(float(amount), "", _range(spec.get("limit")), target)
    unit = one_of(spec.get("unit"), "change_spec[unit]", ("ACCOUNT_CURRENCY", "PERCENTAGE"))
    return Change(float(amount), unit, _limit(spec.get("limit"), rising=amount > 0), None)


def _limit(value: Any, *, rising: bool) -> tuple[float | None, float | None]:
    if isinstance(value, list):
        return _range(value)
    if value is None:
        return (None, None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad_param("change_spec[limit]", "must be an amount in minor units")
    return (None, float(value)) if rising else (float(value), None)


def _range(value: Any) -> tuple[float | None, float | None]:
    if value is None:
        return (None, None)
    numbers = [one for one in value if isinstance(one, int | float)] if isinstance(value, list) else []
    if len(numbers) != 2 or numbers[0] > numbers[1]:  # noqa: PLR2004 - from, to
        raise bad_param("change_spec[limit]", "must be a range [lowest, highest] in minor units")
    return (float(numbers[0]), float(numbers[1]))
