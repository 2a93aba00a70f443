"""What the API offers: one module a room, found by itself; each exports `ROUTES`, and `KINDS` of records if it has any.

A new edge is a new file here: nothing else has to be told.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from simulator.graph_api.call import Routes
from simulator.graph_api.records import RecordKind


@cache
def routes() -> Routes:
    """Every route of every module.

    Raises:
        RuntimeError: two modules answer the same route.
    """
    found: Routes = {}
    for name in _modules():
        for route, handler in import_module(f"{__name__}.{name}").ROUTES.items():
            if route in found:
                raise RuntimeError(f"surface/{name}.py answers {' '.join(route)}, which another module answers")
            found[route] = handler
    return found


@cache
def kinds() -> dict[str, RecordKind]:
    """Every kind of records, by name.

    Raises:
        RuntimeError: two modules define the same kind.
    """
    found: dict[str, RecordKind] = {}
    for name in _modules():
        for kind in getattr(import_module(f"{__name__}.{name}"), "KINDS", ()):
            if kind.name in found:
                raise RuntimeError(f"surface/{name}.py defines {kind.name}, which another module defines")
            found[kind.name] = kind
    return found


def _modules() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
