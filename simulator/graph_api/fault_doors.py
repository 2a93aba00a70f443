"""The admin doors of faults and errors: what can go wrong, what will, and what has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from simulator.graph_api.catalogue import listed
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.fault_kinds import KINDS
from simulator.graph_api.params import parsed
from simulator.graph_api.profiles import built_in, load_profile, read_profile

if TYPE_CHECKING:
    from simulator.graph_api.emulator import Emulator

Door = Callable[["Emulator", Mapping[str, Any]], Any]


def _errors(_: Emulator, __: Mapping[str, Any]) -> Any:
    """The catalogue: each row can be asked for with the fault "error"."""
    return {"errors": listed()}


def _profiles(_: Emulator, __: Mapping[str, Any]) -> Any:
    """What can be asked for: profiles by name, and kinds of faults with their options."""
    kinds = {
        name: {"about": kind.about, "apply": list(kind.applies), "options": dict(kind.defaults)}
        for name, kind in KINDS.items()
    }
    return {"profiles": {name: profile.description for name, profile in built_in().items()}, "kinds": kinds}


def _faults(emulator: Emulator, _: Mapping[str, Any]) -> Any:
    profile = emulator.faults.profile
    shown = None if profile is None else {"name": profile.name, "seed": profile.seed}
    return {"profile": shown, "planned": emulator.faults.planned, "history": list(emulator.faults.history)}


def _change(emulator: Emulator, params: Mapping[str, Any]) -> Any:
    """Plan a fault (see `Faults.plan`), follow {"profile": NAME | {...} | null, "seed": n}, or take it all back."""
    if "clear" in params:
        if parsed(params, "clear") is not True or len(params) > 1:
            raise EmulatorError('to take all faults back, send {"clear": true} and nothing else')
        emulator.calm()
    elif "profile" in params:
        if unknown := set(params) - {"profile", "seed"}:
            raise EmulatorError(f"a profile goes with seed alone, not with {', '.join(sorted(unknown))}")
        _follow(emulator, parsed(params, "profile"), parsed(params, "seed"))
    else:
        emulator.faults.plan({name: parsed(params, name) for name in params}, emulator.now())
    return _faults(emulator, {})


def _follow(emulator: Emulator, profile: Any, seed: Any) -> None:
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise EmulatorError(f"seed is a whole number; got {seed!r}")
    found = None
    if profile is not None:
        found = read_profile(profile) if isinstance(profile, Mapping) else load_profile(str(profile))
        found = found if seed is None else found.with_seed(seed)
    emulator.faults.follow(found, emulator.now())


FAULT_DOORS: dict[tuple[str, str], Door] = {
    ("GET", "errors"): _errors,
    ("GET", "profiles"): _profiles,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _change,
}
