"""Changing objects: every parameter is checked before the first one is applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.amounts import major
from simulator.graph_api.errors import (
    archived_object,
    bad_param,
    budget_changed_too_often,
    budget_too_low,
    deleted_object,
    not_offered,
)
from simulator.graph_api.params import integer, names
from simulator.graph_api.tree import STATUSES, AdSet, Node, level_of

LONGEST_NAME = 400
CHANGES_AN_HOUR = 4
HOUR = timedelta(hours=1)
MAX_BUDGET_MINOR = 10**13
OPTIONS = ("validate_only", "include_recommendations", "synchronous_ad_review")
MANNERS = frozenset({"execution_options", "fields", "include_headers"})


def update(account: Account, node: Node, params: Mapping[str, Any]) -> bool:
    """Apply name, status and daily_budget; says whether anything was applied (not under validate_only).

    Raises:
        GraphError: a value the platform refuses, a fifth budget change within an hour, or a parameter not offered here.
    """
    asked = {name: value for name, value in params.items() if name not in MANNERS}
    options = names(params, "execution_options")
    for option in options:
        if option not in OPTIONS:
            raise bad_param("execution_options", f"must be among {', '.join(OPTIONS)}")
    _check_offered(node, asked)
    name, status = _name(asked), _status(asked)
    budget = _budget(account, asked)
    _check_state(node, set(asked), status)
    if budget is not None and isinstance(node, AdSet):
        _check_change_limit(account, node)
    if "validate_only" in options or not asked:
        return False
    if name is not None:
        node.name = name
    if budget is not None and isinstance(node, AdSet):
        account.set_budget(node, budget)
    if status is not None:
        node.status = status
        account.refresh_delivery()
    if name is not None or status is not None:
        node.updated_at = account.now  # a budget change does not move it: it is no change detector on Meta either
    return True


def _check_offered(node: Node, asked: Mapping[str, Any]) -> None:
    offered = {"name", "status"} | ({"daily_budget"} if isinstance(node, AdSet) else set())
    for name in asked:
        if name not in offered:
            raise not_offered(f"changing {name} of a {level_of(node)} (offered: {', '.join(sorted(offered))})")


def _name(asked: Mapping[str, Any]) -> str | None:
    if "name" not in asked:
        return None
    name = str(asked["name"])
    if not 0 < len(name) <= LONGEST_NAME:
        raise bad_param("name", f"must be 1 to {LONGEST_NAME} characters")
    return name


def _status(asked: Mapping[str, Any]) -> str | None:
    if "status" not in asked:
        return None
    if asked["status"] not in STATUSES:
        raise bad_param("status", f"must be one of {{{', '.join(STATUSES)}}}")
    return str(asked["status"])


def _budget(account: Account, asked: Mapping[str, Any]) -> int | None:
    if "daily_budget" not in asked:
        return None
    budget = integer(asked, "daily_budget")
    if budget is None or not 0 <= budget <= MAX_BUDGET_MINOR:
        raise bad_param("daily_budget", f"must be an integer from 0 to {MAX_BUDGET_MINOR}")
    scenario = account.scenario
    if budget < scenario.minimum_budget_minor:
        raise budget_too_low(major(scenario.minimum_budget_minor, scenario.minor_per_major), scenario.currency)
    return budget


def _check_state(node: Node, asked: set[str], status: str | None) -> None:
    if node.status == "DELETED" and asked - {"name"}:
        raise deleted_object()
    if node.status == "ARCHIVED" and (asked - {"name", "status"} or status not in (None, "ARCHIVED", "DELETED")):
        raise archived_object()


def _check_change_limit(account: Account, ad_set: AdSet) -> None:
    """Four changes within an hour block the fifth until an hour after the fourth (Meta: "Rate limiting")."""
    last = ad_set.budget_changes[-CHANGES_AN_HOUR:]
    full = len(last) == CHANGES_AN_HOUR and last[-1] - last[0] < HOUR
    if full and account.now - last[-1] < HOUR:
        raise budget_changed_too_often()
