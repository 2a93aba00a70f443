"""Products of a catalogue: their parameters checked, and filters of product sets (Meta: "Product Item")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simulator.graph_api.amounts import plain
from simulator.graph_api.errors import GraphError, bad_param
from simulator.graph_api.record_calls import missing, name_of, one_of, words
from simulator.graph_api.records import Record

if TYPE_CHECKING:
    from simulator.graph_api.state import Platform

FIELDS = words(
    """
    additional_image_urls age_group availability brand category color condition currency custom_data custom_label_0
    custom_label_1 custom_label_2 custom_label_3 custom_label_4 description gender gtin image_url inventory material
    name pattern price product_type retailer_id retailer_product_group_id sale_price short_description size url
    visibility
    """
)
REQUIRED = ("retailer_id", "name", "price", "currency", "url", "image_url")
ENUMS = {
    "availability": words("discontinued pending preorder mark_as_expired mark_as_sold")
    | {"in stock", "out of stock", "available for order"},
    "condition": words("new refurbished used used_fair used_good used_like_new cpo open_box_new"),
    "visibility": words("published staging hidden whitelist_only"),
    "gender": words("female male unisex"),
}
MINOR_PER_MAJOR = 100
WITHOUT_MINOR = words("CLP COP CRC HUF IDR ISK JPY KRW PYG TWD VND")
DEEPEST = 6
OPERATORS = ("eq", "neq", "i_contains", "i_not_contains", "contains", "is_any", "is_not_any", "gt", "lt")


def inside(state: Platform, kind: str, catalog: Record) -> list[Record]:
    """Records of a kind (products, sets, feeds) that belong to a catalogue."""
    return [one for one in state.records_of(kind) if one.hidden["catalog"] is catalog]


def read_product(asked: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    """Parameters of a product as Graph keeps them; prices stay whole numbers of minor units.

    Raises:
        GraphError: one that is missing or cannot be.
    """
    found = {name: value for name, value in asked.items() if name in FIELDS and value is not None}
    for name in REQUIRED if required else ():
        if name not in found:
            raise missing(name)
    name_of(found, required=False)
    for name, options in ENUMS.items():
        if name in found:
            found[name] = one_of(found[name], name, options)
    for name in ("price", "sale_price", "inventory"):
        value = found.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise bad_param(name, "must be a whole number of at least 0 (prices in minor units)")
    for name in ("retailer_id", "custom_label_0"):
        if name in found:
            found[name] = str(found[name])
    return found


def shown_price(values: Mapping[str, Any], name: str) -> str | None:
    """A price as it is read back: decimal major units and the currency.

    >>> shown_price({"price": 1999, "currency": "EUR"}, "price"), shown_price({"price": 5, "currency": "JPY"}, "price")
    ('19.99 EUR', '5 JPY')
    """
    if values.get(name) is None:
        return None
    currency = str(values["currency"])
    return f"{plain(Decimal(values[name]) / (1 if currency in WITHOUT_MINOR else MINOR_PER_MAJOR))} {currency}"


def read_filter(value: Any, depth: int = 0) -> dict[str, Any]:
    """A filter of a product set, as an object or as JSON text; empty means every product.

    Raises:
        GraphError: no filter, or an operator that is not offered.
    """
    if isinstance(value, str) and not depth:
        try:
            value = json.loads(value or "{}")
        except ValueError:
            raise _wrong("is no JSON") from None
    if value is None and not depth:
        return {}
    if not isinstance(value, dict):
        raise _wrong("must be an object")
    for name, inner in value.items():
        if name in ("and", "or"):
            if not isinstance(inner, list) or depth > DEEPEST:
                raise _wrong(f"must have an array in {name}, at most {DEEPEST} levels deep")
            for part in inner:
                read_filter(part, depth + 1)
        elif not isinstance(inner, dict) or not set(inner) <= set(OPERATORS):
            raise _wrong(f"must have an operator for {name}; known here: {', '.join(OPERATORS)}")
    return value


def meets(wanted: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a product is in a set with this checked filter; several keys must all hold."""
    return all(_meets(name, inner, values) for name, inner in wanted.items())


def _meets(name: str, inner: Any, values: Mapping[str, Any]) -> bool:
    if name in ("and", "or"):
        parts = [meets(part, values) for part in inner]
        return all(parts) if name == "and" else any(parts)
    actual = values.get(name)
    return all(_holds(operator, actual, wanted) for operator, wanted in inner.items())


def _holds(operator: str, actual: Any, wanted: Any) -> bool:
    have, want = str(actual if actual is not None else "").lower(), str(wanted).lower()
    if operator in ("gt", "lt"):
        if not isinstance(actual, int) or not isinstance(wanted, int | float):
            return False
        return actual > wanted if operator == "gt" else actual < wanted
    if operator in ("is_any", "is_not_any"):
        listed = {str(one).lower() for one in wanted} if isinstance(wanted, list) else {want}
        return (have in listed) == (operator == "is_any")
    holds = want in have if "contains" in operator else want == have
    return holds != (operator in ("neq", "i_not_contains"))


def _wrong(reason: str) -> GraphError:
    return bad_param("filter", reason)
