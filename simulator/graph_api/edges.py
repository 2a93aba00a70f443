"""Lists of objects under an object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

from simulator.graph_api.account import Account
from simulator.graph_api.errors import GraphError, bad_param, deleted_not_listed
from simulator.graph_api.messages import Request
from simulator.graph_api.nodes import node_type, show
from simulator.graph_api.paging import page
from simulator.graph_api.params import filters, integer, names, passes, truth
from simulator.graph_api.periods import periods
from simulator.graph_api.tokens import Credentials
from simulator.graph_api.tree import GONE, AdSet, Campaign, Level, Node, level_of

Item = TypeVar("Item", Account, Node)
Filter: TypeAlias = tuple[str, str, Any]

STATUS_FIELDS = ("effective_status", "status", "configured_status")
EFFECTIVE: dict[str, frozenset[str]] = {
    "campaign": frozenset({"ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES"}),
    "adset": frozenset({"ACTIVE", "PAUSED", "DELETED", "CAMPAIGN_PAUSED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES"}),
    "ad": frozenset(
        {
            *("ACTIVE", "PAUSED", "DELETED", "PENDING_REVIEW", "DISAPPROVED", "PREAPPROVED", "PENDING_BILLING_INFO"),
            *("CAMPAIGN_PAUSED", "ARCHIVED", "ADSET_PAUSED", "IN_PROCESS", "WITH_ISSUES"),
        }
    ),
}


def list_nodes(
    request: Request, account: Account, nodes: Iterable[Node], credentials: Credentials, level: Level | None = None
) -> dict[str, Any]:
    """One page of objects. What is archived is listed only on request, what is deleted never.

    `date_preset` and `time_range` are about figures inside the answer and choose no rows, as on Meta.

    Raises:
        GraphError: deleted objects asked for, an unknown field, filter or cursor.
    """
    found = sorted(nodes, key=lambda node: node.id)
    own = level or (level_of(found[0]) if found else "ad")
    fields, wanted = names(request.params, "fields"), _filters(request, own)
    if any(request.params.get(name) for name in ("time_range", "time_ranges", "date_preset")):
        periods(_lower(request), account.today)
    since = integer(request.params, "updated_since")
    ended = truth(request.params, "is_completed")
    by_status = any(name in STATUS_FIELDS for name, _, _ in wanted)
    chosen = [
        node
        for node in found
        if _shown(node, by_status=by_status)
        and (since is None or node.updated_at >= datetime.fromtimestamp(since, UTC))
        and (not ended or _has_ended(node, account))
        and all(passes(op, _value(node, account, name, credentials), value) for name, op, value in wanted)
    ]
    return _listing(request, chosen, lambda node: show(node, account, fields, credentials))


def _lower(request: Request) -> dict[str, Any]:
    """Ad sets spell their presets in capitals."""
    preset = request.params.get("date_preset")
    known = {"data_maximum": "maximum"}
    lowered = str(preset).lower() if preset else preset
    return {**request.params, "date_preset": known.get(str(lowered), lowered)}


def list_accounts(request: Request, accounts: Iterable[Account], credentials: Credentials) -> dict[str, Any]:
    """One page of ad accounts."""
    wanted = names(request.params, "fields")
    return _listing(request, list(accounts), lambda account: show(account, account, wanted, credentials))


def list_values(request: Request, values: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """One page of objects that are plain values with an id, in the order of their ids."""
    wanted = names(request.params, "fields")
    rows = sorted(values, key=lambda row: str(row["id"]))
    keys = [str(row["id"]) for row in rows]
    body = page(request, rows, keys, lambda row: {name: row[name] for name in ("id", *wanted) if name in row})
    return _counted(request, body, len(rows))


def _listing(request: Request, chosen: Sequence[Item], render: Callable[[Item], dict[str, Any]]) -> dict[str, Any]:
    return _counted(request, page(request, chosen, [node.id for node in chosen], render), len(chosen))


def _counted(request: Request, body: dict[str, Any], count: int) -> dict[str, Any]:
    """The page with how many there are in all, where that is asked for."""
    if truth(request.params, "summary") or "total_count" in names(request.params, "summary"):
        body["summary"] = {"total_count": count}
    return body


def _filters(request: Request, level: Level) -> list[Filter]:
    """What the request narrows the list down by, checked."""
    found: list[Filter] = [(_plain(name, level), op, value) for name, op, value in filters(request.params)]
    told = {name: list(names(request.params, name)) for name in ("effective_status", "configured_status")}
    found += [(name, "IN", statuses) for name, statuses in told.items() if statuses]
    for name, operator, value in found:
        if name not in STATUS_FIELDS:
            continue
        asked = [str(one) for one in (value if isinstance(value, list) else [value])]
        if operator in ("IN", "EQUAL") and "DELETED" in asked:
            raise deleted_not_listed()
        if wrong := set(asked) - EFFECTIVE[level]:
            options = ", ".join(sorted(EFFECTIVE[level]))
            raise bad_param(name, f"must be one of {{{options}}}, got {', '.join(sorted(wrong))}")
    return found


_PARENTS = {"campaign": "campaign", "adset": "ad_set"}


def _plain(name: str, level: Level) -> str:
    """A filter's field without the level that it is about anyway: adset.name of ad sets is name."""
    head, dot, tail = name.partition(".")
    if not dot:
        return name
    if head == level:
        return tail
    if head in _PARENTS:
        return name
    raise bad_param("filtering", f"cannot be on field {name}")


def _value(node: Node, account: Account, name: str, credentials: Credentials) -> Any:
    """The value of a field that is filtered by; of a parent, where the name says so."""
    head, dot, tail = name.partition(".")
    if dot:
        if isinstance(node, Campaign) or (isinstance(node, AdSet) and head == "adset"):
            raise bad_param("filtering", f"cannot be on field {name}")
        node, name = (node.campaign if head == "campaign" else node.ad_set), tail
    title = node_type(node)[0]
    try:
        return show(node, account, (name,), credentials).get(name)
    except GraphError:
        raise bad_param("filtering", f"cannot be on field {name}, which {title} does not have") from None


def _shown(node: Node, *, by_status: bool) -> bool:
    status = node.effective_status
    return status != "DELETED" and (status not in GONE or by_status)


def _has_ended(node: Node, account: Account) -> bool:
    """Whether its time is over."""
    ends = [node.campaign.stop_at, None if isinstance(node, Campaign) else node.ad_set.end_at]
    return any(at is not None and at <= account.now for at in ends)
