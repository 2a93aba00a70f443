"""Parameters as clients send them: text, JSON in text, or JSON; read into Python values or refused by name."""

from __future__ import annotations

import json
import operator as operators
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from simulator.graph_api.errors import bad_param

MAX_PAGE = 5000
DEFAULT_PAGE = 25


def parsed(params: Mapping[str, Any], name: str, default: Any = None) -> Any:
    """The value of `name`, with JSON text parsed; text that is no JSON stays text.

    Lists and objects may use single quotes, as in Meta's own examples: `time_range={'since':'...','until':'...'}`.
    """
    value = params.get(name)
    if value is None or value == "":
        return default
    if not isinstance(value, str):
        return value
    texts = [value, value.replace("'", '"')] if value[0] in "[{" and '"' not in value else [value]
    for text in texts:
        with suppress(ValueError, RecursionError):
            return json.loads(text)
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
    """One filter on one value; numbers compare as numbers, words without regard to case (Meta: "Filtering").

    Raises:
        GraphError: an operator that does not exist, or a comparison of what cannot be compared.
    """
    if operator in _SETS:
        options = wanted if isinstance(wanted, list) else [wanted]
        return any(_equal(actual, option) for option in options) == _SETS[operator]
    if operator in _TEXTS:
        words = wanted if isinstance(wanted, list) else [wanted]
        return _TEXTS[operator](str(actual).lower(), [str(word).lower() for word in words])
    if operator in _ORDERS:
        return _ORDERS[operator](_comparable(actual), _comparable(wanted))
    if operator in ("IN_RANGE", "NOT_IN_RANGE"):
        if not isinstance(wanted, list) or len(wanted) != 2:  # noqa: PLR2004 - two ends
            raise bad_param("filtering", f"{operator} needs the two ends of a range, got {wanted!r}")
        low, high = (_comparable(end) for end in wanted)
        return (low <= _comparable(actual) <= high) == (operator == "IN_RANGE")
    known = ", ".join((*_SETS, *_TEXTS, *_ORDERS, "IN_RANGE", "NOT_IN_RANGE"))
    raise bad_param("filtering", f"has an unknown operator {operator}; known: {known}")


_SETS = {"EQUAL": True, "IN": True, "ANY": True, "NOT_EQUAL": False, "NOT_IN": False, "NONE": False}
_TEXTS: dict[str, Callable[[str, list[str]], bool]] = {
    "CONTAIN": lambda text, words: any(word in text for word in words),
    "NOT_CONTAIN": lambda text, words: not any(word in text for word in words),
    "CONTAINS_ANY": lambda text, words: any(word in text for word in words),
    "CONTAINS_ALL": lambda text, words: all(word in text for word in words),
    "CONTAINS_NONE": lambda text, words: not any(word in text for word in words),
    "ALL": lambda text, words: all(word == text for word in words),
    "STARTS_WITH": lambda text, words: any(text.startswith(word) for word in words),
}
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "GREATER_THAN": operators.gt,
    "GREATER_THAN_OR_EQUAL": operators.ge,
    "LESS_THAN": operators.lt,
    "LESS_THAN_OR_EQUAL": operators.le,
    "AFTER": operators.gt,
    "ON_OR_AFTER": operators.ge,
    "BEFORE": operators.lt,
    "ON_OR_BEFORE": operators.le,
}


def _equal(actual: Any, wanted: Any) -> bool:
    """Words by letters, figures as numbers."""
    if isinstance(actual, int | float) and not isinstance(actual, bool):
        return actual == _comparable(wanted)
    return str(actual) == str(wanted)


def _comparable(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise bad_param("filtering", f"cannot compare {value!r} as a number") from None


def flag(params: Mapping[str, Any], name: str) -> bool:
    """A flag that must be given."""
    value = parsed(params, name)
    if value not in (True, False, 0, 1):
        raise bad_param(name, "must be true or false")
    return bool(value)
