"""Field selection with nesting: `fields=name,adsets.limit(5){id,insights{spend}}` (Meta: "Field expansion")."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.graph_api.errors import GraphError, bad_param

DEEPEST = 5
_NAME = re.compile(r"\s*([A-Za-z0-9_:]+)\s*")
_MODIFIER = re.compile(r"\.([a-z_]+)\(")


@dataclass(frozen=True, slots=True)
class Selected:
    """One field; `fields` are those of the objects it leads to, `params` the modifiers of an edge."""

    name: str
    fields: tuple[Selected, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def nested(self) -> bool:
        """Whether more is asked than the field itself."""
        return bool(self.fields or self.params)

    def text(self) -> str:
        """As a client would write it."""
        inner = f"{{{','.join(part.text() for part in self.fields)}}}" if self.fields else ""
        return self.name + "".join(f".{name}({value})" for name, value in self.params.items()) + inner


def selection(params: Mapping[str, Any]) -> tuple[Selected, ...]:
    """What `fields` asks for: comma-joined text or a JSON list, both are on the wire.

    >>> [one.text() for one in selection({"fields": "name,adsets.limit(2){id,name}"})]
    ['name', 'adsets.limit(2){id,name}']

    Raises:
        GraphError: brackets that do not match, a modifier without a name, nesting deeper than Graph allows.
    """
    value = params.get("fields")
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            raise bad_param("fields", "must be an array") from None
    if value is None or value == "":
        return ()
    if isinstance(value, list | tuple):
        value = ",".join(str(word) for word in value)
    if not isinstance(value, str):
        raise bad_param("fields", "must be an array")
    found, rest = _list(value, 0)
    if rest:
        raise _syntax(value, rest)
    return _distinct(found)


def _list(text: str, depth: int) -> tuple[list[Selected], str]:
    """Fields up to a closing bracket or the end, and what follows."""
    if depth > DEEPEST:
        raise bad_param("fields", f"is nested more than {DEEPEST} levels deep")
    found: list[Selected] = []
    while text.strip():
        if text.lstrip().startswith(","):
            text = text.lstrip()[1:]
            continue
        if text.lstrip().startswith("}"):
            return found, text.lstrip()
        one, text = _one(text, depth)
        found.append(one)
    return found, ""


def _one(text: str, depth: int) -> tuple[Selected, str]:
    match = _NAME.match(text)
    if not match:
        raise _syntax(text, text)
    name, rest = match.group(1), text[match.end() :]
    params: dict[str, str] = {}
    while modifier := _MODIFIER.match(rest):
        inner, rest = _balanced(rest[modifier.end() :])
        params[modifier.group(1)] = inner
    if rest.startswith((".", "(")):
        raise _syntax(text, rest)
    if not rest.lstrip().startswith("{"):
        return Selected(name, (), params), rest
    fields, rest = _list(rest.lstrip()[1:], depth + 1)
    if not rest.startswith("}"):
        raise _syntax(text, rest)
    return Selected(name, _distinct(fields), params), rest[1:]


def _balanced(text: str) -> tuple[str, str]:
    """What stands before the bracket that closes, and what follows it."""
    depth = 1
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth:
            return text[:place], text[place + 1 :]
    raise _syntax(text, text)


def _distinct(found: list[Selected]) -> tuple[Selected, ...]:
    return tuple({one.name: one for one in found}.values())


def _syntax(text: str, rest: str) -> GraphError:
    near = rest.strip()[:20] or "end of string"
    return GraphError(
        2500, f"Syntax error \"Expected end of string instead of '{near[:1]}'.\" at: {near} in {text[:80]}"
    )


def plain(chosen: tuple[Selected, ...]) -> tuple[str, ...]:
    """The names alone."""
    return tuple(one.name for one in chosen)
