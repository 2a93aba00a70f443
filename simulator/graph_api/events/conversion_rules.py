"""Rules of custom conversions: which events a rule means (Meta: "Custom Conversions").

A rule is {"and": [{"event": {"eq": "Purchase"}}, {"or": [{"URL": {"i_contains": "thank-you"}}]}]}; fields are `event`,
`URL`, `domain`, `path` and names of custom data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from simulator.graph_api.errors import GraphError, bad_param
from simulator.graph_api.events.browser import PAGES
from simulator.graph_api.events.checks import amount
from simulator.graph_api.events.statistics import Happened, host_and_path

DEEPEST = 6
LONGEST_PATTERN = 200


def _regex(actual: str, wanted: str) -> bool:
    return len(wanted) <= LONGEST_PATTERN and re.search(wanted, actual) is not None


def _compared(test: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def operator(actual: str, wanted: str) -> bool:
        left, right = amount(actual), amount(wanted)
        return left is not None and right is not None and test(left, right)

    return operator


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda actual, wanted: actual == wanted,
    "neq": lambda actual, wanted: actual != wanted,
    "i_contains": lambda actual, wanted: wanted.lower() in actual.lower(),
    "i_not_contains": lambda actual, wanted: wanted.lower() not in actual.lower(),
    "contains": lambda actual, wanted: wanted in actual,
    "not_contains": lambda actual, wanted: wanted not in actual,
    "i_starts_with": lambda actual, wanted: actual.lower().startswith(wanted.lower()),
    "starts_with": lambda actual, wanted: actual.startswith(wanted),
    "regex_match": _regex,
    "gt": _compared(lambda left, right: left > right),
    "gte": _compared(lambda left, right: left >= right),
    "lt": _compared(lambda left, right: left < right),
    "lte": _compared(lambda left, right: left <= right),
}


def read_rule(value: Any, depth: int = 0) -> dict[str, Any]:
    """A rule, given as an object or as JSON text.

    Raises:
        GraphError: no rule, an unknown operator, a pattern that is none.
    """
    if isinstance(value, str) and not depth:
        try:
            value = json.loads(value)
        except ValueError:
            raise _wrong("is no JSON") from None
    if not isinstance(value, dict) or len(value) != 1:
        raise _wrong('must be an object with one key, such as {"and": [...]} or {"event": {"eq": "Purchase"}}')
    (name, inner), *_ = value.items()
    if name in ("and", "or"):
        if not isinstance(inner, list) or not inner or depth > DEEPEST:
            raise _wrong(f"must have rules in {name}, at most {DEEPEST} levels deep")
        for part in inner:
            read_rule(part, depth + 1)
        return value
    if not isinstance(inner, dict) or len(inner) != 1 or not set(inner) <= set(OPERATORS):
        raise _wrong(f"must have one operator for {name}; known: {', '.join(OPERATORS)}")
    _check_pattern(inner)
    return value


def meets(rule: Mapping[str, Any], one: Happened) -> bool:
    """Whether an event is meant by a checked rule."""
    (name, inner), *_ = rule.items()
    if name == "and":
        return all(meets(part, one) for part in inner)
    if name == "or":
        return any(meets(part, one) for part in inner)
    (operator, wanted), *_ = inner.items()
    return OPERATORS[operator](_actual(name, one), str(wanted))


def _actual(name: str, one: Happened) -> str:
    url = one.server.url if one.server else PAGES[one.name]
    if name == "event":
        return one.name
    if name.lower() == "url":
        return url
    if name.lower() in ("domain", "path"):
        return host_and_path(url)[name.lower() == "path"]
    found = one.server.custom.get(name) if one.server else None
    return "" if found is None else str(found)


def _check_pattern(test: Mapping[str, Any]) -> None:
    if "regex_match" in test:
        try:
            re.compile(str(test["regex_match"]))
        except (re.error, OverflowError, RecursionError):
            raise _wrong("has a regex_match that is no regular expression") from None


def _wrong(reason: str) -> GraphError:
    return bad_param("rule", reason)
