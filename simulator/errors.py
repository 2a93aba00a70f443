"""Words shared by the simulator's refusals, and the finder of what lies in its rooms."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable
from types import ModuleType
from typing import Any

_ALIKE = 0.8
"""How near a word must come to a part of a name."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a name that was not found: the closest known name, by the whole or by a part, or the whole list.

    >>> did_you_mean("smoll", ["small", "medium"])
    "did you mean 'small'?"
    >>> did_you_mean("fatige", ["creative_fatigue", "medium"])
    "did you mean 'creative_fatigue'?"
    """
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1)
    if not close:
        by_part = {part: name for name in names for part in name.split("_")}
        close = [by_part[part] for part in difflib.get_close_matches(word, by_part, n=1, cutoff=_ALIKE)]
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"


def discover(package: ModuleType, attribute: str) -> dict[str, Any]:
    """What every module of `package` exports under `attribute`, by module name, sorted.

    Modules whose name starts with an underscore are helpers.

    Raises:
        ImportError: a module does not export `attribute`.
    """
    found: dict[str, Any] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda entry: entry.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        if not hasattr(module, attribute):
            raise ImportError(f"{module.__name__} must export {attribute} (helpers start with an underscore)")
        found[info.name] = getattr(module, attribute)
    return found
