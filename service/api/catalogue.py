"""What a policy is, read off its class: the first sentences of its docstring, and its parameters."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, Field, fields
from typing import Any

from msgspec import to_builtins

from agents.registry import policies
from service.api import schemas

ATTRIBUTES = "Attributes:"
INDENT = 4


def known_policies() -> list[schemas.Policy]:
    """Every installed policy, by name."""
    return [_policy(name, made) for name, made in policies().items()]


def summary_of(name: str) -> str:
    """What a policy does, in one sentence; empty where this installation does not know it."""
    made = policies().get(name)
    return "" if made is None else _paragraphs(made)[0]


def _policy(name: str, made: type[Any]) -> schemas.Policy:
    first, *rest = _paragraphs(made)
    described = {k: v for part in rest if part.startswith(ATTRIBUTES) for k, v in _attributes(part).items()}
    return schemas.Policy(
        name=name,
        summary=first,
        description="\n\n".join(part for part in rest if not part.startswith(ATTRIBUTES)),
        parameters=[_parameter(field, described.get(field.name, "")) for field in fields(made) if field.init],
    )


def _paragraphs(made: type[Any]) -> list[str]:
    """The docstring's paragraphs in plain text; a dataclass without one has its signature there, which says nothing."""
    text = inspect.getdoc(made) or ""
    paragraphs = [part.strip().replace("`", "") for part in text.split("\n\n")]
    first = " ".join(paragraphs[0].split())
    return [first, *paragraphs[1:]]


def _attributes(section: str) -> dict[str, str]:
    """What a Google-style `Attributes:` section says of each name; longer entries go on, indented deeper."""
    said: dict[str, str] = {}
    name = ""
    for line in section.splitlines()[1:]:
        entry, colon, text = line.strip().partition(": ")
        if colon and entry.isidentifier() and len(line) - len(line.lstrip()) <= INDENT:
            name, said[entry] = entry, text
        elif name:
            said[name] += f" {line.strip()}"
    return said


def _parameter(field: Field[Any], description: str) -> schemas.Parameter:
    default = field.default
    if field.default_factory is not MISSING:
        default = field.default_factory()
    required = default is MISSING
    return schemas.Parameter(
        name=field.name,
        type=field.type.__name__ if isinstance(field.type, type) else str(field.type),
        default=None if required else to_builtins(default, enc_hook=str),
        required=required,
        description=description,
    )
