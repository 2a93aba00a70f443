"""Scenarios for people: as a file to edit, with every parameter explained, and as a table."""

from __future__ import annotations

import ast
import inspect
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise
from typing import Any

from simulator.mechanism import Mechanism, mechanisms
from simulator.scenario import Scenario
from simulator.scenarios import fleets, scenarios
from simulator.scenarios._reading import as_scalar

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/+-]*")

HEAD = """\
# Save this as a .yaml file, change what you like, and give its path wherever a scenario is asked for.
# Money is in units of the currency, minor units where the name says so; sd is a standard deviation.
# Its name is the file's, unless you say `name: ...`. With `extends: small` (a name or a path) differences are enough.

"""


@dataclass(frozen=True, slots=True)
class Line:
    """A scenario or a fleet in a table."""

    name: str
    accounts: int
    ad_sets: int
    currencies: tuple[str, ...]
    time_zones: tuple[str, ...]
    mechanisms: tuple[str, ...]
    description: str


def lines() -> list[Line]:
    """The library, scenarios first."""
    singles = [_line(name, found.description, [found]) for name, found in scenarios().items()]
    return singles + [
        _line(name, found.description, [member.scenario for member in found.members])
        for name, found in fleets().items()
    ]


def as_markdown() -> str:
    """The library as a Markdown table."""
    rows = [
        f"| `{line.name}` | {line.accounts} | {line.ad_sets} | {', '.join(line.currencies)} "
        f"| {', '.join(f'`{name}`' for name in line.mechanisms) or '-'} | {line.description} |"
        for line in lines()
    ]
    head = "| name | accounts | ad sets | currency | mechanisms | what it is |\n| --- | --- | --- | --- | --- | --- |"
    return "\n".join([head, *rows]) + "\n"


def as_yaml(scenario: Scenario) -> str:
    """A scenario as a file that is read back as the same scenario, if it is called after the scenario.

    Every parameter stands there with its meaning; mechanisms that are off are named at the end.
    """
    values, meanings = scenario.to_mapping(), _meanings()
    parts = [HEAD]
    plain = (entry.name for entry in fields(scenario) if entry.name not in {"name", "mechanisms"})
    parts += [f"# {meanings[key]}\n{key}: {_written(values[key])}\n" for key in plain]
    parts += [_section(name, mechanism) for name, mechanism in scenario.mechanisms.items()]
    off = [
        f"# {name}: on  # {_about(kind)}\n" for name, kind in mechanisms().items() if name not in scenario.mechanisms
    ]
    if off:
        parts.append("\n# Not switched on here:\n" + "".join(off))
    return "".join(parts)


def _section(name: str, mechanism: Mechanism) -> str:
    values = mechanism.to_mapping()
    entries = [
        f"  # {entry.metadata['what']}{_allowed(entry.metadata)}\n  {entry.name}: {_written(values[entry.name])}\n"
        for entry in fields(mechanism)
    ]
    return f"\n# {_about(type(mechanism))}\n{name}:{'' if entries else ' on'}\n{''.join(entries)}"


def _allowed(metadata: Mapping[str, Any]) -> str:
    """The values that a parameter may take, in brackets."""
    if metadata["options"]:
        return f" ({', '.join(metadata['options'])})"
    low, high, above = metadata["low"], metadata["high"], metadata["above"]
    words = [f"above {above:g}"] if above is not None else []
    words += [f"at least {low:g}"] if low > -math.inf else []
    words += [f"at most {high:g}"] if high < math.inf else []
    return f" ({', '.join(words)})" if words else ""


def _written(value: Any) -> str:
    """A value as YAML."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and as_scalar(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def _about(kind: type[Mechanism]) -> str:
    """What a mechanism's class says of itself first."""
    return " ".join(inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].split())


@cache
def _meanings() -> dict[str, str]:
    """What each value of a scenario is: the text under it in its class."""
    (tree,) = ast.parse(inspect.getsource(Scenario)).body
    return dict(_explained(tree.body)) if isinstance(tree, ast.ClassDef) else {}


def _explained(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement, after in pairwise(body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = ast.get_docstring(ast.Module([after], [])) or ""
            yield statement.target.id, " ".join(text.split())


def _line(name: str, description: str, members: list[Scenario]) -> Line:
    return Line(
        name=name,
        accounts=len(members),
        ad_sets=sum(member.ad_sets for member in members),
        currencies=tuple(dict.fromkeys(member.currency for member in members)),
        time_zones=tuple(dict.fromkeys(member.time_zone for member in members)),
        mechanisms=tuple(dict.fromkeys(key for member in members for key in member.mechanisms)),
        description=description,
    )
