"""Parameters as clients send them: text, JSON in text, or JSON; read into Python values or refused by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from simulator.graph_api.errors import bad_param

MAX_PAGE = 5000
DEFAULT_PAGE = 25


def parsed(params: Mapping[str, Any], name: str, default: Any = None) -> Any:
    """The value of `name`, with JSON text parsed; text that is no JSON stays text."""
    value = params.get(name)
    if value is None or value == "":
        return default
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def names(params: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of words: JSON list, or comma-joined text. Both are on the wire for `fields`."""
    value = parsed(params, name, [])
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        raise bad_param(name, "must be an array")
    return tuple(dict.fromkeys(str(word).strip() for word in value if str(word).strip()))


def integer(params: Mapping[str, Any], name: str, default: int | None = None) -> int | None:
    """A whole number; 12.0, "1e3" and true are none."""
    value = parsed(params, name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad_param(name, "must be an integer")
    return value


def page_size(params: Mapping[str, Any]) -> int:
    """Rows per page: 25 unless told, at most 5,000."""
    size = integer(params, "limit", DEFAULT_PAGE) or 0
    if size < 1:
        raise bad_param("limit", "must be greater than or equal to 1")
    return min(size, MAX_PAGE)


def truth(params: Mapping[str, Any], name: str) -> bool:
    """A flag; absent is false."""
    return parsed(params, name, False) in (True, 1)


def day(value: Any, name: str) -> date:
    """A calendar day YYYY-MM-DD."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise bad_param(name, f"must be a date of the form YYYY-MM-DD, got {value!r}") from None


def filters(params: Mapping[str, Any]) -> tuple[tuple[str, str, Any], ...]:
    """`filtering` as (field, operator, value) triples."""
    found = parsed(params, "filtering", [])
    if not isinstance(found, list) or not all(isinstance(item, dict) and "field" in item for item in found):
        raise bad_param("filtering", "must be an array of objects with field, operator and value")
    return tuple((str(item["field"]), str(item.get("operator", "EQUAL")), item.get("value")) for item in found)


def passes(operator: str, actual: Any, wanted: Any) -> bool:
    """One filter on one value; numbers compare as numbers, words without regard to case."""
    if operator in ("IN", "NOT_IN"):
        options = wanted if isinstance(wanted, list) else [wanted]
        return (str(actual) in {str(option) for option in options}) == (operator == "IN")
    if operator in ("EQUAL", "NOT_EQUAL"):
        return (str(actual) == str(wanted)) == (operator == "EQUAL")
    if operator in ("CONTAIN", "NOT_CONTAIN"):
        return (str(wanted).lower() in str(actual).lower()) == (operator == "CONTAIN")
    if operator in ("GREATER_THAN", "LESS_THAN"):
        try:
            left, right = float(actual), float(wanted)
        except (TypeError, ValueError):
            raise bad_param("filtering", f"cannot compare {actual!r} with {wanted!r}") from None
        return left > right if operator == "GREATER_THAN" else left < right
    raise bad_param("filtering", f"has an unknown operator {operator}")


def flag(params: Mapping[str, Any], name: str) -> bool:
    """A flag that must be given."""
    value = parsed(params, name)
    if value not in (True, False, 0, 1):
        raise bad_param(name, "must be true or false")
    return bool(value)
