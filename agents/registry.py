"""One file, one thing: what lies in a room of plug-ins is found by looking, and named after its file."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import fields
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from agents.errors import DiscoveryError, SpecError, did_you_mean

if TYPE_CHECKING:
    from agents.vocabulary import Policy, PolicySpec  # the command line discovers without paying for numpy


def discover(package: ModuleType, attribute: str) -> dict[str, Any]:
    """Everything that the modules of `package` export under `attribute`, by module name, sorted.

    Modules whose name starts with an underscore are shared helpers, not plug-ins.

    Raises:
        DiscoveryError: a module does not export `attribute`.
    """
    found: dict[str, Any] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda entry: entry.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        if not hasattr(module, attribute):
            raise DiscoveryError(f"{module.__name__} must export {attribute} (helpers start with an underscore)")
        found[info.name] = getattr(module, attribute)
    return found


@cache
def all_policies() -> dict[str, Any]:
    """Every policy class in `agents/policies`, whatever it decides, by name."""
    return discover(importlib.import_module("agents.policies"), "POLICY")


def lever_of(policy: Any) -> str:
    """What a policy, or its class, decides; one that does not say so decides budgets."""
    return str(getattr(policy, "lever", "budget"))


@cache
def policies(lever: str = "budget") -> dict[str, Any]:
    """The policy classes that decide this, by name."""
    return {name: policy for name, policy in all_policies().items() if lever_of(policy) == lever}


def build_policy(spec: PolicySpec) -> Policy:
    """The budget policy a spec describes.

    Raises:
        SpecError: no such policy, no such parameter (with the nearest known name), or a value the policy refuses.
    """
    policy: Policy = build(spec, "budget")
    return policy


def build(spec: PolicySpec, lever: str) -> Any:
    """The policy a spec describes, which must decide what `lever` names.

    Raises:
        SpecError: no such policy, one that decides something else, no such parameter (with the nearest known name), or
            a value the policy refuses.
    """
    known = all_policies()
    if spec.name not in known:
        raise SpecError(f"there is no policy {spec.name!r}: {did_you_mean(spec.name, policies(lever))}")
    if (decides := lever_of(known[spec.name])) != lever:
        raise SpecError(f"policy {spec.name!r} decides {decides}, not {lever}: known: {', '.join(policies(lever))}")
    accepted = {f.name for f in fields(known[spec.name])}
    for param in spec.params:
        if param not in accepted:
            raise SpecError(f"policy {spec.name!r} has no parameter {param!r}: {did_you_mean(param, accepted)}")
    try:
        return known[spec.name](**spec.params)
    except (TypeError, ValueError) as error:
        raise SpecError(f"policy {spec.name!r} cannot be built from {dict(spec.params)}: {error}") from error
