"""Values of fields as Graph writes them, and the fields that every object of the tree has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.graph_api.account import Account

Fields = Mapping[str, Callable[[Any, "Account"], Any]]
"""A field's value by object and account; None: the field is left out, as Graph leaves out what is empty."""


def instant(at: datetime, account: Account) -> str:
    """An instant as Graph writes it: local to the account, offset without a colon."""
    return account.local(at).strftime("%Y-%m-%dT%H:%M:%S%z")


def instant_or_none(at: datetime | None, account: Account) -> str | None:
    """The same, where there is one."""
    return None if at is None else instant(at, account)


def text(amount: int | None) -> str | None:
    """An amount as a numeric string."""
    return None if amount is None else str(amount)


def setting(name: str, usual: Any = None) -> Callable[[Any, Account], Any]:
    """A field that is what was set, or what Meta takes where nothing was."""
    return lambda node, _: node.settings.get(name, usual)


COMMON: Fields = {
    "id": lambda node, _: node.id,
    "account_id": lambda _, account: account.number,
    "name": lambda node, _: node.name,
    "status": lambda node, _: node.status,
    "configured_status": lambda node, _: node.status,
    "effective_status": lambda node, _: node.effective_status,
    "created_time": lambda node, account: instant(node.created_at, account),
    "updated_time": lambda node, account: instant(node.updated_at, account),
}
