"""One scenario a file, exported as SCENARIO."""

from __future__ import annotations

import sys
from functools import cache

from simulator.errors import did_you_mean, discover
from simulator.scenario import Scenario


@cache
def _found() -> dict[str, Scenario]:
    found = discover(sys.modules[__name__], "SCENARIO")
    for module, scenario in found.items():
        if scenario.name != module:
            raise ImportError(f"the scenario in {module}.py calls itself {scenario.name!r}; names must agree")
    return found


def scenarios() -> dict[str, Scenario]:
    """Every scenario by name, sorted."""
    return dict(_found())


def load_scenario(name: str) -> Scenario:
    """The scenario of this name.

    Raises:
        ValueError: there is none; the nearest name is suggested.
    """
    known = _found()
    if name not in known:
        raise ValueError(f"there is no scenario {name!r}: {did_you_mean(name, known)}")
    return known[name]
