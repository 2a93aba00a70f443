"""Scenarios and fleets: one YAML file each, those in this folder by name, those of users by path."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from simulator.fleet import Fleet, Member, told_apart
from simulator.scenario import Scenario
from simulator.scenarios._building import build, library, locate

__all__ = [
    "Fleet",
    "Member",
    "fleets",
    "lineup",
    "load",
    "load_fleet",
    "load_scenario",
    "scenarios",
    "scenarios_of",
    "source",
]


@cache
def _found(name: str) -> Scenario | Fleet:
    found = build(library()[name])
    if found.name != name:
        raise ImportError(f"the scenario in {name}.yaml calls itself {found.name!r}; names must agree")
    return found


def scenarios() -> dict[str, Scenario]:
    """Every scenario of the library by name, sorted."""
    return {name: found for name in library() if isinstance(found := _found(name), Scenario)}


def fleets() -> dict[str, Fleet]:
    """Every fleet of the library by name, sorted."""
    return {name: found for name in library() if isinstance(found := _found(name), Fleet)}


def load(reference: str) -> Scenario | Fleet:
    """What this name or file describes, as `load_scenario` finds it."""
    return _found(reference) if reference in library() else build(locate(reference, Path()))


def source(reference: str) -> str:
    """The text of the file that is meant by a name or a path.

    Raises:
        ValueError: there is none.
    """
    return locate(reference, Path()).read_text(encoding="utf-8")


def load_scenario(reference: str) -> Scenario:
    """The scenario of this name, or in this file.

    Args:
        reference: a name of the library, or a path of a .yaml, .yml or .json file: anything with a suffix or a slash.
            Relative paths begin in the current directory.

    Raises:
        ValueError: there is none (the nearest name is suggested), the file is wrong (it is said where), or it is a
            fleet.
    """
    found = load(reference)
    if isinstance(found, Fleet):
        raise ValueError(f"{reference!r} is a fleet of {len(found.members)} accounts, and one scenario is needed here")  # noqa: TRY004 - one refusal for all bad references
    return found


def load_fleet(reference: str) -> Fleet:
    """The fleet of this name or in this file; a single scenario is a fleet of one.

    Raises:
        ValueError: as `load_scenario` does.
    """
    found = load(reference)
    if isinstance(found, Scenario):
        return Fleet(found.name, found.description, (Member(found, 0),))
    return found


def scenarios_of(references: Iterable[str]) -> dict[str, Scenario]:
    """Scenarios by their own names, each once; a fleet stands for the scenarios of its accounts.

    Raises:
        ValueError: as `load_scenario` does, or two different scenarios have one name.
    """
    return told_apart([scenario for reference in references for scenario in load_fleet(reference).scenarios.values()])


def lineup(references: Iterable[str], count: int | None = None) -> tuple[Member, ...]:
    """The accounts of several scenarios and fleets in their order, with seeds that count up from one to the next.

    Args:
        references: names or paths.
        count: how many accounts; they take turns where there are fewer. Without it: each once.

    Raises:
        ValueError: as `load_scenario` does.
    """
    once: list[Member] = []
    span = 0
    for fleet in map(load_fleet, references):
        once += [Member(member.scenario, span + member.seed_offset) for member in fleet.members]
        span += fleet.span
    turns = range(len(once) if count is None else count)
    return tuple(
        Member(once[i % len(once)].scenario, once[i % len(once)].seed_offset + i // len(once) * span) for i in turns
    )
