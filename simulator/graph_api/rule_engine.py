"""Ad rules at work: which objects pass, what is done to them, what is written down (Meta: "Ad Rules Engine").

Rules run when simulated time reaches their half hours, from `Account.catch_up`, so that a replay runs them again at
the same instants with the same figures. What they do goes through the same checks as a client's write.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from simulator.graph_api.errors import GraphError
from simulator.graph_api.nodes import show
from simulator.graph_api.records import Record
from simulator.graph_api.rule_figures import Figures
from simulator.graph_api.rule_filters import METRICS, SPECIAL, Filter, at_level, compare, setting_of
from simulator.graph_api.rule_schedules import next_time
from simulator.graph_api.rule_specs import Change, Plan
from simulator.graph_api.tree import Ad, Node, level_of
from simulator.graph_api.updates import update

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.state import Platform

KIND = "adrule"
ACTOR = "Automated rule"
SPECS = ("evaluation_spec", "execution_spec", "schedule_spec")
KEPT = 5000
"""Executions that a rule's history keeps."""
FIELDS = {"CHANGE_BUDGET": "daily_budget", "CHANGE_CAMPAIGN_BUDGET": "daily_budget", "CHANGE_BID": "bid_amount"}
DONE = {
    "PAUSE": "PAUSED",
    "UNPAUSE": "UNPAUSED",
    "ROTATE": "UNPAUSED",
    "CHANGE_BUDGET": "CHANGED_BUDGET",
    "CHANGE_CAMPAIGN_BUDGET": "CHANGED_BUDGET",
    "CHANGE_BID": "CHANGED_BID",
    "NOTIFICATION": "FACEBOOK_NOTIFICATION_SENT",
}


def arm(state: Platform, rule: Record) -> None:
    """Have the rule run at its next half hour, and from then on at each following one, until it is gone or off."""
    account = rule.account
    if account is None:
        return
    plan = rule.hidden["plan"]
    if at := next_time(plan.times, account.now, account.zone):
        account.alarms.set(rule.id, at, lambda: _ring(state, rule))


def _ring(state: Platform, rule: Record) -> None:
    if rule.deleted:
        return
    if rule.values["status"] == "ENABLED":
        run(state, rule)
    arm(state, rule)


def passing(state: Platform, account: Account, rule: Record) -> list[Node]:
    """Objects that a rule would act upon now."""
    plan: Plan = rule.hidden["plan"]
    figures = Figures(account, by_ad=plan.level == "ad", past=rule.hidden.setdefault("past", {}))
    # What costs nothing to look up is asked first: figures are added up only for a rule that may need them.
    filters = sorted(plan.filters, key=lambda one: one.field in METRICS)
    return [n for n in account.level(plan.level) if all(_passes(state, figures, plan, n, f) for f in filters)]


def governs(plan: Plan, node: Node) -> bool:
    """Whether a rule is about an object, be it by name or by its kind."""
    named = [one for one in plan.filters if one.field == "id" and one.level is None]
    return level_of(node) == plan.level and all(compare(_listed(o), node.id, _ids(o)) for o in named)


def _listed(one: Filter) -> str:
    return {"EQUAL": "IN", "NOT_EQUAL": "NOT_IN"}.get(one.operator, one.operator)


def _ids(one: Filter) -> list[Any]:
    return one.value if isinstance(one.value, list) else [one.value]


def _passes(state: Platform, figures: Figures, plan: Plan, node: Node, one: Filter) -> bool:
    if one.field in SPECIAL:
        return True
    if one.field in METRICS:
        figure = _metric(figures, plan, at_level(node, one.level), one.field, one.preset)
        return compare(one.operator, figure, one.value)
    value = setting_of(state, figures.account, node, one)
    if one.field == "id":
        return compare(_listed(one), value, _ids(one))
    return compare(one.operator, value, one.value)


def _metric(figures: Figures, plan: Plan, node: Node, field: str, preset: str | None = None) -> float | None:
    usual = "TODAY" if field == "daily_ratio_spent" else plan.preset
    return METRICS[field](figures.of(node, preset or usual))


def run(state: Platform, rule: Record, *, manual: bool = False) -> None:
    """Evaluate the rule now, act, and write into its history what was done."""
    account = rule.account
    if account is None:
        return
    plan = rule.hidden["plan"]
    results = [
        {"object_id": node.id, "object_type": level_of(node).upper(), "actions": _act(state, account, rule, plan, node)}
        for node in passing(state, account, rule)
    ]
    entry: dict[str, Any] = {
        **{name: rule.values[name] for name in SPECS if name in rule.values},
        "timestamp": account.local(account.now).strftime("%Y-%m-%dT%H:%M:%S%z"),
        "is_manual": manual,
        "results": results,
    }
    rule.hidden.setdefault("history", deque(maxlen=KEPT)).append(entry)


