"""Lists of objects under an object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, TypeVar

from simulator.graph_api.account import Account
from simulator.graph_api.errors import bad_param, deleted_not_listed
from simulator.graph_api.messages import Request
from simulator.graph_api.nodes import show
from simulator.graph_api.paging import page
from simulator.graph_api.params import filters, names, parsed, passes, truth
from simulator.graph_api.tokens import Credentials
from simulator.graph_api.tree import GONE, Node

Item = TypeVar("Item", Account, Node)
Filter: TypeAlias = tuple[str, str, Any]

FILTERS = ("id", "name", "effective_status", "status")


def list_nodes(request: Request, account: Account, nodes: Iterable[Node], credentials: Credentials) -> dict[str, Any]:
    """One page of objects. What is archived is listed only on request, what is deleted never.

    Raises:
        GraphError: deleted objects asked for, an unknown field, filter or cursor.
    """
    fields, wanted = names(request.params, "fields"), _filters(request)
    chosen = [node for node in nodes if _listed(node, wanted)]
    return _listing(request, chosen, lambda node: show(node, account, fields, credentials))


def list_accounts(request: Request, accounts: Iterable[Account], credentials: Credentials) -> dict[str, Any]:
    """One page of ad accounts."""
    wanted = names(request.params, "fields")
    return _listing(request, list(accounts), lambda account: show(account, account, wanted, credentials))


def list_values(request: Request, values: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """One page of objects that are plain values with an id."""
    wanted = names(request.params, "fields")
    rows = list(values)
    keys = [str(row["id"]) for row in rows]
    return page(request, rows, keys, lambda row: {name: row[name] for name in ("id", *wanted) if name in row})


def _listing(request: Request, chosen: Sequence[Item], render: Callable[[Item], dict[str, Any]]) -> dict[str, Any]:
    body = page(request, chosen, [node.id for node in chosen], render)
    if truth(request.params, "summary") or parsed(request.params, "summary") == ["total_count"]:
        body["summary"] = {"total_count": len(chosen)}
    return body


def _filters(request: Request) -> list[Filter]:
    """What the request narrows the list down by, checked."""
    found: list[Filter] = [(name.rpartition(".")[2], op, value) for name, op, value in filters(request.params)]
    if statuses := names(request.params, "effective_status"):
        found.append(("effective_status", "IN", list(statuses)))
    for name, operator, value in found:
        if name not in FILTERS:
            raise bad_param("filtering", f"cannot be on field {name}; known: {', '.join(FILTERS)}")
        asks_for = operator in ("IN", "EQUAL") and "DELETED" in (value if isinstance(value, list) else [value])
        if name.endswith("status") and asks_for:
            raise deleted_not_listed()
    return found


def _listed(node: Node, wanted: list[Filter]) -> bool:
    by_status = any(name.endswith("status") for name, _, _ in wanted)
    if node.effective_status == "DELETED" or (node.effective_status in GONE and not by_status):
        return False
    return all(passes(operator, getattr(node, name), value) for name, operator, value in wanted)
