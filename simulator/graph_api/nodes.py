"""Reading objects: which fields they have, and which of them are in an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.graph_api import known_fields
from simulator.graph_api.account import Account
from simulator.graph_api.account_fields import ACCOUNT, amount_spent_minor
from simulator.graph_api.ad_fields import AD
from simulator.graph_api.ad_set_fields import AD_SET
from simulator.graph_api.campaign_fields import CAMPAIGN
from simulator.graph_api.errors import unknown_field
from simulator.graph_api.field_values import Fields, instant
from simulator.graph_api.tokens import Credentials
from simulator.graph_api.tree import Ad, AdSet, Campaign, Node

__all__ = ["amount_spent_minor", "check_fields", "instant", "node_type", "show"]


def node_type(node: Node | Account) -> tuple[str, Fields, frozenset[str]]:
    """Meta's name of a kind, what the emulator fills, and every field the kind has."""
    if isinstance(node, Account):
        return "AdAccount", ACCOUNT, known_fields.ACCOUNT
    if isinstance(node, Campaign):
        return "Campaign", CAMPAIGN, known_fields.CAMPAIGN
    if isinstance(node, AdSet):
        return "AdSet", AD_SET, known_fields.ADSET
    if isinstance(node, Ad):
        return "Ad", AD, known_fields.AD
    raise TypeError(f"{node!r} is not an object of the tree")


def check_fields(kind: type[Node | Account], wanted: Iterable[str]) -> None:
    """Refuse a field that objects of a kind do not have, before anything is done.

    Raises:
        GraphError: there is one.
    """
    title, fields, known = {
        Account: ("AdAccount", ACCOUNT, known_fields.ACCOUNT),
        Campaign: ("Campaign", CAMPAIGN, known_fields.CAMPAIGN),
        AdSet: ("AdSet", AD_SET, known_fields.ADSET),
        Ad: ("Ad", AD, known_fields.AD),
    }[kind]
    for name in wanted:
        if name not in fields and name not in known:
            raise unknown_field(name, title)


def show(node: Node | Account, account: Account, wanted: Iterable[str], credentials: Credentials) -> dict[str, Any]:
    """The object with `wanted` fields; `id` is always there, and an account's number goes with it.

    A field that was set and that the emulator does nothing with is shown as it was set; an empty one is left out.

    Raises:
        GraphError: a field this kind of object does not have.
    """
    asked = tuple(wanted)
    check_fields(type(node), asked)
    _, fields, _ = node_type(node)
    if isinstance(node, Account):
        business = {"id": credentials.business_id, "name": "Caudal emulator"}
        fields = {**fields, "business": lambda *_: business, "owner": lambda *_: credentials.business_id}
    always = ("account_id", "id") if isinstance(node, Account) else ("id",)
    found: dict[str, Any] = {}
    for name in dict.fromkeys((*asked, *always)):
        value = fields[name](node, account) if name in fields else node.settings.get(name)
        if value is not None:
            found[name] = value
    return found
