"""The part of JSONPath that batches use: $.name, $.list[0], $.data.*.id, $['name']."""

from __future__ import annotations

import re
from typing import Any

STEP = re.compile(r"\.(?P<name>[^.\[\]*]+)|\.?(?P<all>\*)|\[\*\]|\[(?P<place>\d+)\]|\['(?P<quoted>[^']*)'\]")


def look_up(value: Any, path: str) -> list[Any]:
    """Everything in a JSON value that a path points to; nothing where the path cannot be read.

    >>> look_up({"data": [{"id": "1"}, {"id": "2"}]}, "$.data.*.id")
    ['1', '2']
    >>> look_up({"images": {"a.png": {"hash": "x"}}}, "$.images['a.png'].hash")
    ['x']
    >>> look_up([1, 2], "$[1]")
    [2]
    """
    found, rest = [value], path.removeprefix("$")
    while rest:
        step = STEP.match(rest)
        if step is None:
            return []
        name = step["name"] if step["name"] is not None else step["quoted"]
        place = int(step["place"]) if step["place"] else None
        found = [inner for outer in found for inner in _inside(outer, name, place)]
        rest = rest[step.end() :]
    return found


def _inside(value: Any, name: str | None, place: int | None) -> list[Any]:
    if name is not None:
        return [value[name]] if isinstance(value, dict) and name in value else []
    if place is not None:
        return [value[place]] if isinstance(value, list) and place < len(value) else []
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
