"""Fault profiles: files that say how often what goes wrong.

A profile is YAML or JSON: `name`, `description`, `seed`, and `faults`, a list of rules. A rule is a fault (its kind and
options) with `rate` (the chance of each request, 1 unless told), `match` (words that must all occur in the line of a
request, those after ! not), `burst` (how many requests in a row, from the one that draws it) and `window` (during a
part of the time, in requests or in simulated seconds).
Which fault strikes a request follows from the seed and the request's number, never from a wall clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from simulator.errors import did_you_mean
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.profiles.profile import Profile, read_profile

__all__ = ["Profile", "built_in", "load_profile", "read_profile"]

FOLDER = Path(__file__).parent
SUFFIXES = (".yaml", ".yml", ".json")
REFERENCE = re.compile(r"(?P<name>.+?)(@(?P<seed>\d+))?")


def built_in() -> dict[str, Profile]:
    """The profiles that come with the emulator, by name."""
    return {path.stem: _from_file(path) for path in sorted(FOLDER.glob("*.yaml"))}


def load_profile(reference: str) -> Profile:
    """The profile of this name, or in this file; `@7` behind it is a seed in place of its own.

    Raises:
        EmulatorError: there is none, or it says something that cannot be.
    """
    match = REFERENCE.fullmatch(reference)
    if match is None or (match["seed"] is None and "@" in Path(reference).name and not Path(reference).exists()):
        raise EmulatorError(
            f"a fault profile is a name or a file, with @SEED (a whole number) if you like: worst@7; got {reference!r}"
        )
    name, seed = match["name"], match["seed"]
    profile = _found(name)
    return profile if seed is None else profile.with_seed(int(seed))


def _found(name: str) -> Profile:
    if Path(name).suffix in SUFFIXES or "/" in name:
        return _from_file(Path(name))
    path = FOLDER / f"{name}.yaml"
    if not path.exists():
        known = [path.stem for path in FOLDER.glob("*.yaml")]
        raise EmulatorError(f"there is no fault profile {name!r}; {did_you_mean(name, known)}")
    return _from_file(path)


def _from_file(path: Path) -> Profile:
    try:
        found: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise EmulatorError(f"fault profile {path} cannot be read: {error}") from error
    if not isinstance(found, Mapping):
        raise EmulatorError(f"fault profile {path} must be an object with name and faults")
    try:
        return read_profile({"name": path.stem, **found})
    except EmulatorError as error:
        raise EmulatorError(f"fault profile {path}: {error}") from error