def _act(state: Platform, account: Account, rule: Record, plan: Plan, node: Node) -> list[dict[str, Any]]:
    """What was done to one object; an action that may not be repeated yet is none."""
    if plan.execution == "NOTIFICATION":
        return [{"action": DONE["NOTIFICATION"]}]
    times = rule.hidden.setdefault("acted", {}).setdefault(node.id, [])
    waits = times and account.now - times[-1] < timedelta(minutes=plan.every_minutes)
    if waits or (plan.most_times is not None and len(times) >= plan.most_times):
        return [{"action": "NOT_CHANGED"}]
    try:
        actions = _rotated(account, node) if plan.execution == "ROTATE" else [_changed(state, account, plan, node)]
    except GraphError as error:
        return [{"action": "ERROR", "exception_code": error.code, "exception_message": str(error)}]
    if any(action["action"] != "NOT_CHANGED" for action in actions):
        times.append(account.now)
    return actions


def _changed(state: Platform, account: Account, plan: Plan, node: Node) -> dict[str, Any]:
    if plan.change is None:
        return _switched(account, node, "PAUSED" if plan.execution == "PAUSE" else "ACTIVE")
    field = FIELDS[plan.execution]
    shown = show(node, account, (field, "lifetime_budget"), state.credentials)
    if not int(shown.get(field) or 0) and field == "daily_budget" and int(shown.get("lifetime_budget") or 0):
        field = "lifetime_budget"
    old = int(shown.get(field) or 0)
    new = old and scaled(old, plan.change, _target(account, plan, node))
    if new == old:
        return {"action": "NOT_CHANGED", "field": field}
    kind = "bidding" if field == "bid_amount" else "budget"
    _write(account, node, {field: str(new)}, f"update_{_object(node)}_{kind}", old, new)
    return {"action": DONE[plan.execution], "field": field, "old_value": str(old), "new_value": str(new)}


def _target(account: Account, plan: Plan, node: Node) -> float | None:
    if plan.change is None or plan.change.target_field is None:
        return None
    return _metric(Figures(account, by_ad=plan.level == "ad", past={}), plan, node, plan.change.target_field)


def scaled(old: int, change: Change, actual: float | None) -> int:
    """An amount of minor units after a change, within its limits, rounded half up.

    >>> scaled(1000, Change(-30, "PERCENTAGE", (None, None), None), None)
    700
    >>> scaled(1000, Change(500, "ACCOUNT_CURRENCY", (None, 1200.0), None), None)
    1200
    >>> scaled(1000, Change(5, "", (None, None), "cpa"), 4.0)
    1250
    """
    now = Decimal(old)
    amount = Decimal(str(change.amount))
    if change.target_field is not None:
        if not actual:
            return old
        # Costs above the target call for less money, returns above it for more.
        near = amount / Decimal(str(actual))
        wanted = now / near if change.target_field.endswith("roas") else now * near
    elif change.unit == "PERCENTAGE":
        wanted = now * (100 + amount) / 100
    else:
        wanted = now + amount
    low, high = change.limit
    if low is not None:
        wanted = max(wanted, min(now, Decimal(str(low))) if change.amount < 0 else Decimal(str(low)))
    if high is not None:
        wanted = min(wanted, max(now, Decimal(str(high))) if change.target_field is None else Decimal(str(high)))
    return max(0, int(wanted.quantize(Decimal(1), ROUND_HALF_UP)))


def _switched(account: Account, node: Node, status: str) -> dict[str, Any]:
    if node.status == status:
        return {"action": "NOT_CHANGED", "field": "status"}
    old = node.status
    _write(account, node, {"status": status}, f"update_{_object(node)}_run_status", old, status)
    done = "PAUSED" if status == "PAUSED" else "UNPAUSED"
    return {"action": done, "field": "status", "old_value": old, "new_value": status}


def _rotated(account: Account, node: Node) -> list[dict[str, Any]]:
    """The active ad is paused and the next one by id in its ad set is switched on."""
    if not isinstance(node, Ad):
        return []
    ads = sorted((ad for ad in account.ads.values() if ad.ad_set is node.ad_set), key=lambda ad: ad.id)
    following = ads[(ads.index(node) + 1) % len(ads)]
    if following is node:
        return [{"action": "NOT_CHANGED"}]
    return [_switched(account, node, "PAUSED"), _switched(account, following, "ACTIVE")]


def _object(node: Node) -> str:
    """The word of an object in types of activities."""
    return {"campaign": "campaign", "adset": "ad_set", "ad": "ad"}[level_of(node)]


def _write(account: Account, node: Node, asked: dict[str, Any], event: str, old: Any, new: Any) -> None:
    """A change like a client's, with the rule as the one who made it."""
    known = len(account.activities)
    update(account, node, asked)
    if len(account.activities) == known:
        account.note(event, node, old_value=str(old), new_value=str(new))
    account.activities[known:] = [replace(one, actor_name=ACTOR) for one in account.activities[known:]]
